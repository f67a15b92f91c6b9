"""The native part of the package."""

import os
from typing import Optional, Sequence, Union, final

__all__ = ["Rules", "__version__", "check_bytes", "check_file", "run"]

__version__: str

@final
class Rules:
    """Rules, loaded once and used for many manuscripts: the shipped ones, or those of a pack or folder laid over them."""

    def __new__(cls, path: Optional[Union[str, os.PathLike[str]]] = None) -> Rules: ...
    @property
    def path(self) -> Optional[str]:
        """The pack or folder; None for the shipped rules."""
    def codes(self) -> list[str]:
        """All codes: those of items and those of other findings."""
    def standards(self) -> list[str]:
        """Ids of the standards."""

def check_bytes(
    data: bytes,
    name: Union[str, os.PathLike[str]],
    format: Optional[str],
    standard: Optional[str],
    kind: Optional[str],
    rules: Optional[Rules],
    pedantic: bool,
    explain_verdicts: bool,
) -> str: ...
def check_file(
    path: Union[str, os.PathLike[str]],
    format: Optional[str],
    standard: Optional[str],
    kind: Optional[str],
    rules: Optional[Rules],
    pedantic: bool,
    explain_verdicts: bool,
) -> str: ...
def run(arguments: Sequence[str]) -> int: ...
