"""What routes are handed: the tenant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.store.tenant import Tenant


async def _tenant(request: Request) -> Tenant:
    # Not in a thread, of which there are few: it waits for nothing.
    tenant: Tenant = request.app.state.tenant
    return tenant


TenantDep = Annotated[Tenant, Depends(_tenant)]
