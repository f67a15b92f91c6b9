#!/usr/bin/env python3
"""Times the language server: from a keystroke to the findings of the text with it.

Makes the manuscript of 10,000 words that benches/compare.py makes, opens it in `realint lsp`, and types into
its middle, a letter at a time. Each time is that from `textDocument/didChange` to the
`textDocument/publishDiagnostics` of that version, as an editor sees it. Python's standard library is enough.

    cargo build --release
    python3 benches/keystroke.py
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measure import EXE, ROOT, manuscript

TYPED = "where neighbours know one another they lend "


class Server:
    """A language server and the messages to and from it."""

    def __init__(self, program):
        self.child = subprocess.Popen([program, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last = 0

    def send(self, method, params, request=False):
        """Sends a notification or request."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if request:
            self.last += 1
            message["id"] = self.last
        body = json.dumps(message).encode()
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.child.stdin.flush()

    def receive(self):
        """The next message."""
        length = 0
        while line := self.child.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.child.stdout.read(length))

    def until(self, wanted):
        """The first message that is wanted."""
        while True:
            message = self.receive()
            if wanted(message):
                return message

    def published(self, version):
        """The findings of a version."""
        return self.until(lambda m: m.get("params", {}).get("version") == version and "diagnostics" in m["params"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--realint", default=str(ROOT / "target" / "release" / ("realint" + EXE)), help="the binary to time")
    parser.add_argument("--keys", type=int, default=200, help="keystrokes (default 200)")
    parser.add_argument("--words", type=int, default=10_000, help="length of the manuscript (default 10,000)")
    parser.add_argument("--most", type=float, help="fail where the median is longer, in ms")
    args = parser.parse_args()
    if not Path(args.realint).is_file():
        sys.exit(f"{args.realint} is not there; run `cargo build --release` first")

    text, words = manuscript(args.words)
    uri = "file:///nowhere/manuscript.md"
    server = Server(args.realint)
    server.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, request=True)
    server.until(lambda m: m.get("id") == server.last)
    server.send("initialized", {})
    began = time.perf_counter()
    document = {"uri": uri, "languageId": "markdown", "version": 0, "text": text}
    server.send("textDocument/didOpen", {"textDocument": document})
    findings = len(server.published(0)["params"]["diagnostics"])
    opened = (time.perf_counter() - began) * 1000

    # The middle of the text: the end of a paragraph.
    lines = text.split("\n")
    line = next(n for n in range(len(lines) // 2, len(lines)) if len(lines[n]) > 80)
    column = len(lines[line].encode("utf-16-le")) // 2
    times = []
    for version in range(1, args.keys + 1):
        at = {"line": line, "character": column}
        change = {"range": {"start": at, "end": at}, "text": TYPED[version % len(TYPED)]}
        column += 1
        began = time.perf_counter()
        server.send("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
        server.published(version)
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    server.send("shutdown", None, request=True)
    server.until(lambda m: m.get("id") == server.last)
    server.send("exit", None)

    times.sort()
    median = statistics.median(times)
    print(f"{words:,} words, {len(text.encode()):,} bytes of Markdown, {findings} findings; {args.keys} keystrokes")
    print(f"opened: {opened:.1f} ms")
    print(f"keystroke to findings: median {median:.1f} ms, 95 % within {times[int(len(times) * 0.95)]:.1f} ms, longest {times[-1]:.1f} ms")
    if args.most and median > args.most:
        sys.exit(f"the median is above {args.most} ms")


if __name__ == "__main__":
    main()
