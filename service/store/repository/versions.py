"""Named things that are kept in versions: their names, and one writer of a name at a time."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.store import locks
from spatial.errors import InvalidInputError, Problem

_LONGEST = 100


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
    locks.hold(session, f"{kind}/{agency_id}/{name}")
