"""Keys of programs: stored as digests, found by their prefix."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from service.errors import ConflictError, unknown
from service.store.models import ApiKey

_TOLD_EVERY: Final = dt.timedelta(minutes=1)
"""How old the moment of the last use may be: writing it each time would cost more than reading."""


def add(session: Session, agency_id: int, key: ApiKey) -> ApiKey:
    """Store a key for an agency.

    Raises
    ------
    ConflictError
        When a key of that name is in use: two of one name could not be told apart in lists.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK, agency_id)))
    taken = [one.name for one in valid(session, agency_id) if one.name == key.name]
    if taken:
        raise ConflictError(
            f"There is a key named {key.name} already: revoke it first, or take another name."
        )
    key.agency_id = agency_id
    session.add(key)
    session.flush()
    return key


_LOCK: Final = 0x6B657973
"""Makes keys of one agency one at a time."""


def newest(session: Session, agency_id: int) -> Sequence[ApiKey]:
    """Return the keys of an agency, the newest first, with those that are no longer valid."""
    wanted = select(ApiKey).where(ApiKey.agency_id == agency_id)
    return session.scalars(wanted.order_by(ApiKey.created_at.desc(), ApiKey.id.desc())).all()


def valid(session: Session, agency_id: int) -> Sequence[ApiKey]:
    """Return the keys of an agency that let somebody in, the oldest first."""
    wanted = select(ApiKey).where(ApiKey.agency_id == agency_id, lets_in())
    return session.scalars(wanted.order_by(ApiKey.id)).all()


def by_prefix(session: Session, agency_id: int, prefix: str) -> ApiKey | None:
    """Return the key of an agency with a prefix if it lets somebody in now; None: there is none."""
    wanted = select(ApiKey).where(ApiKey.agency_id == agency_id, ApiKey.prefix == prefix, lets_in())
    return session.scalar(wanted)


def lets_in() -> ColumnElement[bool]:
    """Return the condition that a key lets somebody in now; it holds where there is no key."""
    return and_(
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.clock_timestamp()),
    )


def is_told(key: ApiKey, now: dt.datetime) -> bool:
    """Tell whether it is stored that a key was used just now."""
    return key.last_used_at is not None and now - key.last_used_at < _TOLD_EVERY


def tell_use(session: Session, key_id: int) -> None:
    """Store that a key is used now, unless that was told within the last minute."""
    now = func.clock_timestamp()
    session.execute(
        update(ApiKey)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - _TOLD_EVERY),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke(session: Session, agency_id: int, prefix: str) -> ApiKey:
    """Take a key's validity, for good; what was revoked before stays as it was.

    Raises
    ------
    NotFoundError
        When the agency has no key with that prefix or name; the message lists those it has.
    """
    known = newest(session, agency_id)
    found = next((one for one in known if one.prefix == prefix), None)
    if found is None:
        raise unknown("key", prefix, [one.prefix for one in known if not one.revoked_at], "prefix")
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == found.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    session.refresh(found)
    return found
