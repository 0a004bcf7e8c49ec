"""Ways in for people: a code is made, a code or key begins a session, and a session ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.access import secrets
from service.access.callers import stored_key
from service.access.roles import ROLES
from service.errors import UnauthenticatedError
from service.settings import Settings
from service.store.models import ApiKey, LoginCode, LoginSession
from service.store.repository import keys, sessions
from spatial.errors import InvalidInputError, Problem

FIRST_KEY = "first admin key"
"""The name of the key that the service makes by itself when it has none."""


@dataclass(frozen=True)
class Begun:
    """A session that has just begun.

    Parameters
    ----------
    cookie
        What the browser keeps; nobody else knows it.
    expires_at
        When it ends at the latest.
    """

    cookie: str
    expires_at: dt.datetime


def make_key(
    session: Session,
    agency_id: int,
    *,
    name: str,
    roles: Sequence[str],
    by: str,
    expires_at: dt.datetime | None = None,
    first: bool = False,
) -> secrets.Key:
    """Make a key, which is shown once.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    agency_id
        Whose key.
    name
        Who or what is to have it.
    roles
        What it may do.
    by
        Who makes it.
    expires_at
        When it is over; None: when it is revoked.
    first
        Whether the service makes it by itself.

    Raises
    ------
    InvalidInputError
        When a role is none, or the key would be over at once.
    ConflictError
        When a key of that name is in use.
    """
    check_roles(roles)
    if expires_at is not None and expires_at <= dt.datetime.now(dt.UTC):
        raise InvalidInputError(
            f"The key would be over at once: {expires_at:%Y-%m-%d} has passed. Name a later day.",
            [Problem("expires", "has passed")],
        )
    key = secrets.new_key()
    stored = ApiKey(
        prefix=key.prefix,
        secret_sha256=key.digest,
        name=name,
        roles=list(dict.fromkeys(roles)),
        first=first,
        created_by=by,
        expires_at=expires_at,
    )
    keys.add(session, agency_id, stored)
    return key


def first_key(session: Session, agency_id: int) -> secrets.Key | None:
    """Make the key of an agency that has none; None: it has, or had, one."""
    if keys.newest(session, agency_id):
        return None
    return make_key(session, agency_id, name=FIRST_KEY, roles=["admin"], by="harmspot", first=True)


def make_code(
    session: Session,
    agency_id: int,
    *,
    name: str,
    roles: Sequence[str],
    by: str,
    lives: dt.timedelta,
) -> str:
    """Make a code that lets a person in once; see `make_key`.

    Parameters
    ----------
    lives
        How long it can be used.
    """
    check_roles(roles)
    code = secrets.new_token()
    stored = LoginCode(
        code_sha256=secrets.digest(code),
        name=name,
        roles=list(dict.fromkeys(roles)),
        created_by=by,
        expires_at=dt.datetime.now(dt.UTC) + lives,
    )
    sessions.add_code(session, agency_id, stored)
    return code


def begin(session: Session, agency_id: int, given: str, settings: Settings) -> Begun:
    """Begin a session by a code, which is used up, or by a key, with which the session ends.

    Raises
    ------
    UnauthenticatedError
        When it lets nobody in.
    """
    key = secrets.read_key(given)
    stored: ApiKey | LoginCode | None
    if key is None:
        stored = sessions.use_code(session, agency_id, secrets.digest(given.strip()))
    else:
        stored = stored_key(session, agency_id, key)
    if stored is None:
        raise UnauthenticatedError(
            "This lets nobody in: a link works once and not for long, and a key until it is "
            "revoked. `harmspot login` makes a new link."
        )
    cookie = secrets.new_token()
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=settings.session_hours)
    begun = LoginSession(
        cookie_sha256=secrets.digest(cookie),
        csrf_token=secrets.new_token(),
        name=stored.name,
        roles=list(stored.roles),
        key_id=stored.id if isinstance(stored, ApiKey) else None,
        expires_at=expires_at,
    )
    sessions.add(session, agency_id, begun)
    return Begun(cookie, expires_at)


def check_roles(roles: Sequence[str]) -> None:
    """Refuse roles that are none.

    Raises
    ------
    InvalidInputError
        Naming those that there are.
    """
    wrong = [role for role in roles if role not in ROLES]
    if wrong or not roles:
        said = f"There is no role {', '.join(wrong)}" if wrong else "No role is named"
        raise InvalidInputError(
            f"{said}; there are: {', '.join(ROLES)}.", [Problem("role", said.lower())]
        )
