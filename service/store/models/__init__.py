"""The tables: every name here is a contract with clients, exports and the auditor."""

from __future__ import annotations

from service.store.models.access import ApiKey, LoginCode, LoginSession
from service.store.models.base import Agency, Base
from service.store.models.harm import DETECTIONS, HarmIndex, HarmWeight
from service.store.models.incidents import (
    BATCH_KINDS,
    REJECTION_REASONS,
    REPEAT_KINDS,
    TIME_PRECISIONS,
    Incident,
    IncidentCancelled,
    IncidentRepeat,
    IncidentSource,
    IncidentVersion,
    IngestBatch,
    IngestProfile,
    RejectedRow,
)
from service.store.models.jobs import JOB_SOURCES, JOB_STATUSES, Job, Schedule
from service.store.models.places import (
    Boundary,
    BoundaryLayer,
    StreetNetwork,
    StreetSegment,
    StreetSource,
)
from service.store.models.runs import AnalysisRun, Publication, Target, UnitScore

__all__ = [
    "BATCH_KINDS",
    "DETECTIONS",
    "JOB_SOURCES",
    "JOB_STATUSES",
    "REJECTION_REASONS",
    "REPEAT_KINDS",
    "TIME_PRECISIONS",
    "Agency",
    "AnalysisRun",
    "ApiKey",
    "Base",
    "Boundary",
    "BoundaryLayer",
    "HarmIndex",
    "HarmWeight",
    "Incident",
    "IncidentCancelled",
    "IncidentRepeat",
    "IncidentSource",
    "IncidentVersion",
    "IngestBatch",
    "IngestProfile",
    "Job",
    "LoginCode",
    "LoginSession",
    "Publication",
    "RejectedRow",
    "Schedule",
    "StreetNetwork",
    "StreetSegment",
    "StreetSource",
    "Target",
    "UnitScore",
]
