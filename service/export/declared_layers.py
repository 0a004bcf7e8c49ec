"""Layers that an analysis declares as figures of its run: few places, held in its result."""

from __future__ import annotations

from typing import Final

import numpy as np
from shapely.geometry import shape

from service.analyses import figures
from service.analyses.property import Property, Reads, Type
from service.export import geojson, rows, tables
from service.export.declared_values import as_declared
from service.export.layers import Layer
from service.store import geojson as written
from service.store import models
from service.styles import FIGURES, style_of

_TYPES: Final[dict[Reads, Type]] = {"text": "text", "day": "text", "whole": "whole"}


def layer_of(run: models.AnalysisRun, figure: figures.Layer) -> Layer:
    """Return a declared layer as files hold it."""
    told = figure.as_table()
    columns = tuple(
        Property(one.name, _TYPES.get(one.reads, "number"), one.title, one.description)
        for one in tables.columns_of(told)
    )
    values = [
        dict(zip((one.name for one in columns), row, strict=True)) for row in tables.rows_of(told)
    ]
    shapes = np.empty(len(values), dtype=object)
    shapes[:] = [shape(place.geometry) for place in figure.places]
    features = [
        geojson.feature(f"{figure.name}.{number}", geometry, as_declared(properties, columns))
        for number, (geometry, properties) in enumerate(zip(shapes, values, strict=True), start=1)
    ]
    document = written.document(geojson.collection(features, run))
    return Layer(
        name=figure.name,
        title=figure.title,
        description=figure.description,
        style=style_of(FIGURES, figure.shape),
        geometry_type="MultiLineString" if figure.shape == "line" else "MultiPolygon",
        columns=columns,
        count=len(values),
        batches=lambda: iter([rows.batch_of(columns, values, rows.as_multi(shapes))]),
        geojson=lambda: iter([(document, len(values))]),
    )
