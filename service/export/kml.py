"""A layer as KML 2.2 (OGC 07-147r2): coloured by class, each place with its note."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from service.analyses.property import Type
from service.export.columns import GEOMETRY
from service.export.layers import Layer
from service.store.geojson import DECIMALS
from service.styles import Case, Style
from service.words.saying import chance, harm

_TYPES: Final[dict[Type, str]] = {
    "text": "string",
    "whole": "int",
    "number": "double",
    "object": "string",
    "list": "string",
}
# XML has no way to write these.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TITLES: Final = ("label", "target_id", "unit_id", "name", "segment_id")


def write(layer: Layer, batches: Iterator[pa.RecordBatch], path: Path) -> None:
    """Write a layer as KML.

    What a viewer shows of a place is plain text: `name` is told to be, and `description`, which
    viewers take for HTML, is escaped as HTML first.
    """
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write('<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n')
        stream.write(f"<name>{_text(layer.title)}</name>\n")
        stream.write(f"<description>{_text(layer.description)}</description>\n")
        for case in layer.style.cases:
            stream.write(_style(layer.style, case))
        stream.write(_schema(layer))
        for batch in batches:
            _write_places(layer, batch, stream)
        stream.write("</Document>\n</kml>\n")


def _write_places(layer: Layer, batch: pa.RecordBatch, stream: TextIO) -> None:
    at = batch.schema.get_field_index(GEOMETRY)
    shapes = shapely.from_wkb(batch.column(at).to_numpy(zero_copy_only=False))
    rows = batch.drop_columns([GEOMETRY]).to_pylist()
    for row, shape in zip(rows, shapes, strict=True):
        stream.write(
            f"<Placemark><name>{_text(_title(row))}</name>"
            f"<description>{_text(html.escape(_description(row)))}</description>"
            f"<styleUrl>#{_style_id(row.get(layer.style.decides))}</styleUrl>"
            f"{_data(layer, row)}{_geometry(shape)}</Placemark>\n"
        )


def _title(row: dict[str, Any]) -> str:
    name = next((str(row[one]) for one in _TITLES if row.get(one) is not None), "")
    return f"{row['rank']}. {name}" if "target_id" in row else name


def _description(row: dict[str, Any]) -> str:
    if row.get("note") is not None:
        return str(row["note"])
    if "harm" in row:
        q = f", q {chance(row['q'])}" if row.get("q") is not None else ""
        return f"{row['count']:,} incidents, harm {harm(row['harm'])}{q}"
    return ""


def _data(layer: Layer, row: dict[str, Any]) -> str:
    values = "".join(
        f"<SimpleData name={quoteattr(one.name)}>{_text(str(row[one.name]))}</SimpleData>"
        for one in layer.columns
        if row[one.name] is not None
    )
    return (
        f"<ExtendedData><SchemaData schemaUrl={quoteattr('#' + layer.name)}>{values}"
        "</SchemaData></ExtendedData>"
    )


def _schema(layer: Layer) -> str:
    fields = "".join(
        f"<SimpleField type={quoteattr(_TYPES[one.type])} name={quoteattr(one.name)}>"
        f"<displayName>{_text(one.in_words)}</displayName></SimpleField>"
        for one in layer.columns
    )
    return f"<Schema name={quoteattr(layer.name)} id={quoteattr(layer.name)}>{fields}</Schema>\n"


def _style_id(value: str | None) -> str:
    return f"class-{value}" if value is not None else "place"


def _style(style: Style, case: Case) -> str:
    symbol = case.symbol
    line = f"<color>{_abgr(symbol.stroke)}</color><width>{symbol.width_px:g}</width>"
    fill = (
        f"<color>{_abgr(symbol.fill, symbol.fill_opacity)}</color>"
        if symbol.fill is not None
        else "<fill>0</fill>"
    )
    name = _style_id(case.value if style.decides is not None else None)
    return (
        f'<Style id="{name}"><LineStyle>{line}</LineStyle><PolyStyle>{fill}</PolyStyle></Style>\n'
    )


def _abgr(colour: str, opacity: float = 1.0) -> str:
    """Return a colour as KML writes it.

    Examples
    --------
    >>> _abgr("#a50f2d", 0.5)
    '802d0fa5'
    """
    return f"{round(opacity * 255):02x}{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def _geometry(shape: BaseGeometry) -> str:
    parts = "".join(_part(part) for part in shapely.get_parts(shape))
    return f"<MultiGeometry>{parts}</MultiGeometry>" if shape.geom_type.startswith("M") else parts


def _part(part: Any) -> str:
    if part.geom_type == "LineString":
        return f"<LineString>{_corners(part)}</LineString>"
    rings = f"<outerBoundaryIs>{_ring(part.exterior)}</outerBoundaryIs>"
    for hole in part.interiors:
        rings += f"<innerBoundaryIs>{_ring(hole)}</innerBoundaryIs>"
    return f"<Polygon>{rings}</Polygon>"


def _ring(ring: BaseGeometry) -> str:
    return f"<LinearRing>{_corners(ring)}</LinearRing>"


def _corners(line: BaseGeometry) -> str:
    pairs = " ".join(
        f"{round(x, DECIMALS)!r},{round(y, DECIMALS)!r}"
        for x, y in shapely.get_coordinates(line).tolist()
    )
    return f"<coordinates>{pairs}</coordinates>"


def _text(value: str) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", value))
