"""What analyses refer to: harm indexes, boundary layers and street networks."""

from __future__ import annotations

from fastapi import APIRouter

from service.api import boundaries, harm_indexes, streets

router = APIRouter(prefix="/api/v1", tags=["reference"])
for part in (harm_indexes, streets, boundaries):
    router.include_router(part.router)
