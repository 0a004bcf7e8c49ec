"""The tables: every name here is a contract with clients, exports and the auditor."""

from __future__ import annotations

from service.db.models.base import Agency, Base
from service.db.models.harm import DETECTIONS, HarmIndex, HarmWeight
from service.db.models.incidents import (
    REJECTION_REASONS,
    TIME_PRECISIONS,
    Incident,
    IncidentSource,
    IngestBatch,
    IngestProfile,
    RejectedRow,
)
from service.db.models.jobs import JOB_SOURCES, JOB_STATUSES, Job, Schedule
from service.db.models.places import Boundary, BoundaryLayer, StreetNetwork, StreetSegment
from service.db.models.runs import AnalysisRun, Publication, Target, UnitScore

__all__ = [
    "DETECTIONS",
    "JOB_SOURCES",
    "JOB_STATUSES",
    "REJECTION_REASONS",
    "TIME_PRECISIONS",
    "Agency",
    "AnalysisRun",
    "Base",
    "Boundary",
    "BoundaryLayer",
    "HarmIndex",
    "HarmWeight",
    "Incident",
    "IncidentSource",
    "IngestBatch",
    "IngestProfile",
    "Job",
    "Publication",
    "RejectedRow",
    "Schedule",
    "StreetNetwork",
    "StreetSegment",
    "Target",
    "UnitScore",
]
