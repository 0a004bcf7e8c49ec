"""Incidents in: readers, profiles, validation and the merge into the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.ingest.profiles.loading import known_profiles, load_profile
from service.ingest.profiles.profile import Profile
from service.ingest.report import BatchReport, total

if TYPE_CHECKING:
    from service.ingest.load import ingest, ingest_features

__all__ = [
    "BatchReport",
    "Profile",
    "ingest",
    "ingest_features",
    "known_profiles",
    "load_profile",
    "total",
]


def __getattr__(name: str) -> Any:
    """Return what reads files, which is loaded when it is asked for.

    It takes a tenth of all that a web process loads, and one that only serves does without.
    """
    if name not in ("ingest", "ingest_features"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from service.ingest import load

    return getattr(load, name)
