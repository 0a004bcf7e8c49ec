"""The document that answers an analysis, as its process declares it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.analyses import contract, registry
from service.export import geojson, summary
from service.store import models

SUMMARY_MEDIA_TYPE = "application/json"
MEDIA_TYPES: dict[contract.Document, str] = {
    "targets": geojson.MEDIA_TYPE,
    "units": geojson.MEDIA_TYPE,
    "summary": SUMMARY_MEDIA_TYPE,
}


@dataclass(frozen=True)
class Document:
    """A file's content and its media type."""

    content: bytes
    media_type: str
    suffix: str


def of_run(session: Session, run: models.AnalysisRun) -> Document:
    """Return what a run found: its targets, its units, or its summary."""
    answered_by = registry.of(run).answered_by
    if answered_by == "targets":
        return Document(geojson.targets(session, run), geojson.MEDIA_TYPE, "geojson")
    if answered_by == "units":
        return Document(geojson.scores(session, run), geojson.MEDIA_TYPE, "geojson")
    return Document(summary.document(run), SUMMARY_MEDIA_TYPE, "json")
