"""realint: checks realist reviews, their protocols, and their context-mechanism-outcome configurations.

    >>> import realint
    >>> report = realint.check(open("review.docx", "rb").read())
    >>> [(item.code, item.verdict) for item in report.documents[0].items]

A report is made of frozen objects with types; ``to_dict()`` gives it as the command line prints it with
``--format json``. What can't be checked raises ``RealintError``. Checks release the GIL, so threads run them
in parallel.
"""

from realint._realint import __version__

# The command, which is started often, needs none of what follows; so it is loaded when it is first asked for.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from realint._check import Format, RulesLike, check, check_file
    from realint._error import RealintError
    from realint._realint import Rules
    from realint._report import (
        Component,
        Components,
        Configuration,
        Cue,
        Document,
        Evidence,
        Feature,
        Finding,
        Item,
        Learned,
        Part,
        Place,
        Related,
        Report,
        Sentence,
        Severity,
        Stage,
        Standard,
        Support,
        SuppressedFinding,
        Tool,
        Verdict,
    )

__all__ = [
    "Component",
    "Components",
    "Configuration",
    "Cue",
    "Document",
    "Evidence",
    "Feature",
    "Finding",
    "Format",
    "Item",
    "Learned",
    "Part",
    "Place",
    "RealintError",
    "Related",
    "Report",
    "Rules",
    "RulesLike",
    "Sentence",
    "Severity",
    "Stage",
    "Standard",
    "Support",
    "SuppressedFinding",
    "Tool",
    "Verdict",
    "__version__",
    "check",
    "check_file",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        from realint import _check, _error, _realint, _report

        for module in (_check, _error, _realint, _report):
            if hasattr(module, name):
                value = globals()[name] = getattr(module, name)
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
