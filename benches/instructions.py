#!/usr/bin/env python3
"""Counts the instructions of whole runs with valgrind's callgrind, and compares them with benches/instructions.tsv.

Unlike time, the count is the same on a busy machine: a change that makes realint do more work shows, however noisy
the machine. Counts differ with the compiler and a little with the processor: up to 3 % more is let pass, and 15 %
where the compiler is another than the one that the file names.

    cargo build --release
    python3 benches/instructions.py            # compare; exit code 1 where something grew
    python3 benches/instructions.py --write    # write the counts down
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import REALINT, ROOT, manuscript

RECORD = Path(__file__).resolve().parent / "instructions.tsv"
SAME, OTHER = 0.03, 0.15


def count(command, folder):
    """The instructions of a command, on one thread."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "RAYON_NUM_THREADS": "1", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found or done.returncode not in (0, 1):
        sys.exit(f"valgrind gave no count for {command}:\n{done.stderr[-800:]}")
    return int(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--realint", type=Path, default=REALINT, help="the binary to count")
    parser.add_argument("--write", action="store_true", help="write the counts down instead of comparing them")
    args = parser.parse_args()
    if not args.realint.is_file():
        sys.exit(f"{args.realint} is not there; run `cargo build --release` first")
    binary = str(args.realint.resolve())
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    with tempfile.TemporaryDirectory(prefix="realint-bench-") as name:
        folder = Path(name)
        (folder / "long.md").write_text(manuscript(10_000)[0], encoding="utf-8", newline="\n")
        (folder / "short.md").write_text("# A realist review of benches\n", encoding="utf-8", newline="\n")
        runs = {
            "start": ["check", "short.md"],
            "10,000 words of Markdown": ["check", "long.md"],
            "10,000 words as JSON": ["check", "--format", "json", "long.md"],
            "a protocol": ["check", str(ROOT / "examples" / "04-protocol-file" / "protocol.toml")],
            "a project": ["check", str(ROOT / "examples" / "review-project")],
        }
        counts = {run: count([binary, *options], folder) for run, options in runs.items()}
    if args.write:
        lines = [f"rustc\t{compiler}"] + [f"{run}\t{number}" for run, number in counts.items()]
        RECORD.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    record = dict(line.split("\t") for line in RECORD.read_text(encoding="utf-8").splitlines())
    most = SAME if record.get("rustc") == compiler else OTHER
    if most == OTHER:
        print(f"written down with rustc {record.get('rustc')}, counted with {compiler}: {OTHER:.0%} more is let pass")
    grown = []
    for run, number in counts.items():
        before = int(record.get(run, 0))
        change = number / before - 1 if before else 1
        print(f"{run}: {number / 1e6:.1f} million instructions, {change:+.1%}")
        if change > most:
            grown.append(run)
    if grown:
        sys.exit(f"more work than was written down: {', '.join(grown)}")


if __name__ == "__main__":
    main()
