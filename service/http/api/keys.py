"""Keys of programs, and what a browser knows of its session."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from service.access import login
from service.access.roles import ROLES, Permission
from service.http.dependencies import CallerDep, TenantDep
from service.http.pages.login import end_session
from service.http.responses import problems
from service.store.models import ApiKey
from service.store.repository import keys

router = APIRouter(prefix="/api/v1", tags=["access"])


class KeySummary(BaseModel):
    """A key, without what lets somebody in."""

    prefix: str = Field(description="What names it: the eight letters behind `hsk_`.")
    name: str
    roles: list[str]
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None = Field(description="To the minute.")
    revoked_at: dt.datetime | None


class NewKey(KeySummary):
    """A key that was just made."""

    key: str = Field(description="Shown this once: what is kept of it is a digest.")


class KeyWanted(BaseModel):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    roles: Annotated[list[str], Field(min_length=1, max_length=len(ROLES))]
    expires_at: AwareDatetime | None = None


class SessionSummary(BaseModel):
    """Who asks, and what they may do."""

    name: str
    roles: list[str]
    permissions: list[Permission]
    by: Literal["key", "session", "open"] = Field(description="How they are known.")
    csrf_token: str | None = Field(
        description="What writes of this session send as `X-CSRF-Token`; null: there is none."
    )


@router.get("/session", summary="Read who asks")
def get_session(caller: CallerDep, response: Response) -> SessionSummary:
    """Return who the service takes the caller for, and what they may do."""
    response.headers["Cache-Control"] = "no-store"
    return SessionSummary(
        name=caller.name,
        roles=list(caller.roles),
        permissions=sorted(caller.permissions),
        by=caller.by,
        csrf_token=caller.csrf_token,
    )


@router.delete("/session", status_code=204, summary="Log out")
def delete_session(request: Request, tenant: TenantDep, response: Response) -> None:
    """End the session of this browser."""
    end_session(request, tenant, response)


@router.get("/keys", summary="List keys")
def get_keys(tenant: TenantDep) -> list[KeySummary]:
    """Return the agency's keys, the newest first, with those that let nobody in any more."""
    with tenant.unit_of_work() as (session, agency):
        return [_summary(one) for one in keys.newest(session, agency)]


@router.post("/keys", status_code=201, summary="Make a key", responses=problems(409, 422))
def post_key(tenant: TenantDep, caller: CallerDep, wanted: KeyWanted) -> NewKey:
    """Make a key; its text is in this answer and nowhere else."""
    with tenant.unit_of_work() as (session, agency):
        key = login.make_key(
            session,
            agency,
            name=wanted.name,
            roles=wanted.roles,
            by=caller.name,
            expires_at=wanted.expires_at,
        )
        stored = keys.by_prefix(session, agency, key.prefix)
        assert stored is not None
        return NewKey(key=key.text, **_summary(stored).model_dump())


@router.delete("/keys/{prefix}", summary="Revoke a key", responses=problems(404, 422))
def delete_key(tenant: TenantDep, prefix: str) -> KeySummary:
    """Take a key's validity, and end the sessions that were begun with it."""
    with tenant.unit_of_work() as (session, agency):
        return _summary(keys.revoke(session, agency, prefix))


def _summary(key: ApiKey) -> KeySummary:
    return KeySummary.model_validate(key, from_attributes=True)
