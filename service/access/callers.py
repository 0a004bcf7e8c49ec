"""From what a client sends to who it is."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from service.access import secrets
from service.access.roles import Permission, permissions_of, roles_with
from service.errors import DatabaseUnavailableError, NotPermittedError, UnauthenticatedError
from service.settings import Settings
from service.store.models import ApiKey
from service.store.repository import keys, sessions
from service.store.tenant import Tenant


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    name
        As lists and records name it.
    roles
        What it may do follows from them.
    by
        How it is known: by a key, by a session, or because the installation asks nobody.
    csrf_token
        What a browser has to send along with writes; None: there is no session.
    """

    name: str
    roles: tuple[str, ...]
    by: Literal["key", "session", "open"]
    csrf_token: str | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do."""
        return permissions_of(self.roles)

    @property
    def signs(self) -> str | None:
        """The name under which what it asks for is kept; None: everybody is answered here."""
        return None if self.by == "open" else self.name

    def needs_one_of(self, asked: frozenset[Permission]) -> None:
        """Refuse what takes a permission that the caller does not have.

        Raises
        ------
        NotPermittedError
            Naming the permissions of which one would do, and the roles that have it.
        """
        if asked & self.permissions:
            return
        roles = ", ".join(roles_with(asked))
        raise NotPermittedError(
            f"{self.name} may not do this: it takes {' or '.join(sorted(asked))}, which "
            f"{f'the roles {roles} have' if roles else 'no role has'}."
        )


OPEN = Caller("local", ("admin",), "open")
"""Everybody, where the installation asks nobody who they are."""


def caller_of(headers: Headers, cookie_name: str, tenant: Tenant, settings: Settings) -> Caller:
    """Return who sends a request.

    A key comes before a session: a program that says who it is means that.

    Parameters
    ----------
    headers
        Of the request: `X-API-Key`, `Authorization` (Basic with the key as password, or Bearer),
        or the cookie of a session.
    cookie_name
        The name of that cookie.
    tenant
        The agency whose service is asked.
    settings
        Say how long a session may rest.

    Raises
    ------
    UnauthenticatedError
        When it says nothing, or something that lets nobody in.
    """
    given = _given_key(headers)
    if given is not None:
        return _of_key(given, tenant)
    cookie = cookie_parser(headers.get("cookie", "")).get(cookie_name)
    if not cookie:
        raise UnauthenticatedError(
            "This service answers whom it knows: send an API key (`X-API-Key`, or as the password "
            "of HTTP Basic), or log in at /login. `harmspot key create` makes keys, `harmspot "
            "login` a link."
        )
    return _of_session(cookie, tenant, settings)


def _of_key(given: str, tenant: Tenant) -> Caller:
    key = secrets.read_key(given)
    if key is None:
        raise UnauthenticatedError(
            "What was sent is no API key of this service: one begins with hsk_ and has 56 "
            "characters. `harmspot key create` makes one."
        )
    with tenant.unit_of_work() as (session, agency):
        found = stored_key(session, agency, key)
    if found is None:
        raise UnauthenticatedError(
            "The API key lets nobody in: it is not one of this agency's, or was revoked, or is "
            "over. `harmspot key list` shows them."
        )
    if not keys.is_told(found, dt.datetime.now(dt.UTC)):
        _write(tenant, lambda session: keys.tell_use(session, found.id))
    return Caller(found.name, tuple(found.roles), "key")


def stored_key(session: Session, agency_id: int, key: secrets.Key) -> ApiKey | None:
    """Return what is stored of a key that lets somebody in now; None: it lets nobody in."""
    found = keys.by_prefix(session, agency_id, key.prefix)
    if found is None or not secrets.same(found.secret_sha256, key.digest):
        return None
    return found


def _of_session(cookie: str, tenant: Tenant, settings: Settings) -> Caller:
    rest = dt.timedelta(minutes=settings.session_rest_minutes)
    with tenant.unit_of_work() as (session, agency):
        found = sessions.by_cookie(session, agency, secrets.digest(cookie), rest)
    if found is None:
        raise UnauthenticatedError(
            "Your session is over: log in again at /login. `harmspot login` makes a link."
        )
    if not sessions.is_told(found, dt.datetime.now(dt.UTC)):
        _write(tenant, lambda session: sessions.tell_seen(session, found.id))
    return Caller(found.name, tuple(found.roles), "session", found.csrf_token)


def _write(tenant: Tenant, write: Callable[[Session], None]) -> None:
    """Note something beside the request, which must not fail for it (a database without writes)."""
    with suppress(DatabaseUnavailableError), tenant.unit_of_work() as (session, _):
        write(session)


def _given_key(headers: Headers) -> str | None:
    """Return the key that a request names, in whichever way; None: it names none.

    Raises
    ------
    UnauthenticatedError
        When it names several, or says who it is in a way that is none of ours.
    """
    given = headers.getlist("x-api-key") + [
        _of_authorization(said) for said in headers.getlist("authorization")
    ]
    if len(set(given)) > 1:
        raise UnauthenticatedError("The request names several keys: send one.")
    return given[0] if given else None


def _of_authorization(said: str) -> str:
    scheme, _, value = said.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            decoded = base64.b64decode(value.strip(), validate=True).decode()
            return decoded.partition(":")[2]
        raise UnauthenticatedError("The HTTP Basic authorization cannot be read (RFC 7617).")
    raise UnauthenticatedError(
        f"Authorization by {scheme[:30] or 'nothing'} is not known here: send an API key as the "
        "password of HTTP Basic, as Bearer token or as X-API-Key."
    )
