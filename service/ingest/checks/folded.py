"""Warnings of several files, those of one kind as one: what is said of the first, and how many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from service.ingest.checks.warned import Warned, number_of

NAMED: Final = 3
"""How many files are named besides the first."""

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|\([^()]*\)")
_WORD = re.compile(r"[^\W\d]{4,}")
_SAID_ALIKE = ("file", "always_midnight")
"""Codes of several things: these are of one kind where they say the same but for numbers."""


def folded(every: Iterable[tuple[str, Warned]]) -> list[Warned]:
    """Return the warnings of several files, each kind once.

    Parameters
    ----------
    every
        The name of the file, and the warning.

    Examples
    --------
    >>> one = Warned(code="far_away", message="1 of 9 lies far away", rows=1, share=1 / 9)
    >>> folded([("a.csv", one)])[0].message
    'a.csv: 1 of 9 lies far away'
    >>> both = folded([("a.csv", one), ("b.csv", one)])[0]
    >>> both.message, both.rows, round(both.share, 3)
    ('a.csv: 1 of 9 lies far away. Likewise 1 more file (b.csv), 2 in all (11%)', 2, 0.111)
    """
    kinds: dict[tuple[str, str], list[tuple[str, Warned]]] = {}
    for name, one in every:
        said = sketch(one.message) if one.code in _SAID_ALIKE else ""
        kinds.setdefault((one.code, said), []).append((name, one))
    return [_joined(those) for those in kinds.values()]


def likewise(names: Sequence[str]) -> str:
    """Return how many more files something is true of, and the first of them."""
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    return f"Likewise {number_of(len(names), 'more file')} ({listed})"


def sketch(message: str) -> str:
    """Return what a message says but for numbers, what is quoted, and one or many.

    Examples
    --------
    >>> sketch("line 1 stands there") == sketch("lines 1 to 1,200 stand there")
    True
    >>> sketch("line 1 stands there") == sketch("line 1 is damaged")
    False
    """
    words = (one.removesuffix("s") for one in _WORD.findall(_QUOTED.sub("", message)))
    return " ".join(one for one in words if len(one) > 3)


def _joined(those: list[tuple[str, Warned]]) -> Warned:
    name, first = those[0]
    message = f"{name}: {first.message}" if name else first.message
    names = list(dict.fromkeys(one for one, _ in those))
    if len(those) == 1:
        return first.model_copy(update={"message": message})
    rows, share = _summed([one for _, one in those])
    counted = "" if rows is None else f", {rows:,} in all"
    of = "" if share is None else f" ({share:.0%})"
    if len(names) > 1:
        message = f"{message}. {likewise(names[1:])}{counted}{of}"
    return first.model_copy(update={"message": message, "rows": rows, "share": share, "lines": ()})


def _summed(every: Sequence[Warned]) -> tuple[int | None, float | None]:
    """Return of how many rows warnings are, and which share that is of those that could be."""
    rows = [one.rows for one in every if one.rows is not None]
    if len(rows) < len(every):
        return None, None
    shares = [one.share for one in every if one.share]
    if len(shares) < len(every):
        return sum(rows), None
    of = sum(many / share for many, share in zip(rows, shares, strict=True))
    return sum(rows), sum(rows) / of if of else None
