"""The installed wheel: the module says what the command says.

Run by .ci/check-wheel, with REALINT naming the command.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import importlib.metadata
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import typing
import unittest
import warnings
from pathlib import Path
from typing import Any, Optional

import realint

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
COMMAND = os.environ.get("REALINT") or shutil.which("realint") or "realint"
GAPPY = EXAMPLES / "02-gappy-review/review.qmd"


def command(*arguments: str, folder: Path, data: Optional[bytes] = None) -> Optional[dict[str, Any]]:
    """The report that the command prints; None where it could not check the file."""
    done = subprocess.run(
        [COMMAND, "check", "--format", "json", *arguments], cwd=folder, input=data, capture_output=True, check=False
    )
    if done.returncode == 2:
        return None
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def plain(value: Any) -> Any:
    """An object of a report as JSON has it, with None for what is absent."""
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name != "_json"}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nothing(of) for name, of in value.items() if of is not None}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


class Equality(unittest.TestCase):
    """Every file of the examples, by every way in."""

    def files(self) -> list[Path]:
        files = [path for path in sorted(EXAMPLES.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        self.assertGreater(len(files), 40)
        return files

    def test_files_are_checked_as_by_the_command(self) -> None:
        for path in self.files():
            with self.subTest(path=path):
                name = str(path.relative_to(ROOT))
                expected = command(name, folder=ROOT)
                before = os.getcwd()
                os.chdir(ROOT)
                try:
                    self.assertEqual(realint.check_file(name).to_dict(), expected)
                except realint.RealintError as error:
                    self.assertIsNone(expected, error)
                finally:
                    os.chdir(before)

    def test_bytes_are_checked_as_by_the_command(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "realint.toml").write_text("root = true\n")
            for path in self.files():
                data = path.read_bytes()
                (Path(scratch) / "paper").mkdir(exist_ok=True)
                beside = Path(scratch) / "paper" / path.name
                beside.write_bytes(data)
                name = f"paper/{path.name}"
                for arguments, told in (((name,), name), (("-",), "-")):
                    with self.subTest(path=path, told=told):
                        if path.name == "realint.toml" and told != "-":
                            continue
                        expected = command(*arguments, folder=Path(scratch), data=data)
                        try:
                            self.assertEqual(realint.check(data, name=told).to_dict(), expected)
                        except realint.RealintError as error:
                            self.assertIsNone(expected, error)
                shutil.rmtree(Path(scratch) / "paper")

    def test_options_are_those_of_the_command(self) -> None:
        text = GAPPY.read_bytes()
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "realint.toml").write_text("root = true\n")

            def printed(*options: str) -> Optional[dict[str, Any]]:
                return command("-", *options, folder=Path(scratch), data=text)

            def checked(*given: Any, **named: Any) -> dict[str, Any]:
                return realint.check(text, *given, **named).to_dict()

            self.assertEqual(checked("text"), printed("--input-format", "text"))
            self.assertEqual(
                checked("quarto", "rameses-evaluation"),
                printed("--input-format", "quarto", "--standard", "rameses-evaluation"),
            )
            self.assertEqual(checked(kind="protocol"), printed("--stage", "protocol"))
            self.assertEqual(checked(standard="none"), printed("--standard", "none"))
            self.assertEqual(checked(pedantic=True), printed("--pedantic"))
            self.assertEqual(checked(explain_verdicts=True), printed("--explain-verdicts"))
            pack = str(EXAMPLES / "packs/journal")
            self.assertEqual(checked(rules=pack), printed("--rules", pack))
            self.assertEqual(checked(rules=realint.Rules(pack)), printed("--rules", pack))


class Objects(unittest.TestCase):
    def test_objects_hold_what_the_json_holds(self) -> None:
        for path in (GAPPY, EXAMPLES / "04-protocol-file/gappy-protocol.yaml", EXAMPLES / "05-checklist/filled.csv"):
            report = realint.check(path.read_bytes(), name=path.name, explain_verdicts=True)
            self.assertEqual(without_nothing(plain(report)), without_nothing(report.to_dict()))
            self.assertEqual(json.loads(report.to_json()), report.to_dict())

    def test_fields_are_those_of_the_contract(self) -> None:
        schema = json.loads((ROOT / "schema/realint-report.schema.json").read_text(encoding="utf-8"))
        parts = schema["$defs"]
        named = {
            "document": realint.Document,
            "standard": realint.Standard,
            "item": realint.Item,
            "evidence": realint.Evidence,
            "part": realint.Part,
            "weighed_sentence": realint.Sentence,
            "configuration": realint.Configuration,
            "finding_fields": realint.Finding,
            "location": realint.Place,
        }
        contract = {part: (parts[name]["properties"], set(parts[name]["required"])) for name, part in named.items()}
        contract[realint.Report] = (schema["properties"], set(schema["required"]))
        for part, (properties, required) in contract.items():
            with self.subTest(part=part.__name__):
                own = {f.name: f for f in dataclasses.fields(part) if f.name != "_json"}
                self.assertEqual(set(own), set(properties))
                needed = {name for name, f in own.items() if f.default is dataclasses.MISSING}
                self.assertEqual(needed, required)
        for alias, enum in (
            (realint.Verdict, parts["item"]["properties"]["verdict"]["enum"]),
            (realint.Severity, parts["finding_fields"]["properties"]["severity"]["enum"]),
            (realint.Stage, parts["document"]["properties"]["stage"]["enum"]),
        ):
            self.assertEqual(set(typing.get_args(alias)), set(enum))
        formats = set(parts["document"]["properties"]["format"]["enum"]) - {"bibliography", "evidence"}
        self.assertEqual(set(typing.get_args(realint.Format)), formats)

    def test_objects_can_be_read_and_not_changed(self) -> None:
        report = realint.check(GAPPY.read_bytes(), name="review.qmd")
        document = report.documents[0]
        verdicts = {item.code: item.verdict for item in document.items}
        self.assertEqual((verdicts["RS10"], verdicts["RS09"], len(verdicts)), ("not-found", "partial", 19))
        self.assertEqual((report.schema, report.worst), ("realint-report/1", "error"))
        finding = next(finding for finding in report.findings if finding.code == "CMO001")
        text = GAPPY.read_bytes()
        self.assertIn("CMOC 5", text[finding.location.start_byte : finding.location.end_byte].decode())
        for thing, name in ((report, "documents"), (document, "items"), (finding, "code"), (finding.location, "line")):
            with self.assertRaises(dataclasses.FrozenInstanceError):
                setattr(thing, name, None)
        self.assertIsInstance(document.items, tuple)
        changed = report.to_dict()
        changed["documents"].clear()
        self.assertNotEqual(report.to_dict(), changed, "what is handed out is a copy")
        self.assertEqual(pickle.loads(pickle.dumps(report)), report)
        self.assertEqual(len({report, pickle.loads(pickle.dumps(report))}), 1)

    def test_rules_can_be_kept(self) -> None:
        rules = realint.Rules(EXAMPLES / "packs/prisma-s")
        self.assertIn("prisma-s", rules.standards())
        self.assertEqual(rules.path, str(EXAMPLES / "packs/prisma-s"))
        copy = pickle.loads(pickle.dumps(rules))
        text = (EXAMPLES / "packs/prisma-s/review.md").read_bytes()
        report = realint.check(text, "markdown", rules=rules)
        self.assertEqual(report, realint.check(text, "markdown", rules=copy))
        standard = report.documents[0].standard
        self.assertEqual(standard.id if standard else None, "prisma-s")
        self.assertIn("RS01", realint.Rules().codes())


class Errors(unittest.TestCase):
    def raised(self, *given: Any, **named: Any) -> realint.RealintError:
        with self.assertRaises(realint.RealintError) as caught:
            realint.check(*given, **named)
        error = caught.exception
        self.assertRegex(error.code, "^realint::[a-z_]+$")
        self.assertTrue(error.message)
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((copy.to_dict(), str(copy)), (error.to_dict(), str(error)))
        return error

    def test_what_cannot_be_checked_is_an_error_with_code_and_help(self) -> None:
        self.assertEqual(self.raised(b"").code, "realint::empty")
        self.assertEqual(self.raised(b"\x89PNG\r\n\x1a\n\0\0").code, "realint::not_text")
        broken = self.raised(b"PK\x03\x04 and no more", name="paper.docx")
        self.assertEqual(broken.code, "realint::damaged")
        self.assertIn("paper.docx is damaged", str(broken))
        self.assertTrue(broken.help)
        self.assertEqual(self.raised(b"%PDF-1.7 and no more").code, "realint::damaged")
        self.assertIn("markdown", self.raised(b"# A", format="markdwon").help or "")
        self.assertEqual(self.raised(b"# A", standard="ramses-synthesis").code, "realint::unknown")
        self.assertEqual(self.raised(b"# A", kind="poem").code, "realint::unknown")
        self.assertEqual(self.raised(b"# A", rules="nowhere/at/all").code, "realint::read")
        too_long = self.raised(b"a" * (64 * 1024 * 1024 + 1))
        self.assertEqual(too_long.code, "realint::too_large")
        with self.assertRaises(realint.RealintError) as caught:
            realint.check_file("nowhere.md")
        self.assertTrue(caught.exception.because, "what the system said")

    def test_a_broken_rule_is_named_at_its_place(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "shared").mkdir()
            (Path(folder) / "shared/lexicon.toml").write_text("classes = 3\n")
            error = self.raised(b"# A", rules=folder)
            self.assertIn("lexicon.toml:1:", str(error))

    def test_wrong_types_are_pythons_errors(self) -> None:
        wrong: Any = 3
        with self.assertRaises(TypeError):
            realint.check("text")  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            realint.check(wrong)
        with self.assertRaises(TypeError):
            realint.check(b"# A", format=wrong)

    def test_bytes_that_are_torn_give_a_report_or_an_error(self) -> None:
        chance = random.Random(7)
        samples: list[bytes] = [path.read_bytes() for path in sorted(EXAMPLES.rglob("*")) if path.is_file()]
        for folder in ("docx", "pdf", "jats", "tei", "latex", "html"):
            files = sorted(p for p in (ROOT / "tests/fixtures" / folder).rglob("*") if p.is_file())
            samples += [path.read_bytes() for path in files if path.stat().st_size < 200_000][:6]
        formats: list[Any] = [None, *typing.get_args(realint.Format)]
        reports = errors = 0
        for turn in range(150):
            torn = bytearray(chance.choice(samples)[:60_000])
            for _ in range(chance.randrange(1, 12)):
                at = chance.randrange(len(torn) + 1)
                torn[at : at + chance.randrange(40)] = chance.randbytes(chance.randrange(20))
            if turn % 3 == 0:
                del torn[chance.randrange(len(torn) + 1) :]
            try:
                report = realint.check(bytes(torn), format=chance.choice(formats))
                self.assertIsInstance(report.to_dict()["documents"], list)
                reports += 1
            except realint.RealintError as error:
                self.assertNotEqual(error.code, "realint::crashed")
                errors += 1
        self.assertGreater(min(reports, errors), 10)

    def test_other_bytes_are_taken_too(self) -> None:
        text = GAPPY.read_bytes()
        expected = realint.check(text, "quarto")
        self.assertEqual(realint.check(bytearray(text), "quarto"), expected)
        self.assertEqual(realint.check(memoryview(text), "quarto"), expected)


class Threads(unittest.TestCase):
    def test_threads_get_what_one_gets(self) -> None:
        texts = [GAPPY.read_bytes().replace(b"library", f"library {n}".encode()) for n in range(8)]
        alone = [realint.check(text, "quarto").to_dict() for text in texts]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _ in range(4):
                together = list(pool.map(lambda text: realint.check(text, "quarto").to_dict(), texts))
                self.assertEqual(together, alone)

    def test_python_goes_on_while_a_check_runs(self) -> None:
        # A check of some length: the GIL is free if another thread counts meanwhile.
        long = GAPPY.read_bytes() * 60
        running = threading.Event()
        counted = 0

        def check() -> None:
            realint.check(long, "quarto")
            running.clear()

        running.set()
        thread = threading.Thread(target=check)
        began = time.monotonic()
        thread.start()
        while running.is_set():
            time.sleep(0.001)
            counted += 1
        thread.join()
        took = time.monotonic() - began
        # Parsing the JSON takes the GIL for a while at the end.
        self.assertGreater(counted, 20, f"{counted} turns in {took:.2f} s")

    def test_threads_with_small_stacks_do(self) -> None:
        deep = b"# A realist review\n\n" + b"> " * 20_000 + b"deep\n\n" + b"- " * 2_000 + b"list\n"
        page = b"<html><body>" + b"<div>" * 50_000 + b"A realist review"
        results: list[object] = []

        def check() -> None:
            for data in (deep, page):
                try:
                    results.append(realint.check(data).documents[0].stage)
                except realint.RealintError as error:
                    results.append(error.code)

        before = threading.stack_size(256 * 1024)
        try:
            thread = threading.Thread(target=check)
            thread.start()
            thread.join()
        finally:
            threading.stack_size(before)
        self.assertEqual(len(results), 2)


class Processes(unittest.TestCase):
    def test_processes_that_are_forked_can_check(self) -> None:
        if not hasattr(os, "fork"):
            self.skipTest("no fork here")
        realint.check(GAPPY.read_bytes(), "quarto")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            found = len(realint.check(GAPPY.read_bytes(), "quarto").findings)
            os._exit(7 if found else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)

    def test_the_command_is_the_command(self) -> None:
        for run in ([COMMAND], [sys.executable, "-m", "realint"]):
            for arguments, code in ((["--version"], 0), ([str(GAPPY)], 1), (["nowhere.md"], 2), (["--nonsense"], 2)):
                done = subprocess.run([*run, *arguments], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn("Usage: realint", subprocess.run([*run, "--help"], capture_output=True, text=True).stdout)

    def test_the_version_is_one(self) -> None:
        said = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said.strip(), f"realint {realint.__version__}")
        self.assertEqual(realint.check(b"# A").tool.version, realint.__version__)
        self.assertEqual(importlib.metadata.version("realint"), realint.__version__, "both Cargo.toml say it")


if __name__ == "__main__":
    unittest.main()
