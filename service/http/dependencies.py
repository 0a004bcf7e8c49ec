"""What routes are handed: the tenant, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.access.callers import Caller
from service.store.tenant import Tenant


async def _tenant(request: Request) -> Tenant:
    # Not in a thread, of which there are few: it waits for nothing.
    tenant: Tenant = request.app.state.tenant
    return tenant


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


TenantDep = Annotated[Tenant, Depends(_tenant)]
CallerDep = Annotated[Caller, Depends(_caller)]
