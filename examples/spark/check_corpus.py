"""Checks a corpus of papers with Spark and writes tables in Parquet: see README.md.

    spark-submit check_corpus.py --papers corpus/ --output checked/
    spark-submit check_corpus.py --table corpus.parquet --output checked/
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any, Optional

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

import realint

#: Files of a folder that are papers.
PAPERS = "*.{docx,pdf,md,markdown,qmd,rmd,tex,txt,html,htm,xml,nxml,tei}"

#: Papers that lie in memory at a time, for each worker. Spark's own figure is 10,000 rows, and a row is a paper.
PAPERS_AT_A_TIME = 16

ITEM = T.StructType(
    [
        T.StructField("code", T.StringType()),
        T.StructField("item", T.IntegerType()),
        T.StructField("name", T.StringType()),
        T.StructField("verdict", T.StringType()),
        T.StructField("lacks", T.ArrayType(T.StringType())),
        T.StructField("evidence", T.StringType()),
        T.StructField("line", T.IntegerType()),
        T.StructField("page", T.IntegerType()),
    ]
)

FINDING = T.StructType(
    [
        T.StructField("code", T.StringType()),
        T.StructField("severity", T.StringType()),
        T.StructField("confidence", T.DoubleType()),
        T.StructField("message", T.StringType()),
        T.StructField("help", T.StringType()),
        T.StructField("line", T.IntegerType()),
        T.StructField("page", T.IntegerType()),
        T.StructField("section", T.ArrayType(T.StringType())),
        T.StructField("fingerprint", T.StringType()),
    ]
)

#: A row a record of a paper; one that could not be checked has an error and nothing else.
PAPER = T.StructType(
    [
        T.StructField("path", T.StringType(), nullable=False),
        T.StructField("record", T.IntegerType()),
        T.StructField("format", T.StringType()),
        T.StructField("title", T.StringType()),
        T.StructField("standard", T.StringType()),
        T.StructField("standard_confidence", T.DoubleType()),
        T.StructField("stage", T.StringType()),
        T.StructField("configurations", T.IntegerType()),
        T.StructField("notes", T.ArrayType(T.StringType())),
        T.StructField("error", T.StringType()),
        T.StructField("error_message", T.StringType()),
        T.StructField("items", T.ArrayType(ITEM)),
        T.StructField("findings", T.ArrayType(FINDING)),
    ]
)


def rows_of(
    path: str, content: Optional[bytes], format: Optional[str], rules: Optional[realint.Rules] = None
) -> list[dict[str, Any]]:
    """Checks one paper; gives a row a record of it, or one row with what went wrong."""
    try:
        if content is None:
            raise realint.RealintError("realint::read", f"{path} has no content")
        report = realint.check(content, format=format, rules=rules, name=path)
    except realint.RealintError as error:
        return [{**dict.fromkeys(PAPER.names), "path": path, "error": error.code, "error_message": str(error)}]
    return [row_of(document) for document in report.documents]


def row_of(document: realint.Document) -> dict[str, Any]:
    """A record of a paper as a row."""
    return {
        "path": document.path,
        "record": document.record,
        "format": document.format,
        "title": document.title,
        "standard": document.standard.id if document.standard else None,
        "standard_confidence": document.standard.confidence if document.standard else None,
        "stage": document.stage,
        "configurations": len(document.configurations),
        "notes": list(document.notes),
        "error": None,
        "error_message": None,
        "items": [
            {
                "code": item.code,
                "item": item.item,
                "name": item.name,
                "verdict": item.verdict,
                "lacks": list(item.lacks),
                "evidence": item.evidence[0].text if item.evidence else None,
                "line": item.evidence[0].location.line if item.evidence else None,
                "page": item.evidence[0].location.page if item.evidence else None,
            }
            for item in document.items
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "confidence": finding.confidence,
                "message": finding.message,
                "help": finding.help,
                "line": finding.location.line,
                "page": finding.location.page,
                "section": list(finding.location.section),
                "fingerprint": finding.fingerprint,
            }
            for finding in document.findings
        ],
    }


def check_papers(papers: DataFrame, rules: Optional[str] = None) -> DataFrame:
    """Papers with columns path, content and format, checked by Spark's workers."""

    def check(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        # Once a part of the corpus, not once a paper.
        loaded = None if rules is None else realint.Rules(rules)
        for batch in batches:
            rows: list[dict[str, Any]] = []
            for path, content, format in zip(batch["path"], batch["content"], batch["format"]):
                # Pandas has other words for nothing.
                content, format = (None if given is None or given is pd.NA or given != given else given
                                   for given in (content, format))
                rows.extend(rows_of(path, None if content is None else bytes(content), format, loaded))
            # As objects: a column of whole numbers with a gap would become one of fractions.
            yield pd.DataFrame(rows, columns=PAPER.names, dtype=object)

    if __name__ != "__main__":
        # Imported by another program: workers know what is sent to them, and nothing of modules beside it.
        papers.sparkSession.sparkContext.addPyFile(__file__)
    return papers.select("path", "content", "format").mapInPandas(check, PAPER)


def papers_in(spark: SparkSession, folder: str) -> DataFrame:
    """The papers of a folder and its subfolders; formats are told by names and contents."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", PAPERS)
    return files.load(folder).select("path", "content", F.lit(None).cast("string").alias("format"))


def verdicts_of(checked: DataFrame) -> DataFrame:
    """A row an item. A paper that no standard applies to, or that could not be checked, is a row without a code."""
    own = ["path", "record", "title", "standard", "stage", "error", "error_message"]
    return checked.select(*own, F.explode_outer("items").alias("of")).select(*own, "of.*")


def findings_of(checked: DataFrame) -> DataFrame:
    """A row a finding."""
    return checked.select("path", "record", F.explode("findings").alias("of")).select("path", "record", "of.*")


def run(spark: SparkSession, papers: DataFrame, output: str, rules: Optional[str] = None, tasks: int = 0) -> None:
    """Checks papers and writes the tables papers, verdicts and findings.

    ``tasks``: into how many parts the corpus is divided; 0 for four a core. A part that fails is done again alone.
    """
    if rules is not None:
        realint.Rules(rules)  # A pack that is broken is said here, before anything begins.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(PAPERS_AT_A_TIME))
    tasks = tasks or 4 * spark.sparkContext.defaultParallelism
    # Written before it is used twice, so that no paper is checked twice.
    check_papers(papers.repartition(tasks), rules).write.mode("errorifexists").parquet(f"{output}/papers")
    checked = spark.read.parquet(f"{output}/papers")
    verdicts_of(checked).write.mode("errorifexists").parquet(f"{output}/verdicts")
    findings_of(checked).write.mode("errorifexists").parquet(f"{output}/findings")


def main(arguments: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Checks a corpus of papers and writes tables in Parquet.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--papers", help="a folder of papers")
    source.add_argument("--table", help="a table in Parquet with the columns path, content and format")
    parser.add_argument("--output", required=True, help="where to write papers, verdicts and findings")
    parser.add_argument("--rules", help="a rule pack, at the same path on every worker")
    parser.add_argument("--tasks", type=int, default=0, help="parts of the corpus [default: four a core]")
    given = parser.parse_args(arguments)
    spark = SparkSession.builder.appName("realint").getOrCreate()
    try:
        papers = papers_in(spark, given.papers) if given.papers else spark.read.parquet(given.table)
        run(spark, papers, given.output, given.rules, given.tasks)
        checked = spark.read.parquet(f"{given.output}/papers")
        failed = checked.where("error is not null").count()
        print(f"{checked.count()} papers, {failed} of which could not be checked")
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
