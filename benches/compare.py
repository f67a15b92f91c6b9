#!/usr/bin/env python3
"""Times realint on one long manuscript beside other tools that read prose.

Makes a Markdown manuscript of 10,000 words from examples/01-clean-review, then runs each tool on it
as a process of its own, turn and turn about, and prints the median wall time and the peak memory.

    cargo build --release
    python3 -m venv bench-venv && bench-venv/bin/pip install typos rumdl
    python3 benches/compare.py --venv bench-venv

Only tools that are there are timed: typos and rumdl are looked for in --venv, then on PATH. Python's
standard library is enough.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "examples" / "01-clean-review" / "review.md"
EXE = ".exe" if os.name == "nt" else ""
GNU_TIME = "/usr/bin/time"

# The other tools, and how each checks one file with its defaults, without configuration or cache.
PEERS = {
    "typos": ["--isolated"],
    "rumdl": ["check", "--no-config", "--no-cache"],
}

# Exit codes that mean "done": nothing found, something found.
DONE = {"realint": (0, 1), "typos": (0, 2), "rumdl": (0, 1)}


def manuscript(words):
    """The example's text, its sections repeated under numbered headings up to a number of words."""
    text = TEXT.read_text(encoding="utf-8")
    text = text.split("\n## References")[0]
    front, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    out = [front.rstrip()]
    count = len(front.split())
    turn = 0
    while count < words:
        turn += 1
        for number, section in enumerate(sections, start=1):
            heading, _, body = section.partition("\n")
            blocks = [f"## {turn}.{number} {heading}"] + body.strip().split("\n\n")
            for block in blocks:
                out.append(block)
                count += len(block.split())
                if count >= words:
                    break
            if count >= words:
                break
    return "\n\n".join(out) + "\n", count


def tool(name, venv):
    """The path of a tool: in the virtual environment if one is given, else on PATH."""
    if venv:
        for folder in ("bin", "Scripts"):
            path = Path(venv).resolve() / folder / (name + EXE)
            if path.is_file():
                return str(path)
    return shutil.which(name)


def version(program):
    """What the tool says of itself."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0] if (done.stdout or done.stderr).strip() else "?"


def run(command, folder):
    """Runs a command to its end; gives its exit code."""
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def peak_kib(command, folder):
    """Peak resident memory of a command in KiB, or None where the system can't tell.

    On Linux a child started from Python never shows less than Python itself had at that moment, so
    GNU time starts the command where it is installed.
    """
    if sys.platform.startswith("linux") and os.access(GNU_TIME, os.X_OK):
        with tempfile.NamedTemporaryFile("r", dir=folder, suffix=".rss") as note:
            run([GNU_TIME, "-q", "-f", "%M", "-o", note.name, *command], folder)
            written = note.read().split()
        return int(written[-1]) if written else None
    if not hasattr(os, "wait4"):
        return None
    child = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_maxrss // 1024 if sys.platform == "darwin" else used.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", help="a virtual environment that holds typos and rumdl")
    parser.add_argument("--realint", default=str(ROOT / "target" / "release" / ("realint" + EXE)), help="the binary to time")
    parser.add_argument("--runs", type=int, default=20, help="timed runs of each tool (default 20)")
    parser.add_argument("--words", type=int, default=10_000, help="length of the manuscript (default 10,000)")
    parser.add_argument("--one-core", action="store_true", help="bind all runs to one core (Linux)")
    args = parser.parse_args()

    if not Path(args.realint).is_file():
        sys.exit(f"{args.realint} is not there; run `cargo build --release` first")
    if args.one_core:
        if not hasattr(os, "sched_setaffinity"):
            sys.exit("--one-core works on Linux only")
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    commands = {"realint": [str(Path(args.realint).resolve()), "check"]}
    for name, options in PEERS.items():
        path = tool(name, args.venv)
        if path:
            commands[name] = [path, *options]
        else:
            print(f"{name} was not found and is left out (`pip install {name}`)", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="realint-bench-") as folder:
        text, words = manuscript(args.words)
        file = Path(folder) / "manuscript.md"
        file.write_text(text, encoding="utf-8", newline="\n")
        print(f"{words:,} words, {len(text.encode()):,} bytes of Markdown; {args.runs} runs of each, by turns", end="")
        print(", one core" if args.one_core else f", {os.cpu_count()} cores")
        names = list(commands)
        times = {name: [] for name in names}
        for name in names:
            # Once untimed, so that all find their files in the system's cache.
            code = run([*commands[name], str(file)], folder)
            if code not in DONE[name]:
                sys.exit(f"{name} failed with exit code {code}")
        for turn in range(args.runs):
            # Each round begins with another tool, so that none always follows the same one.
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                start = time.perf_counter()
                run([*commands[name], str(file)], folder)
                times[name].append(time.perf_counter() - start)
        memory = {}
        for name in names:
            peaks = [peak_kib([*commands[name], str(file)], folder) for _ in range(3)]
            memory[name] = max((p for p in peaks if p is not None), default=None)

    own = statistics.median(times["realint"])
    print()
    print("| tool | version | median (ms) | fastest (ms) | time / realint | peak memory (MiB) |")
    print("|---|---|---:|---:|---:|---:|")
    for name in names:
        median = statistics.median(times[name])
        peak = f"{memory[name] / 1024:.1f}" if memory[name] else "?"
        print(
            f"| {name} | {version(commands[name][0])} | {median * 1000:.1f} | {min(times[name]) * 1000:.1f} "
            f"| {median / own:.2f} | {peak} |"
        )


if __name__ == "__main__":
    main()
