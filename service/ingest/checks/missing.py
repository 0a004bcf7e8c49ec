"""Words that sources write where there is nothing: NULL, N/A, a dash, a question mark."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

WORDS: Final = (
    "null", "(null)", "<null>", "[null]", "#null!", "\\n", "nil", "none", "(none)", "n/a", "na",
    "(n/a)", "#n/a", "#n/a n/a", "n.a.", "nan", "#nan", "-nan", "nat", "<na>", "-", "--", "---",
    "\u2013", "\u2014", "?", "??", "???", "unknown", "(unknown)", "unk", "undefined", "missing",
    "#value!", "#ref!", "#name?", "#div/0!", "#num!",
)  # fmt: skip
"""In lower case; case does not matter."""


def nothings(more: Iterable[str] = (), *, but: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words that stand for nothing, in lower case.

    Parameters
    ----------
    more
        A profile's own.
    but
        Words that mean something all the same, such as offences that a profile maps.
    """
    kept = {one.strip().casefold() for one in but}
    listed = dict.fromkeys([*WORDS, *(one.strip().casefold() for one in more)])
    return tuple(one for one in listed if one not in kept)


def without(values: pa.Array, listed: tuple[str, ...]) -> pa.Array:
    """Return trimmed text with nulls where it is empty or one of the words.

    Examples
    --------
    >>> without(pa.array(["X5", "NULL", "", "n/a"]), nothings()).to_pylist()
    ['X5', None, None, None]
    """
    none = pc.is_in(values, _spellings(listed))
    if not pc.any(none).as_py():
        return values
    return pc.if_else(none, None, values)


@lru_cache(maxsize=64)
def _spellings(listed: tuple[str, ...]) -> pa.Array:
    # Spelt out, a look into a table; to make whole columns lower case would cost more.
    spelt = {one: None for word in listed for one in (word, word.upper(), word.title())}
    odd = dict.fromkeys(("NaN", "NaT", "-NaN", "#NaN", "N/a", "\\N", "<NA>", "Na"))
    return pa.array(["", *spelt, *(one for one in odd if one.lower() in listed)], pa.string())
