"""Incidents in: readers, profiles, validation and the merge into the database."""

from service.ingest.load import ingest, ingest_features
from service.ingest.profiles.profile import Profile, known_profiles, load_profile
from service.ingest.report import BatchReport, total

__all__ = [
    "BatchReport",
    "Profile",
    "ingest",
    "ingest_features",
    "known_profiles",
    "load_profile",
    "total",
]
