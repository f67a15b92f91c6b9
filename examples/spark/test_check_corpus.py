"""Two workers of Spark write what one process says: run by .ci/check-spark."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import check_corpus

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("REALINT", "realint")

#: Papers of several formats, two of which can't be read.
PAPERS = {
    "clean.md": "examples/01-clean-review/review.md",
    "gappy.qmd": "examples/02-gappy-review/review.qmd",
    "protocol.md": "examples/03-protocol/protocol.md",
    "sub/one column.pdf": "tests/fixtures/pdf/one-column.pdf",
    "sub/truncated.pdf": "tests/fixtures/pdf/truncated.pdf",
    "sub/scanned.pdf": "tests/fixtures/pdf/scanned.pdf",
}


def rows(table: Any) -> list[dict[str, Any]]:
    """A table's rows in an order of their own."""
    return sorted((row.asDict(recursive=True) for row in table.collect()), key=lambda row: json.dumps(row, sort_keys=True))


class Corpus(unittest.TestCase):
    spark: SparkSession
    scratch: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.scratch = Path(tempfile.mkdtemp(prefix="papers "))
        cls.papers = cls.scratch / "papers"
        for name, source in PAPERS.items():
            (cls.papers / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, cls.papers / name)
        for n in range(12):
            text = (cls.papers / "gappy.qmd").read_text(encoding="utf-8")
            (cls.papers / f"gappy-{n}.qmd").write_text(text.replace("library", f"library {n}"), encoding="utf-8")
        (cls.papers / "broken.docx").write_bytes(b"PK\x03\x04 and no more")
        (cls.papers / "empty.md").write_bytes(b"")
        (cls.papers / "notes.log").write_text("no paper")
        (cls.scratch / "realint.toml").write_text("root = true\n")
        # Two workers, as two machines would be: nothing is shared but the code that is sent to them.
        cls.spark = (
            SparkSession.builder.master("local[2]")
            .appName("realint-test")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate()
        )

    @classmethod
    def tearDownClass(cls) -> None:
        cls.spark.stop()
        shutil.rmtree(cls.scratch)

    def files(self) -> list[Path]:
        return sorted(path for path in self.papers.rglob("*") if path.is_file() and path.suffix != ".log")

    def expected(
        self, files: list[Path], name: Any, *options: str
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Verdicts and findings by the command, in one process; `name` makes the path that Spark has."""
        listed = "\0".join(str(path.relative_to(self.papers)) for path in files)
        done = subprocess.run(
            [COMMAND, "check", "--format", "jsonl", "--files-from", "-", "-0", *options],
            cwd=self.papers, input=listed.encode(), capture_output=True, check=False,
        )  # fmt: skip
        verdicts, findings = [], []
        for line in done.stdout.splitlines():
            paper = json.loads(line)
            path = name(paper["path"])
            error = paper.get("error")
            own = {
                "path": path,
                "record": paper.get("record"),
                "title": paper.get("title"),
                "standard": (paper.get("standard") or {}).get("id"),
                "stage": paper.get("stage"),
                "error": error and error["code"],
                "error_message": error
                and ": ".join([error["message"], *error["because"]]).replace(paper["path"], path),
            }
            for item in paper.get("items") or [None]:
                first = item["evidence"][0] if item and item["evidence"] else None
                verdicts.append(
                    {
                        **own,
                        **{field: item and item[field] for field in ("code", "item", "name", "verdict", "lacks")},
                        "evidence": first and first["text"],
                        "line": first and first["location"]["line"],
                        "page": first and first["location"].get("page"),
                    }
                )
            for finding in paper.get("findings", []):
                plain = ("code", "severity", "confidence", "message", "help", "fingerprint")
                place = finding["location"]
                findings.append(
                    {
                        "path": path,
                        "record": paper["record"],
                        **{field: finding[field] for field in plain},
                        "line": place["line"],
                        "page": place.get("page"),
                        "section": place["section"],
                    }
                )
        key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
        return sorted(verdicts, key=key), sorted(findings, key=key)

    def written(self, output: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        read = self.spark.read.parquet
        return rows(read(f"{output}/verdicts")), rows(read(f"{output}/findings"))

    def check(self, output: Path, files: list[Path], name: Any, *options: str) -> None:
        verdicts, findings = self.expected(files, name, *options)
        written_verdicts, written_findings = self.written(output)
        self.assertEqual(written_verdicts, verdicts)
        self.assertEqual(written_findings, findings)
        failed = {row["path"]: row["error"] for row in written_verdicts if row["error"]}
        broken = {
            "broken.docx": "realint::damaged",
            "empty.md": "realint::empty",
            "sub/truncated.pdf": "realint::damaged",
            "sub/scanned.pdf": "realint::no_text",
        }
        self.assertEqual(failed, {name(path): code for path, code in broken.items() if self.papers / path in files})
        self.assertGreater(len(written_findings), 50)

    def test_a_folder(self) -> None:
        output = self.scratch / "of-folder"
        check_corpus.run(self.spark, check_corpus.papers_in(self.spark, str(self.papers)), str(output))
        # Spark itself passes over files without a byte.
        files = [path for path in self.files() if path.name != "empty.md"]
        self.check(output, files, lambda path: f"file:{self.papers}/{path}")

    def test_a_table_with_rules_of_ones_own(self) -> None:
        files = self.files()
        formats = {".docx": "docx", ".pdf": "pdf", ".qmd": "quarto"}
        papers = [(str(p.relative_to(self.papers)), p.read_bytes(), formats.get(p.suffix)) for p in files]
        table, output = self.scratch / "papers.parquet", self.scratch / "of-table"
        schema = "path string, content binary, format string"
        self.spark.createDataFrame(papers, schema).write.parquet(str(table))
        pack = str(ROOT / "examples/packs/journal")
        check_corpus.run(self.spark, self.spark.read.parquet(str(table)), str(output), rules=pack, tasks=5)
        self.check(output, files, lambda path: path, "--rules", pack)

    def test_the_script_is_a_command(self) -> None:
        output = self.scratch / "of-script"
        arguments = ["--papers", str(self.papers / "sub"), "--output", str(output), "--tasks", "2"]
        script = [sys.executable, str(ROOT / "examples/spark/check_corpus.py"), *arguments]
        local = {"PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false pyspark-shell"}
        done = subprocess.run(script, capture_output=True, text=True, check=False, env={**os.environ, **local})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip().splitlines()[-1], "3 papers, 2 of which could not be checked")
        again = subprocess.run([*script, "--rules", "nowhere"], capture_output=True, check=False, env={**os.environ, **local})
        self.assertNotEqual(again.returncode, 0, "neither a pack that isn't there nor tables that are")

    def test_a_row_without_content_is_a_row_with_an_error(self) -> None:
        schema = "path string, content binary, format string"
        paper = b"# A realist review of tea\n"
        papers = self.spark.createDataFrame([("a", None, None), ("b", paper, None), ("c", paper, "odt")], schema)
        checked = {row["path"]: row["error"] for row in check_corpus.check_papers(papers).collect()}
        self.assertEqual(checked, {"a": "realint::read", "b": None, "c": "realint::unknown"})


if __name__ == "__main__":
    unittest.main()
