"""What files and analyses refer to: profiles, harm indexes, boundary layers, street networks."""

from __future__ import annotations

from fastapi import APIRouter

from service.http.api import boundaries, harm_indexes, profiles, streets

router = APIRouter(prefix="/api/v1", tags=["reference"])
for part in (profiles, harm_indexes, streets, boundaries):
    router.include_router(part.router)
