"""What keeps realint from checking a manuscript."""

from __future__ import annotations

from typing import Any, Optional


class RealintError(Exception):
    """A manuscript could not be checked: the file is damaged or locked, a name is unknown, a rule is broken.

    Never raised for what is found in a manuscript; that is what the report is for.
    """

    #: The kind of error, such as ``realint::damaged``.
    code: str
    #: What is wrong.
    message: str
    #: What it comes of: what the system said, the place in a file of rules, each of several errors.
    because: tuple[str, ...]
    #: What to do; ``None`` where the message says it all.
    help: Optional[str]

    def __init__(self, code: str, message: str, because: tuple[str, ...] = (), help: Optional[str] = None) -> None:
        # All of it goes to Exception, so that copies in other processes have it too.
        super().__init__(code, message, because, help)
        self.code = code
        self.message = message
        self.because = because
        self.help = help

    def __str__(self) -> str:
        return ": ".join((self.message, *self.because))

    def to_dict(self) -> dict[str, Any]:
        """The error as a line of ``realint check --files-from`` has it."""
        return {"code": self.code, "message": self.message, "because": list(self.because), "help": self.help}
