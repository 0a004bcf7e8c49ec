"""What a message may quote of a value: what has the shape of one, and nobody's name."""

from __future__ import annotations

import json
import re
from typing import Any, Final

LONGEST: Final = 200
"""Characters that are kept of a value in a rejected row."""

_SHOWN: Final = 80
_SHAPED = re.compile(
    # numbers, dates and coordinates: digits and what stands between them, few letters at a time
    r"(?=.*\d)(?:[\d\s.,:;/+\-°º'\"′″()\[\]|#*=_\\\u2212]|(?<![^\W\d_])[^\W\d_]{1,3}(?![^\W\d_]))*"
    # short codes
    r"|[\w.:/+\-]{0,12}\d[\w.:/+\-]{0,12}|[^\W\d_]{1,3}|[^\w\s]{0,8}"
)


def quoted(text: str) -> str:
    """Return a value in quotes, or how long it is where it may be anything.

    Examples
    --------
    >>> quoted("31/02/2020"), quoted("Jane Quillfeather")
    ("'31/02/2020'", '«text of 17 characters»')
    """
    told = shaped(text)
    return repr(text) if told == text else told


def shaped(text: str) -> str:
    """Return a value, or how long it is where it may be anything."""
    if len(text) <= _SHOWN and _SHAPED.fullmatch(text):
        return text
    return f"«text of {len(text):,} characters»"


def capped(value: Any) -> Any:
    """Return a value as a rejected row keeps it: cut where it is long, told where it is nested."""
    if isinstance(value, str):
        if len(value) <= LONGEST:
            return value
        return f"{value[:LONGEST]}… ({len(value):,} characters)"
    if isinstance(value, dict | list):
        return f"«{'an object' if isinstance(value, dict) else 'a list'} of {len(value):,}»"
    return value


def position(coordinates: Any) -> Any:
    """Return the numbers of a position, and of all else what it is."""
    if not isinstance(coordinates, list) or len(coordinates) > 4:
        return coordinates if isinstance(coordinates, int | float) else _told(coordinates)
    return [one if isinstance(one, int | float | None) else _told(one) for one in coordinates]


def shown_position(coordinates: Any) -> str:
    """Return a position as a message shows it."""
    return json.dumps(position(coordinates), ensure_ascii=False)


def _told(value: Any) -> Any:
    return shaped(value) if isinstance(value, str) else capped(value)
