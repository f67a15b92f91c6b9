#!/usr/bin/env python3
"""Times ways of checking a corpus: one process a paper, the stream, Python and Spark.

Makes papers of 10,000 words (benches/measure.py), each with words of its own, and checks all of them in each
way, turn and turn about; prints papers a second of the fastest turn and, for a process of realint's own, the
peak memory.

    python3 -m venv bench-venv && bench-venv/bin/pip install . pyspark pandas pyarrow
    bench-venv/bin/python benches/corpus.py --realint target/release/realint

Spark is timed where it is installed beside realint, without the start of its workers, which a small corpus
first makes it do.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import realint
from measure import GNU_TIME, REALINT, manuscript

sys.path.append(str(Path(__file__).resolve().parent.parent / "examples" / "spark"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--realint", default=str(REALINT), help="the command")
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    given = parser.parse_args()
    given.realint = os.path.abspath(given.realint)

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "papers"
        folder.mkdir()
        text, words = manuscript(given.words)
        paths = []
        for number in range(given.papers):
            path = folder / f"paper-{number:05}.md"
            path.write_text(text.replace("allotment", f"allotment {number}"), encoding="utf-8")
            paths.append(path)
        (Path(scratch) / "realint.toml").write_text("root = true\n")
        listed = "\n".join(map(str, paths)).encode()
        memory = {}

        def quiet(arguments, name, data=None):
            timed = [GNU_TIME, "-f", "%M", "-o", f"{scratch}/memory", *arguments]
            done = subprocess.run(timed, input=data, stdout=subprocess.DEVNULL, cwd=scratch, check=False)
            assert done.returncode in (0, 1), done.returncode
            memory[name] = int(Path(f"{scratch}/memory").read_text().split()[-1]) / 1024

        def processes():
            for path in paths[: max(1, len(paths) // 10)]:
                quiet([given.realint, "check", "--format", "jsonl", str(path)], "a process a paper")

        def stream():
            quiet([given.realint, "check", "--format", "jsonl", "--files-from", "-"], "--files-from", listed)

        def python():
            for path in paths:
                realint.check(path.read_bytes(), "markdown")

        def threads():
            with ThreadPoolExecutor(given.threads) as pool:
                for _ in pool.map(lambda path: realint.check(path.read_bytes(), "markdown"), paths):
                    pass

        ways = {
            "a process a paper": (processes, max(1, len(paths) // 10)),
            "--files-from": (stream, len(paths)),
            "Python": (python, len(paths)),
            f"Python, {given.threads} threads": (threads, len(paths)),
        }
        try:
            from pyspark.sql import SparkSession

            import check_corpus
        except ImportError:
            print("Spark is not installed and is left out", file=sys.stderr)
        else:
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            builder = SparkSession.builder.master(f"local[{given.threads}]").config("spark.ui.enabled", "false")
            session = builder.getOrCreate()
            turn = iter(range(1_000))

            def spark(of=folder):
                check_corpus.run(session, check_corpus.papers_in(session, str(of)), f"{scratch}/out-{next(turn)}")

            few = Path(scratch) / "few"
            few.mkdir()
            for path in paths[:8]:
                (few / path.name).write_bytes(path.read_bytes())
            spark(few)
            ways[f"Spark, local[{given.threads}]"] = (spark, len(paths))

        fastest = dict.fromkeys(ways, float("inf"))
        for _ in range(given.turns):
            for name, (check, papers) in ways.items():
                began = time.perf_counter()
                check()
                fastest[name] = min(fastest[name], (time.perf_counter() - began) / papers)
        print(f"{len(paths)} papers of {words} words, {given.turns} turns\n")
        print("| way | papers a second | peak memory (MiB) |")
        print("|---|---:|---:|")
        for name, each in fastest.items():
            print(f"| {name} | {1 / each:.0f} | {f'{memory[name]:.0f}' if name in memory else '–'} |")


if __name__ == "__main__":
    main()
