"""What routes are handed: the tenant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.store.tenant import Tenant


def _tenant(request: Request) -> Tenant:
    tenant: Tenant = request.app.state.tenant
    return tenant


TenantDep = Annotated[Tenant, Depends(_tenant)]
