"""A report as objects: the contract ``realint-report/1`` with types.

Fields have the names of the JSON. A field that may be absent there is ``None`` here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable, ClassVar, Literal, Mapping, Optional, TypeVar

#: What is said of an item.
Verdict = Literal["reported", "partial", "not-found", "unclear", "not-applicable"]
#: How bad a finding is.
Severity = Literal["note", "warning", "error"]
#: What kind of text a manuscript is.
Stage = Literal["report", "protocol", "abstract", "fragment"]

_P = TypeVar("_P", bound="_Part")


class _Part:
    """A part of a report, made of what JSON has for it."""

    #: For fields that aren't plain: what makes them.
    _makers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    @classmethod
    def _of(cls: type[_P], data: Mapping[str, Any]) -> _P:
        makers = cls._makers
        return cls(**{name: makers[name](value) if name in makers else value for name, value in data.items()})


def _all(part: type[_P]) -> Callable[[Any], tuple[_P, ...]]:
    return lambda values: tuple(part._of(value) for value in values)


def _perhaps(part: type[_P]) -> Callable[[Any], Optional[_P]]:
    return lambda value: None if value is None else part._of(value)


@dataclass(frozen=True)
class Place(_Part):
    """A place in a file. Lines, columns, paragraphs and pages count from 1."""

    #: First byte in the file, or in the part that ``part`` names.
    start_byte: int
    #: One past the last byte.
    end_byte: int
    line: int
    column: int
    end_line: int
    end_column: int
    #: Headings above the place, outermost first.
    section: tuple[str, ...]
    paragraph: int
    #: Where the format has pages.
    page: Optional[int] = None
    #: The included file, or the part of a container, that the bytes lie in.
    part: Optional[str] = None
    #: The other file of the project that the place lies in.
    path: Optional[str] = None

    _makers = {"section": tuple}


@dataclass(frozen=True)
class Tool(_Part):
    """Who made the report."""

    name: str
    version: str


@dataclass(frozen=True)
class Standard(_Part):
    """The reporting standard that a text answers to."""

    id: str
    #: How sure, 0 to 1.
    confidence: float
    #: Another standard is near, or the claim is weak.
    ambiguous: bool
    because: tuple[str, ...]

    _makers = {"because": tuple}


@dataclass(frozen=True)
class Evidence(_Part):
    """A sentence that speaks for a part of an item."""

    part: str
    text: str
    location: Place
    confidence: float
    because: str

    _makers = {"location": Place._of}


@dataclass(frozen=True)
class Cue(_Part):
    """A cue that holds for a sentence."""

    cue: str
    weight: float
    place: float


@dataclass(frozen=True)
class Feature(_Part):
    """A word or property of a sentence and its learned weight."""

    feature: str
    weight: float


@dataclass(frozen=True)
class Learned(_Part):
    """What the learned model makes of a sentence."""

    score: float
    margin: float
    heard: bool
    place: float
    features: tuple[Feature, ...]

    _makers = {"features": _all(Feature)}


@dataclass(frozen=True)
class Sentence(_Part):
    """What the score of a sentence is made of."""

    text: str
    location: Place
    score: float
    cues: tuple[Cue, ...]
    learned: Optional[Learned]
    doubt: float
    shared: float
    cited: float = 0.0

    _makers = {"location": Place._of, "cues": _all(Cue), "learned": _perhaps(Learned)}


@dataclass(frozen=True)
class Part(_Part):
    """What is said of one part of an item, and why."""

    part: str
    counts: Literal["required", "alternative", "partial"]
    found: bool
    threshold: float
    sentences: int
    wanted: int
    best: Optional[Sentence]
    by_configurations: Optional[int] = None
    certainty: Optional[float] = None

    _makers = {"best": _perhaps(Sentence)}


@dataclass(frozen=True)
class Item(_Part):
    """The verdict on one item of a standard."""

    code: str
    #: Number of the item.
    item: int
    name: str
    verdict: Verdict
    #: Names of the parts that lack.
    lacks: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    #: Why it isn't applicable.
    reason: Optional[str] = None
    #: With ``explain_verdicts``.
    parts: Optional[tuple[Part, ...]] = None

    _makers = {"lacks": tuple, "evidence": _all(Evidence), "parts": _all(Part)}


@dataclass(frozen=True)
class Component(_Part):
    """Words that are a part of a configuration."""

    facet: Literal["none", "resource", "response"]
    text: str
    location: Place

    _makers = {"location": Place._of}


@dataclass(frozen=True)
class Components(_Part):
    """The parts of a configuration."""

    context: tuple[Component, ...]
    mechanism: tuple[Component, ...]
    outcome: tuple[Component, ...]
    intervention: tuple[Component, ...]
    actor: tuple[Component, ...]

    _makers = {name: _all(Component) for name in ("context", "mechanism", "outcome", "intervention", "actor")}


@dataclass(frozen=True)
class Support(_Part):
    """What stands behind a configuration."""

    kind: str
    text: str
    location: Place

    _makers = {"location": Place._of}


@dataclass(frozen=True)
class Configuration(_Part):
    """A context-mechanism-outcome configuration."""

    id: Optional[str]
    #: The label in one form for all ways of writing it.
    key: Optional[str]
    name: Optional[str]
    stage: Literal["initial", "refined", "unknown"]
    form: str
    variant: str
    #: The text announces that it is deliberately partial.
    dyad: bool
    confidence: float
    theory: Optional[str]
    #: The configuration whose context is this one's outcome, by its place in the list from 0.
    ripple: Optional[int]
    block_text: str
    location: Place
    components: Components
    supported: bool
    evidence: tuple[Support, ...]

    _makers = {"location": Place._of, "components": Components._of, "evidence": _all(Support)}


@dataclass(frozen=True)
class Related(_Part):
    """Another place that bears on a finding."""

    message: str
    location: Place

    _makers = {"location": Place._of}


@dataclass(frozen=True)
class Finding(_Part):
    """A gap, at the place where it can be mended."""

    code: str
    severity: Severity
    confidence: float
    message: str
    why: str
    help: str
    location: Place
    block_text: str
    related: tuple[Related, ...]
    url: str
    #: What stays the same when text elsewhere is edited.
    fingerprint: str

    _makers = {"location": Place._of, "related": _all(Related)}


@dataclass(frozen=True)
class SuppressedFinding(Finding):
    """A finding that was silenced."""

    reason: str
    by: Literal["comment", "configuration", "baseline"]


@dataclass(frozen=True)
class Document(_Part):
    """What was found in one manuscript."""

    path: str
    format: str
    #: Number of the record in its file, from 1.
    record: int
    title: Optional[str]
    #: ``None`` where none applies.
    standard: Optional[Standard]
    stage: Stage
    items: tuple[Item, ...]
    configurations: tuple[Configuration, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]
    #: What a reader should know: encodings, languages, why no standard applies.
    notes: tuple[str, ...]

    _makers = {
        "standard": _perhaps(Standard),
        "items": _all(Item),
        "configurations": _all(Configuration),
        "findings": _all(Finding),
        "suppressed": _all(SuppressedFinding),
        "notes": tuple,
    }


@dataclass(frozen=True)
class Report(_Part):
    """Everything that a check found."""

    #: ``realint-report/1``.
    schema: str
    tool: Tool
    #: One a record of the file.
    documents: tuple[Document, ...]
    _json: str = field(repr=False, compare=False)

    _makers = {"tool": Tool._of, "documents": _all(Document)}

    @classmethod
    def from_json(cls, text: str) -> Report:
        """A report of what ``realint check --format json`` printed."""
        return cls._of({**json.loads(text), "_json": text})

    def to_json(self) -> str:
        """The report as JSON on one line."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The report as ``realint check --format json`` prints it."""
        report: dict[str, Any] = json.loads(self._json)
        return report

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all documents."""
        return tuple(finding for document in self.documents for finding in document.findings)

    @property
    def worst(self) -> Optional[Severity]:
        """The worst severity among the findings; ``None`` where there are none."""
        found = {finding.severity for finding in self.findings}
        ranks: tuple[Severity, ...] = ("error", "warning", "note")
        return next((severity for severity in ranks if severity in found), None)
