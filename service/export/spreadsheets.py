"""Cells that a spreadsheet would run as a formula (OWASP, CSV injection), made plain text."""

from __future__ import annotations

from typing import Any, Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a formula may begin, also in the full width of East Asia's letters."""


def inert(value: Any) -> Any:
    """Return a cell with an apostrophe before a text that would be taken for a formula.

    Examples
    --------
    >>> inert("=1+1"), inert("Mill Lane"), inert(-3)
    ("'=1+1", 'Mill Lane', -3)
    """
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
