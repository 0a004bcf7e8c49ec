"""The answer of a run without places, such as a concentration: one document."""

from __future__ import annotations

from service.export import geojson
from service.store import geojson as written
from service.store import models


def document(run: models.AnalysisRun) -> bytes:
    """Return the whole answer as JSON, with what it rests on."""
    whole = geojson.run_member(run) | {"result": run.result}
    return written.document(whole)
