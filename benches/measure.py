"""What the benchmarks share: the manuscript, whole processes timed by turns, their peak memory, tables.

Python's standard library is enough.
"""

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
REALINT = ROOT / "target" / "release" / ("realint" + EXE)


def options(parser, runs):
    """Adds what every benchmark takes."""
    parser.add_argument("--realint", type=Path, default=REALINT, help="the binary to time")
    parser.add_argument("--runs", type=int, default=runs, help=f"timed runs of each (default {runs})")
    parser.add_argument("--one-core", action="store_true", help="bind all runs to one core (Linux)")


def prepare(args):
    """Checks the binary and binds to one core where that is asked for. Gives the binary's path."""
    if not args.realint.is_file():
        sys.exit(f"{args.realint} is not there; run `cargo build --release` first")
    if args.one_core:
        if not hasattr(os, "sched_setaffinity"):
            sys.exit("--one-core works on Linux only")
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return str(args.realint.resolve())


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
    """The version that the tool says it has; empty where it says none."""
    for asked in ("--version", "version"):
        done = subprocess.run([program, asked], capture_output=True, text=True, check=False)
        found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
        if found:
            return found.group()
    return ""


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


def by_turns(commands, folder, runs, done):
    """Seconds of each run of each command, taken by turns. `done` gives the exit codes that are no failure
    for a command's name, or None where any will do."""
    names = list(commands)
    for name in names:
        # Once untimed, so that all find their files in the system's cache.
        code = run(commands[name], folder)
        codes = done(name)
        if codes is not None and code not in codes:
            sys.exit(f"{name} failed with exit code {code}")
    times = {name: [] for name in names}
    for turn in range(runs):
        # Each round begins with another command, so that none always follows the same one.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            run(commands[name], folder)
            times[name].append(time.perf_counter() - start)
    return times


def peaks(commands, folder):
    """The highest peak memory of three runs of each command, in KiB; None where the system can't tell."""
    found = {}
    for name, command in commands.items():
        taken = [peak_kib(command, folder) for _ in range(3)]
        found[name] = max((p for p in taken if p is not None), default=None)
    return found


def mib(kib):
    """KiB as MiB for a table."""
    return f"{kib / 1024:.1f}" if kib else "?"


def table(head, rows):
    """Prints a Markdown table; the first column is text, the others are numbers."""
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def middle(times):
    """The median in milliseconds."""
    return statistics.median(times) * 1000
