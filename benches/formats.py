#!/usr/bin/env python3
"""Times a cold start, and the manuscript of 10,000 words in each format, as whole processes by turns.

    cargo build --release
    python3 benches/formats.py

The formats are made from Markdown by pandoc, the PDF by pdflatex; without these programs their formats are
left out, and named.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import by_turns, manuscript, middle, mib, options, peaks, prepare, table

# How pandoc names each format, and the ending of its files.
FORMATS = {
    "Word (DOCX)": ("docx", "docx"),
    "LaTeX": ("latex", "tex"),
    "HTML": ("html5", "html"),
    "JATS": ("jats_archiving", "xml"),
    "TEI": ("tei", "tei.xml"),
}


def converted(source, folder):
    """The manuscript in each format that can be made: name and file."""
    files = {"Markdown": source}
    if not shutil.which("pandoc"):
        print("pandoc was not found: Markdown only", file=sys.stderr)
        return files
    for name, (form, ending) in FORMATS.items():
        file = folder / f"manuscript.{ending}"
        made = subprocess.run(
            ["pandoc", "--standalone", "--from", "markdown", "--to", form, "-o", str(file), str(source)],
            check=False,
            stderr=subprocess.DEVNULL,
        )
        if made.returncode == 0:
            files[name] = file
    if shutil.which("pdflatex"):
        made = subprocess.run(
            ["pandoc", "--pdf-engine=pdflatex", "-o", str(folder / "manuscript.pdf"), str(source)],
            check=False,
            stderr=subprocess.DEVNULL,
        )
        if made.returncode == 0:
            files["PDF"] = folder / "manuscript.pdf"
    else:
        print("pdflatex was not found: no PDF", file=sys.stderr)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser, 20)
    parser.add_argument("--words", type=int, default=10_000, help="length of the manuscript (default 10,000)")
    parser.add_argument("--most", type=float, help="fail where Markdown or Word takes longer than this many milliseconds")
    args = parser.parse_args()
    binary = prepare(args)
    with tempfile.TemporaryDirectory(prefix="realint-bench-") as name:
        folder = Path(name)
        text, words = manuscript(args.words)
        source = folder / "manuscript.md"
        source.write_text(text, encoding="utf-8", newline="\n")
        short = folder / "short.md"
        short.write_text("# A realist review of benches\n\nWe ask who sits down.\n", encoding="utf-8", newline="\n")
        files = converted(source, folder)
        commands = {
            "`realint --version`": [binary, "--version"],
            "cold start: a manuscript of one sentence": [binary, "check", str(short)],
        }
        commands |= {form: [binary, "check", str(file)] for form, file in files.items()}
        sizes = {form: f"{file.stat().st_size / 1000:.0f}" for form, file in files.items()}
        print(f"{words:,} words; {args.runs} runs of each, by turns\n")
        times = by_turns(commands, folder, args.runs, lambda _: (0, 1))
        memory = peaks(commands, folder)
    rows = [
        (form, sizes.get(form, ""), f"{middle(taken):.1f}", f"{min(taken) * 1000:.1f}", mib(memory[form]))
        for form, taken in times.items()
    ]
    table(["", "size (kB)", "median (ms)", "fastest (ms)", "peak memory (MiB)"], rows)
    slow = [form for form in ("Markdown", "Word (DOCX)") if form in times and args.most and middle(times[form]) > args.most]
    if slow:
        sys.exit(f"slower than {args.most} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
