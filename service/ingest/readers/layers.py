"""Layers of points (GeoPackage, Shapefile, FlatGeobuf, KML), as GDAL reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from service.errors import NotFoundError, UnreadableFileError, nearest
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.profile import Profile
from service.ingest.readers.limits import Limits, check_columns
from service.ingest.readers.parquet import points_of, text_of
from service.ingest.readers.rows import RawRows, Wanted
from service.vector import geopackage, recipes
from spatial.errors import Problem

BATCH_ROWS: Final = 65_536
_OPTIONS: Final = re.compile(r"[^.]*\bconfig(uration)? options?\b[^.]*\.?", re.IGNORECASE)
_GEOMETRY: Final = "wkb_geometry"


class LayerReader:
    """One layer of a file of features.

    Parameters
    ----------
    path
        The file, whose ending tells GDAL its format.
    name
        What it is called.
    profile
        Says which layer, or which columns to look for.
    limits
        How much it may hold.
    wanted
        Tells by its name whether a column is read; by default every one is.
    """

    format = "layer"
    typed = True

    def __init__(
        self,
        path: Path,
        name: str,
        profile: Profile,
        limits: Limits,
        wanted: Wanted | None = None,
        batch_rows: int | None = None,
    ) -> None:
        self._path, self._name = path, name
        self._batch_rows = batch_rows or BATCH_ROWS
        self.warnings: list[str] = []
        recipes.check(path, name)
        self._layer, about = self._choose(profile)
        self.columns: list[str] = [str(one) for one in about["fields"]]
        check_columns(len(self.columns), name)
        limits.check_rows(int(about["features"]), name)
        self.has_points = about["geometry_type"] is not None
        self.crs: str | None = about["crs"] if self.has_points else None
        if self.has_points and self.crs is None:
            self.warnings.append(
                "the file does not say its coordinate reference system (a Shapefile says it in its "
                f".prj): {profile.crs} was taken, as the profile says"
            )
        self._included = [one for one in self.columns if wanted is None or wanted(one)]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the features in batches, in their order."""
        from service.vector.gdal import DataLayerError, DataSourceError, pyogrio

        number = 1
        try:
            with pyogrio.open_arrow(
                self._path,
                layer=self._layer,
                columns=self._included,
                batch_size=self._batch_rows,
                use_pyarrow=True,
            ) as (about, batches):
                geometry = about["geometry_name"] or _GEOMETRY
                for batch in batches:
                    yield self._rows(batch, geometry, number)
                    number += batch.num_rows
        except (DataSourceError, DataLayerError, pa.ArrowException, OSError) as error:
            raise self._damaged(error, number - 1) from None

    def _rows(self, batch: pa.RecordBatch, geometry: str, first: int) -> RawRows:
        names = [one for one in self._included if one in batch.schema.names]
        table = pa.table(
            {one: text_of(batch.column(one)) for one in names}
            or {"fid": pa.nulls(batch.num_rows, pa.string())}
        )
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        points = points_of(batch.column(geometry)) if self.has_points else None
        return RawRows(table, lines, points=points)

    def _choose(self, profile: Profile) -> tuple[str, dict[str, Any]]:
        """Return the layer that is asked for, or the first that has the columns, and its fields."""
        from service.vector.gdal import DataLayerError, DataSourceError, pyogrio

        try:
            queries = geopackage.queries(self._path)
            listed = [str(name) for name, _ in pyogrio.list_layers(self._path)]
            held = [one for one in listed if one.casefold() not in queries]
            if len(held) < len(listed):
                views = ", ".join(repr(one) for one in listed if one not in held)
                self.warnings.append(
                    f"left out of the file: {views} (a view, which would be "
                    "run: save it as a table)"
                )
            if profile.layer is not None and profile.layer not in held:
                raise NotFoundError(
                    f"{self._name} has no layer {profile.layer!r}; it has: "
                    f"{', '.join(held) or 'none'}.{nearest(profile.layer, held)}",
                    [Problem("layer", "no such layer")],
                )
            asked = held if profile.layer is None else [profile.layer]
            every = {one: pyogrio.read_info(self._path, layer=one) for one in asked}
        except (DataSourceError, DataLayerError, OSError, ValueError) as error:
            raise self._damaged(error, 0) from None
        if not every:
            raise UnreadableFileError(f"{self._name} has no layer in it.")

        def fits(layer: str) -> int:
            about = every[layer]
            spatial = about["geometry_type"] is not None
            return 2 * (not lacking(profile, list(about["fields"]), has_points=spatial)) + spatial

        chosen = max(every, key=fits)
        left = [one for one in every if one != chosen]
        if left:
            self.warnings.append(
                f"the layer {chosen!r} was read, and {', '.join(map(repr, left))} left: to read "
                "another, name it in the profile (layer)"
            )
        return chosen, every[chosen]

    def _damaged(self, error: Exception, read: int) -> UnreadableFileError:
        # GDAL tells the steps that led to a failure; the last one is the cause.
        said = " ".join(str(error).split()).split("; ")[-1]
        # Neither where files lie on this machine nor how GDAL is set is of use to who asks.
        said = re.sub(re.escape(str(self._path.with_suffix(""))) + r"(\.\w+)*", self._name, said)
        said = said.replace(str(self._path.parent), "its folder")
        said = _OPTIONS.sub("", said).strip().rstrip(".")
        after = f" after feature {read:,}" if read else ""
        return UnreadableFileError(
            f"{self._name} cannot be read{after}: {said[:200]}. Nothing of the file was stored."
        )
