"""Formats that hold one layer: FlatGeobuf, GeoParquet and CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from service.export.columns import GEOMETRY
from service.export.layers import Layer
from service.export.spreadsheets import FORMULA_STARTS
from service.store.geojson import DECIMALS
from spatial import antimeridian

Batches = Iterator[pa.RecordBatch]

WKT_COLUMN: Final = "wkt"

_FORMULA: Final = f"^[{''.join(map(re.escape, FORMULA_STARTS))}]"
_WHOLE: Final = "^(-?[0-9]+)$"
_CSV_TYPES: Final = {"string": "String", "int64": "Integer64", "double": "Real"}
_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")


def write_flatgeobuf(layer: Layer, batches: Batches, path: Path) -> None:
    """Write a layer as FlatGeobuf with its spatial index."""
    from service.vector.gdal import pyogrio  # only who writes with GDAL waits for it

    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(layer.schema, batches),
        path,
        layer=layer.name,
        driver="FlatGeobuf",
        geometry_name=GEOMETRY,
        geometry_type=layer.geometry_type,
        crs="EPSG:4326",
        layer_options={"TITLE": layer.title, "DESCRIPTION": layer.description},
    )


def write_geoparquet(layer: Layer, batches: Batches, path: Path) -> None:
    """Write a layer as GeoParquet 1.1 with a covering column of bounding boxes."""
    box = pa.struct([pa.field(side, pa.float64(), nullable=False) for side in _SIDES])
    schema = layer.schema.append(pa.field("bbox", box, nullable=False))
    whole: list[Any] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            bounds = shapely.bounds(_shapes(batch))
            whole += [shapely.box(*one) for one in _extremes(bounds)]
            boxes = pa.StructArray.from_arrays(
                [pa.array(side) for side in bounds.reshape(-1, 4).T], fields=list(box)
            )
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, boxes], schema=schema))
        writer.add_key_value_metadata({"geo": json.dumps(_geo(layer, whole))})


def _extremes(bounds: Any) -> Any:
    """Return the bounds of all shapes west of Greenwich together, and of all others."""
    west, _, east, _ = bounds.T
    around = east - west > 180
    for side in (around, ~around & (east <= 0), ~around & (east > 0)):
        if side.any():
            yield (*bounds[side, :2].min(axis=0), *bounds[side, 2:].max(axis=0))


def _geo(layer: Layer, whole: list[Any]) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [layer.geometry_type],
        "crs": CRS.from_user_input("OGC:CRS84").to_json_dict(),
        "edges": "planar",
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if "Polygon" in layer.geometry_type:
        column["orientation"] = "counterclockwise"
    if whole:
        column["bbox"] = list(antimeridian.bounds(np.array(whole, dtype=object)))
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def write_csv(layer: Layer, batches: Batches, path: Path) -> None:
    """Write a layer as CSV with its geometry as WKT, so that no cell is run as a formula.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, which
    spreadsheets hide. Numbers stay numbers, negative ones too; those that are declared as such have
    a point, since programs type a column by what they see in it.
    """
    import pyarrow.compute as pc

    names = [*(one.name for one in layer.columns), WKT_COLUMN]
    with path.open("wb") as stream:
        stream.write((",".join(map(_quoted, names)) + "\n").encode())
        for batch in batches:
            columns = [_written(_harmless(batch.column(name))) for name in names[:-1]]
            wkt = shapely.to_wkt(_shapes(batch), rounding_precision=DECIMALS)
            columns.append(_written(pa.array(wkt, pa.string())))
            lines = pc.binary_join_element_wise(*columns, ",")
            stream.writelines(line.as_buffer().to_pybytes() + b"\n" for line in lines)


def write_types(layer: Layer, path: Path) -> None:
    """Write what GDAL and QGIS read beside a CSV: the type of each of its columns."""
    types = [_CSV_TYPES[str(layer.schema.field(one.name).type)] for one in layer.columns]
    path.write_text(",".join(f'"{one}"' for one in [*types, "WKT"]) + "\n", encoding="ascii")


def write_rows(names: list[str], found: list[dict[str, Any]], path: Path) -> None:
    """Write a small table without geometry as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        for row in found:
            writer.writerow(
                {
                    name: _harmless(pa.array([value]))[0].as_py()
                    if isinstance(value, str)
                    else value
                    for name, value in row.items()
                }
            )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _written(column: pa.Array) -> pa.Array:
    """Return the values of a column as CSV has them: texts quoted, whole floats with a point."""
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        doubled = pc.replace_substring(column, '"', '""')
        return pc.binary_join_element_wise('"', doubled, '"', "").fill_null("")
    text = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        text = pc.replace_substring_regex(text, _WHOLE, r"\1.0")
    return text.fill_null("")


def _harmless(column: pa.Array) -> pa.Array:
    """Return a column of which no text begins a formula."""
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return column
    begins = pc.match_substring_regex(column, _FORMULA)
    return pc.if_else(begins, pc.binary_join_element_wise("'", column, ""), column)


def _shapes(batch: pa.RecordBatch) -> Any:
    return shapely.from_wkb(
        batch.column(batch.schema.get_field_index(GEOMETRY)).to_numpy(zero_copy_only=False)
    )
