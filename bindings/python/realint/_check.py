"""Checking: what the package offers beside the parts of a report."""

from __future__ import annotations

import os
from typing import Literal, Optional, Union

from realint._realint import Rules, check_bytes as _check_bytes, check_file as _check_file
from realint._report import Report, Stage

#: What a manuscript may be read as.
Format = Literal[
    "markdown", "quarto", "text", "docx", "pdf", "html", "jats", "tei", "latex", "sheet", "protocol"
]

#: A path to a pack or folder of rules, or rules that were loaded before.
RulesLike = Union[str, "os.PathLike[str]", Rules]


def check(
    data: Union[bytes, bytearray, memoryview],
    format: Optional[Format] = None,
    standard: Optional[str] = None,
    kind: Optional[Stage] = None,
    rules: Optional[RulesLike] = None,
    *,
    name: Union[str, os.PathLike[str]] = "-",
    pedantic: bool = False,
    explain_verdicts: bool = False,
) -> Report:
    """Checks a manuscript that is in memory.

    ``format`` is told by the bytes, and by the end of ``name``, where it isn't given. ``standard`` (an id such as
    ``"rameses-synthesis"``, or ``"none"``) and ``kind`` (``"report"``, ``"protocol"``, ``"abstract"`` or
    ``"fragment"``; ``--stage`` on the command line) are told by the text where they aren't given. ``rules`` is a
    pack or a folder laid over the shipped rules; a path is read on every call, ``Rules(path)`` once.

    ``name`` stands in the report as the path. No file is read, no included one and no ``realint.toml``; for
    these there is ``check_file``.

    Raises RealintError where the manuscript can't be checked.
    """
    # Not bytes(data), which would take a number for a length.
    data = data if isinstance(data, bytes) else memoryview(data).tobytes()
    return Report.from_json(
        _check_bytes(data, name, format, standard, kind, _loaded(rules), pedantic, explain_verdicts)
    )


def check_file(
    path: Union[str, os.PathLike[str]],
    format: Optional[Format] = None,
    standard: Optional[str] = None,
    kind: Optional[Stage] = None,
    rules: Optional[RulesLike] = None,
    *,
    pedantic: bool = False,
    explain_verdicts: bool = False,
) -> Report:
    """Checks a file as ``realint check`` does: with the ``realint.toml`` above it and the files that it includes.

    Arguments are those of ``check``, and go before what the configuration says.

    Raises RealintError where the file can't be checked.
    """
    return Report.from_json(_check_file(path, format, standard, kind, _loaded(rules), pedantic, explain_verdicts))


def _loaded(rules: Optional[RulesLike]) -> Optional[Rules]:
    return rules if rules is None or isinstance(rules, Rules) else Rules(rules)
