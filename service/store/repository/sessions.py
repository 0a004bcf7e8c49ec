"""People in browsers: codes that let one in once, and the sessions that they begin."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.store.models import ApiKey, LoginCode, LoginSession
from service.store.repository import keys

_TOLD_EVERY: Final = dt.timedelta(minutes=1)
"""How old the moment may be at which a session was last seen."""

_KEPT_FOR: Final = dt.timedelta(days=30)
"""How long those that are over are kept."""


def add_code(session: Session, agency_id: int, code: LoginCode) -> None:
    """Store a code for an agency, and forget those that are over."""
    _add(session, agency_id, code)


def use_code(session: Session, agency_id: int, digest: bytes) -> LoginCode | None:
    """Use a code up; None: it never was one, is over, or was used before."""
    now = func.clock_timestamp()
    return session.scalar(
        update(LoginCode)
        .where(
            LoginCode.agency_id == agency_id,
            LoginCode.code_sha256 == digest,
            LoginCode.used_at.is_(None),
            LoginCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(LoginCode)
    )


def add(session: Session, agency_id: int, begun: LoginSession) -> None:
    """Store a session of an agency, and forget those that are over."""
    _add(session, agency_id, begun)


def _add(session: Session, agency_id: int, one: LoginCode | LoginSession) -> None:
    kind = type(one)
    session.execute(
        delete(kind).where(
            kind.agency_id == agency_id, kind.expires_at < func.clock_timestamp() - _KEPT_FOR
        )
    )
    one.agency_id = agency_id
    session.add(one)
    session.flush()


def by_cookie(
    session: Session, agency_id: int, digest: bytes, rest: dt.timedelta
) -> LoginSession | None:
    """Return the session of a cookie if it lets somebody in now; None: there is none.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose session.
    digest
        Of the cookie.
    rest
        How long a session may not have been seen.
    """
    now = func.clock_timestamp()
    wanted = (
        select(LoginSession)
        .outerjoin(ApiKey, ApiKey.id == LoginSession.key_id)
        .where(
            LoginSession.agency_id == agency_id,
            LoginSession.cookie_sha256 == digest,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
            LoginSession.last_seen_at > now - rest,
            keys.lets_in(),
        )
    )
    return session.scalar(wanted)


def is_told(begun: LoginSession, now: dt.datetime) -> bool:
    """Tell whether it is stored that a session was seen just now."""
    return now - begun.last_seen_at < _TOLD_EVERY


def tell_seen(session: Session, session_id: int) -> None:
    """Store that a session is seen now, unless that was told within the last minute."""
    now = func.clock_timestamp()
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.last_seen_at < now - _TOLD_EVERY)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def end(session: Session, agency_id: int, digest: bytes) -> None:
    """End the session of a cookie."""
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.agency_id == agency_id,
            LoginSession.cookie_sha256 == digest,
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
