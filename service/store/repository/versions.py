"""Named things that are kept in versions: their names, and one writer of a name at a time."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from spatial.errors import InvalidInputError, Problem

_LONGEST = 100
_SHOWN = 30


def check_name(kind: str, name: str, parameter: str) -> None:
    """Refuse a name that a reference such as ``NAME@VERSION/AREA`` could not carry.

    Raises
    ------
    InvalidInputError
        When it is blank or too long, or holds a slash, an at sign or an unprintable character.
    """
    if not name.strip() or len(name) > _LONGEST or set(name) & set("/@") or not name.isprintable():
        raise InvalidInputError(
            f"{name!r} cannot name a {kind}: choose 1 to {_LONGEST} printable characters without "
            "/ and @.",
            [Problem(parameter, "not a name")],
        )


def lock(session: Session, kind: str, agency_id: int, name: str) -> None:
    """Wait until no other unit of work stores a version of this name; held until this one ends.

    Two loads of one file at one time would else both find no version and both store one.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"{kind}/{agency_id}/{name}"},
    )


def unknown(kind: str, name: str, known: Iterable[str], parameter: str) -> NotFoundError:
    """Return the refusal of a name that does not exist: it lists those that do, and the nearest."""
    names = list(dict.fromkeys(known))
    shown = ", ".join(names[:_SHOWN]) or "none yet"
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return NotFoundError(
        f"There is no {kind} {name}; there are: {shown}{more}.{nearest(name, names)}",
        [Problem(parameter, f"unknown {kind} {name}")],
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that suggests the known name most like this one, or nothing."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f" Did you mean {folded[near[0]]}?" if near else ""
