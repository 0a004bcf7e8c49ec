"""GeoParquet, and Parquet with coordinate columns, as batches of text columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from service.errors import UnreadableFileError
from service.ingest.readers.limits import Limits, check_columns
from service.ingest.readers.parquet_geometry import typed_geometry
from service.ingest.readers.parquet_limits import (
    BUFFER_BYTES,
    Unfolding,
    check_declared,
    dictionaries,
)
from service.ingest.readers.rows import Points, RawRows, Wanted

BATCH_ROWS = 65_536
_DEGREES = "OGC:CRS84"
_POINT, _MULTIPOINT = 0, 4  # shapely's type ids


class ParquetReader:
    """A Parquet file; with `geo` metadata its primary geometry holds the positions."""

    format = "parquet"
    typed = True

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        limits: Limits,
        wanted: Wanted | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        self._name, self._limits = name, limits
        self._batch_rows = batch_rows
        self.warnings: list[str] = []
        try:
            about = pq.ParquetFile(file)
            schema = about.schema_arrow
            geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
            raise UnreadableFileError(
                f"{name} is a damaged Parquet file: {' '.join(str(error).split())[:200]}."
            ) from error
        check_columns(len(schema.names), name)
        self._geometry, self.crs = _primary(geo, schema.names)
        if self._geometry is None:
            self._geometry, self.crs = typed_geometry(about, name)
        self.has_points = self._geometry is not None
        self.columns: list[str] = [
            one.name
            for one in schema
            if one.name != self._geometry
            and not one.name.startswith("__index_level_")
            and one.name != "bbox"
        ]
        self._kept = [one for one in self.columns if wanted is None or wanted(one)]
        twice = next((one for one in self._kept if self.columns.count(one) > 1), None)
        if twice is not None:
            raise UnreadableFileError(
                f"{name} has two columns named {twice!r}: rename one of them, or take it out."
            )
        positions = [self._geometry] if self._geometry else []
        self._read = [*self._kept, *positions] or self.columns[:1]  # rows are counted by something
        check_declared(file, about.metadata, self._read, limits, name)
        folded = dictionaries(about.metadata, self._read)
        self._file = pq.ParquetFile(file, read_dictionary=folded, buffer_size=BUFFER_BYTES)

    def __iter__(self) -> Iterator[RawRows]:
        """Read the file in batches of rows, in its order."""
        number = 1
        unfolding = Unfolding(self._limits, self._name)
        try:
            for batch in self._file.iter_batches(self._batch_rows, columns=self._read):
                for piece in unfolding.pieces(batch):
                    yield self._rows(piece, number)
                    number += piece.num_rows
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFileError(
                f"{self._name} is damaged after row {number - 1}: "
                f"{' '.join(str(error).split())[:200]}. Nothing of the file was stored."
            ) from error

    def _rows(self, batch: pa.RecordBatch, first_number: int) -> RawRows:
        lines = np.arange(first_number, first_number + batch.num_rows, dtype=np.int64)
        table = pa.table({name: text_of(batch.column(name)) for name in self._kept})
        points = None
        if self._geometry is not None:
            points = points_of(batch.column(self._geometry))
        nested = frozenset(
            one for one in self._kept if pa.types.is_nested(batch.schema.field(one).type)
        )
        return RawRows(table, lines, points=points, nested=nested)


def _primary(geo: Any, names: list[str]) -> tuple[str | None, str | None]:
    """Return the column of positions and its CRS, as the file's metadata say."""
    primary = geo.get("primary_column") if isinstance(geo, dict) else None
    if not isinstance(primary, str) or primary not in names:
        return None, None
    columns = geo.get("columns")
    described = columns.get(primary) if isinstance(columns, dict) else None
    crs = described.get("crs", _DEGREES) if isinstance(described, dict) else _DEGREES
    if isinstance(crs, dict):
        return primary, json.dumps(crs)
    return primary, crs if isinstance(crs, str) else None


def text_of(values: pa.Array) -> pa.Array:
    """Return a column as text; what Arrow cannot write is written as JSON."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type):
        return _numbers(values)
    try:
        text = pc.cast(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        text = pa.array(
            [
                None if one is None else json.dumps(one, default=str, ensure_ascii=False)
                for one in values.to_pylist()
            ],
            pa.string(),
        )
    text = pc.if_else(pc.equal(text, ""), None, text)
    # Text with NUL cannot be stored; no column of incidents has a use for it.
    return pc.replace_substring(text, "\x00", "")


def _numbers(values: pa.Array) -> pa.Array:
    """Return floats as text: what is whole without a point or an exponent, as integers are."""
    exact = 2 ** (53 if pa.types.is_float64(values.type) else 24)
    known = pc.if_else(pc.is_nan(values), None, values)
    text = pc.cast(known, pa.string())
    numbers = pc.fill_null(pc.cast(known, pa.float64()), 0.5).to_numpy(zero_copy_only=False)
    whole = (np.abs(numbers) < exact) & (np.abs(numbers) >= 1e9) & (numbers == np.trunc(numbers))
    if not (np.abs(numbers) >= 1e9).any():
        return text
    large = np.flatnonzero((np.abs(numbers) >= exact) & (np.abs(numbers) < 1e22))
    integers = pc.cast(pa.array(np.where(whole, numbers, 0).astype(np.int64)), pa.string())
    text = pc.if_else(pa.array(whole), integers, text)
    if not len(large):
        return text
    written = text.to_pylist()
    for row in large.tolist():  # with all digits, of which the last are not sure
        written[row] = f"{numbers[row]:.{len(f'{abs(numbers[row]):.0f}') - 1}e}"
    return pa.array(written, pa.string())


def points_of(geometry: pa.Array) -> Points:
    """Return the positions of a column of geometries, and what is wrong with those of others."""
    if isinstance(geometry, pa.ExtensionArray):
        geometry = geometry.storage
    if pa.types.is_dictionary(geometry.type):
        geometry = geometry.dictionary_decode()
    missing = np.asarray(geometry.is_null())
    n = len(geometry)
    problem = np.full(n, None, dtype=object)
    if pa.types.is_struct(geometry.type):  # GeoArrow's own encoding of points
        x, y = (
            pc.cast(pc.struct_field(geometry, one), pa.float64()).to_numpy(zero_copy_only=False)
            for one in ("x", "y")
        )
        return Points(x, y, missing | np.isnan(x) & np.isnan(y), problem)
    if pa.types.is_fixed_size_list(geometry.type) or pa.types.is_list(geometry.type):
        x, y = (_coordinate(geometry, at) for at in (0, 1))
        return Points(x, y, missing | np.isnan(x) & np.isnan(y), problem)
    if not _is_binary(geometry.type):
        problem[~missing] = f"a geometry is kept as {geometry.type}, which is no known encoding"
        return Points(np.full(n, np.nan), np.full(n, np.nan), missing, problem)
    shapes = shapely.from_wkb(geometry.to_numpy(zero_copy_only=False), on_invalid="ignore")
    shapes = _single(shapes)
    kinds = shapely.get_type_id(shapes)
    problem[(kinds == -1) & ~missing] = "the geometry is not valid WKB"
    other = (kinds != _POINT) & (kinds != -1)
    for row in np.flatnonzero(other):
        problem[row] = f"the geometry is {shapes[row].geom_type}, a Point is needed"
    missing |= shapely.is_empty(shapes) & (kinds == _POINT)
    return Points(shapely.get_x(shapes), shapely.get_y(shapes), missing, problem)


def _coordinate(lists: pa.Array, at: int) -> np.ndarray:
    """Return one number of each list, NaN where there is none."""
    try:
        found = pc.list_element(lists, at)
    except (pa.ArrowInvalid, pa.ArrowIndexError):  # some list is shorter
        found = pa.array([one[at] if one and len(one) > at else None for one in lists.to_pylist()])
    return np.asarray(pc.cast(found, pa.float64()).to_numpy(zero_copy_only=False))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _single(shapes: np.ndarray) -> np.ndarray:
    """Return the point of multipoints of one, and all others as they are."""
    several = shapely.get_type_id(shapes) == _MULTIPOINT
    single = several & (shapely.get_num_geometries(shapes) == 1)
    if single.any():
        shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    return shapes
