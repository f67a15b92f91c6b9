#!/usr/bin/env python3
"""How time and memory grow: with the length of a manuscript, with the number of files, and with the number of rules.

    cargo build --release
    python3 benches/growth.py

Lengths are 1 to 100 times 5,000 words; files are 10 to 1,000 of 10,000 words; rules are those of a pack that adds
1 to 10 times fifty items, each with a part of eight patterns. Whole processes, by turns.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from measure import by_turns, manuscript, middle, mib, options, peaks, prepare, table

LENGTHS = (1, 3, 10, 30, 100)
FILES = (10, 100, 1000)
RULES = (1, 2, 5, 10)
NOUNS = ("ladder", "lantern", "harbour", "orchard", "kettle", "compass", "saddle", "anchor", "basket", "chimney")
VERBS = ("polish", "borrow", "carry", "paint", "mend", "weigh", "trade", "count", "gather", "sort")


def write(file, text):
    """Writes a file and the folders that it lies in."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def pack(folder, items):
    """A pack that adds so many items, each with words of its own."""
    write(folder / "pack.toml", '[pack]\nid = "many"\nname = "Many items"\nprefix = "ZZ"\nsource = "made by a benchmark"\nextends = ["rameses-synthesis"]\n')
    for number in range(items):
        noun, verb = NOUNS[number % 10], VERBS[number // 10 % 10]
        word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")
        patterns = [f"{verb}* (the|a|our) {noun}(s) {word}{letter}" for letter in "abcdefgh"]
        write(
            folder / "parts" / f"part-{number}.toml",
            f'[[part]]\nid = "{word}"\nname = "{word}"\nmeans = "{word} is told"\nhome = ["methods"]\n\n'
            f"[[part.cue]]\nany = {patterns}\nweight = 0.9\n",
        )
        example = f"We {verb} the {noun} {word}a."
        other = f"We sat by the {noun}."
        write(
            folder / "items" / f"item-{number}.toml",
            f'[rule]\ncode = "ZZ{number:03}"\nstandards = ["rameses-synthesis"]\nname = "{word}"\n'
            f'ask = "tell {word}"\nhome = ["methods"]\n'
            'stages = { report = "required", protocol = "planned", abstract = "not-applicable", fragment = "not-applicable" }\n'
            f'severity = "note"\nwhy = "For the benchmark."\n'
            f'help = "Tell {word}."\n\n[[rule.part]]\nuse = "{word}"\n'
            + f'\n[[rule.satisfied]]\ntext = "{example}"\n' * 4
            + f'\n[[rule.unsatisfied]]\ntext = "{other}"\n' * 4,
        )
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser, 5)
    args = parser.parse_args()
    binary = prepare(args)
    with tempfile.TemporaryDirectory(prefix="realint-bench-") as name:
        folder = Path(name)
        fine = lambda _: (0, 1)  # noqa: E731

        commands, kilobytes = {}, {}
        for times in LENGTHS:
            text, _ = manuscript(5_000 * times)
            file = write(folder / "long" / f"{times}.md", text)
            commands[times] = [binary, "check", str(file)]
            kilobytes[times] = file.stat().st_size / 1000
        taken, memory = by_turns(commands, folder, args.runs, fine), peaks(commands, folder)
        start = middle(by_turns({"": [binary, "check", str(write(folder / "s.md", "# Nothing\n"))]}, folder, 9, fine)[""])
        rows = [
            (
                f"{times * 5_000:,}",
                f"{middle(taken[times]):.1f}",
                f"{(middle(taken[times]) - start) / kilobytes[times] * 1000:.0f}",
                mib(memory[times]),
            )
            for times in LENGTHS
        ]
        print(f"Length of a manuscript; a start takes {start:.1f} ms of each\n")
        table(["words", "median (ms)", "microseconds a kB beyond the start", "peak memory (MiB)"], rows)

        text, _ = manuscript(10_000)
        commands, megabytes = {}, {}
        for count in FILES:
            for number in range(count):
                write(folder / f"files-{count}" / f"{number}.md", text.replace("walking", f"walking {number}"))
            paths = [str(folder / f"files-{count}" / f"{number}.md") for number in range(count)]
            listed = write(folder / f"list-{count}", "\n".join(paths))
            commands[count] = [binary, "check", "--format", "jsonl", "--files-from", str(listed)]
            megabytes[count] = len(text.encode()) * count / 1e6
        taken, memory = by_turns(commands, folder, min(args.runs, 3), fine), peaks(commands, folder)
        rows = [
            (
                f"{count:,}",
                f"{megabytes[count]:.1f}",
                f"{middle(taken[count]) / 1000:.2f}",
                f"{megabytes[count] / statistics.median(taken[count]):.1f}",
                mib(memory[count]),
            )
            for count in FILES
        ]
        print("Files of 10,000 words\n")
        table(["files", "MB", "median (s)", "MB a second", "peak memory (MiB)"], rows)

        file = write(folder / "review.md", text)
        commands = {"1": [binary, "check", str(file), "--rules", str(pack(folder / "pack-0", 1))]}
        for times in RULES:
            rules = pack(folder / f"pack-{times}", 50 * times)
            commands[str(50 * times)] = [binary, "check", str(file), "--rules", str(rules)]
        taken = by_turns(commands, folder, args.runs, fine)
        bare = middle(taken["1"])
        rows = [
            (added, f"{middle(taken[added]):.1f}", f"{(middle(taken[added]) - bare) / max(int(added) - 1, 1) * 1000:.0f}")
            for added in commands
        ]
        print("Items that a pack adds, on 10,000 words\n")
        table(["items added", "median (ms)", "microseconds an item"], rows)


if __name__ == "__main__":
    main()
