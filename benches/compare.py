#!/usr/bin/env python3
"""Times realint on one long manuscript beside other tools that read prose, and beside a plain read.

Makes a Markdown manuscript of 10,000 words from examples/01-clean-review, then runs each tool on it
as a process of its own, turn and turn about, and prints the median wall time and the peak memory.

    cargo build --release
    python3 -m venv bench-venv && bench-venv/bin/pip install typos rumdl codespell proselint
    npm install --prefix bench-npm write-good textlint textlint-rule-terminology \\
        textlint-rule-common-misspellings textlint-rule-no-todo
    cargo build --release --manifest-path benches/harper/Cargo.toml
    python3 benches/compare.py --venv bench-venv --npm bench-npm

Only tools that are there are timed, and the others are named.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measure import EXE, ROOT, by_turns, manuscript, middle, mib, options, peaks, prepare, table, tool, version

# The other tools, and how each checks one file with its defaults, without configuration or cache.
PEERS = {
    "typos": ["--isolated"],
    "rumdl": ["check", "--no-config", "--no-cache"],
    "codespell": [],
    "proselint": ["check"],
    "write-good": [],
    "textlint": ["--rule", "terminology", "--rule", "common-misspellings", "--rule", "no-todo"],
}
HARPER = ROOT / "benches" / "harper" / "target" / "release" / ("harper-peer" + EXE)
FLOOR = "grep -c '' (a plain read)"

# Exit codes that mean "done": nothing found, something found. Those of the rest say how much was found.
DONE = {"realint": (0, 1), "typos": (0, 2), "rumdl": (0, 1), FLOOR: (0,), "harper-core": (0,)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser, 20)
    parser.add_argument("--venv", help="a virtual environment that holds typos, rumdl, codespell and proselint")
    parser.add_argument("--npm", type=Path, help="a folder into which npm installed write-good and textlint")
    parser.add_argument("--words", type=int, default=10_000, help="length of the manuscript (default 10,000)")
    args = parser.parse_args()
    binary = prepare(args)

    with tempfile.TemporaryDirectory(prefix="realint-bench-") as folder:
        text, words = manuscript(args.words)
        file = Path(folder) / "manuscript.md"
        file.write_text(text, encoding="utf-8", newline="\n")
        commands = {"realint": [binary, "check", str(file)]}
        programs = {"realint": binary}
        for name, flags in PEERS.items():
            path = tool(name, args.venv)
            if args.npm and (args.npm / "node_modules" / ".bin" / name).exists():
                path = str((args.npm / "node_modules" / ".bin" / name).resolve())
            if path:
                commands[name] = [path, *flags, str(file)]
                programs[name] = path
            else:
                print(f"{name} was not found and is left out", file=sys.stderr)
        if HARPER.is_file():
            commands["harper-core"] = [str(HARPER), str(file)]
            programs["harper-core"] = str(HARPER)
        else:
            print("harper-core was not built and is left out", file=sys.stderr)
        if tool("grep", None):
            commands[FLOOR] = ["grep", "-c", "", str(file)]
        cores = "one core" if args.one_core else f"{os.cpu_count()} cores"
        print(f"{words:,} words, {len(text.encode()):,} bytes of Markdown; {args.runs} runs of each, by turns, {cores}")
        print()
        times = by_turns(commands, folder, args.runs, lambda name: DONE.get(name))
        memory = peaks(commands, folder)
    own = middle(times["realint"])
    rows = [
        (
            f"{name} {version(programs[name])}".strip() if name in programs else name,
            f"{middle(times[name]):.1f}",
            f"{min(times[name]) * 1000:.1f}",
            f"{middle(times[name]) / own:.2f}",
            mib(memory[name]),
        )
        for name in commands
    ]
    table(["tool", "median (ms)", "fastest (ms)", "time / realint", "peak memory (MiB)"], rows)


if __name__ == "__main__":
    main()
