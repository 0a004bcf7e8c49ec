"""The areas of a boundary file, made clean: valid polygons, names, and what there is to tell."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from service.errors import UnreadableFileError, nearest
from spatial import antimeridian
from spatial import areas as polygons
from spatial.errors import InvalidInputError, Problem

_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7
_TOLD = 10
_NAME_COLUMNS = ("name", "title", "label", "namelsad", "area_name")
# The Office for National Statistics names its columns by kind and year: PFA23NM, LSOA21NM.
_OFFICIAL_NAME_COLUMN = re.compile(r"[A-Z]{2,6}\d\dNM", re.IGNORECASE)


@dataclass(frozen=True)
class CleanAreas:
    """The areas of a file that can be stored, n of them, in the order of the file.

    Parameters
    ----------
    position
        Place of each area's feature in the file, from 0, shape (n,).
    names
        Shape (n,).
    shapes
        Valid multipolygons, degrees (EPSG:4326), shape (n,).
    properties
        What the file says of each area, as JSON has it.
    warnings
        Sentences about what was mended, left out, or may surprise.
    """

    position: NDArray[np.intp]
    names: NDArray[np.object_]
    shapes: NDArray[np.object_]
    properties: list[dict[str, Any]]
    warnings: list[str]


def clean(
    features: gpd.GeoDataFrame, layer: str, *, where: str, name_column: str | None = None
) -> CleanAreas:
    """Make areas of the features of a file.

    Parameters
    ----------
    features
        Polygons with their attributes, in any coordinate reference system.
    layer
        Name of the layer; with a number it stands for a name that is missing.
    where
        Name of the file, for refusals.
    name_column
        Column that names each area; by default a usual one.

    Raises
    ------
    UnreadableFileError
        When there is no polygon or no coordinate reference system, a feature is something else, or
        the column is missing.
    """
    if not isinstance(features, gpd.GeoDataFrame) or features.geometry.isna().all():
        raise UnreadableFileError(f"{where} has no geometry: a boundary layer needs polygons.")
    if features.crs is None:
        raise UnreadableFileError(
            f"{where} does not say its coordinate reference system: say it with the option crs, as "
            "EPSG:27700, or save it with one."
        )
    shapes, told = _polygonal(features.to_crs(4326).geometry, where)
    shapes, warnings = _repaired(shapes, where)
    warnings = told + warnings
    names, unnamed = _names(features, layer, name_column, where)
    attributes = features.drop(columns=features.geometry.name).to_dict("records")
    keep = ~shapely.is_empty(shapes)
    names, shapes = names[keep], shapes[keep]
    warnings += _told_of_names(names, int((unnamed & keep).sum()))
    warnings += _told_of_overlaps(names, shapes)
    return CleanAreas(
        position=np.flatnonzero(keep),
        names=names,
        shapes=shapes,
        properties=[
            {str(key): _plain(value) for key, value in about.items()}
            for about in itertools.compress(attributes, keep)
        ],
        warnings=warnings,
    )


def _polygonal(geometry: gpd.GeoSeries, where: str) -> tuple[NDArray[np.object_], list[str]]:
    """Return the polygons of collections, cut at the antimeridian, and what was done to them."""
    shapes = shapely.force_2d(np.asarray(geometry.array, dtype=object))
    warnings = []
    for at in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        parts = _parts_of(shapes[at])
        inside = np.isin(shapely.get_type_id(parts), (_POLYGON, _MULTIPOLYGON))
        if not inside.any():
            continue  # which is refused as no polygon
        shapes[at] = shapely.multipolygons(shapely.get_parts(parts[inside]))
        if not inside.all():
            others = sorted({one.geom_type for one in parts[~inside]})
            warnings.append(
                f"Feature {at + 1} is a collection: its polygons are the area, and what else it "
                f"holds was left out ({', '.join(others)})."
            )
    try:
        within = antimeridian.cut(shapes)
    except InvalidInputError as error:
        raise UnreadableFileError(f"{where}: {error.message}", error.problems) from error
    across = np.flatnonzero([one is not other for one, other in zip(within, shapes, strict=True)])
    if across.size:
        listed = _listed([f"{at + 1}" for at in across])
        many = "1 area lies" if across.size == 1 else f"{across.size:,} areas lie"
        warnings.append(
            f"{many} across 180 degrees of longitude and was cut there (feature {listed}): an edge "
            "over more than half the globe is taken for the short way."
        )
    return within, warnings


def _parts_of(shape: Any) -> NDArray[np.object_]:
    """Return the parts of a collection, those of collections within it too."""
    parts = np.asarray(shapely.get_parts(shape), dtype=object)
    while (nested := shapely.get_type_id(parts) == _COLLECTION).any():
        parts = np.concatenate((parts[~nested], shapely.get_parts(parts[nested])))
    return parts


def _repaired(shapes: NDArray[np.object_], where: str) -> tuple[NDArray[np.object_], list[str]]:
    """Return multipolygons, invalid ones mended, and what was done to them."""
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes[missing] = shapely.MultiPolygon()
    polygonal = missing | np.isin(shapely.get_type_id(shapes), (_POLYGON, _MULTIPOLYGON))
    if not polygonal.all():
        at = int(np.flatnonzero(~polygonal)[0])
        raise UnreadableFileError(
            f"{where} holds a {shapes[at].geom_type} (feature {at + 1}); a boundary layer needs "
            "polygons only."
        )
    if missing.all():
        raise UnreadableFileError(f"{where} holds no polygon with an inside.")
    warnings = []
    if missing.any():
        many = "1 feature" if missing.sum() == 1 else f"{int(missing.sum()):,} features"
        listed = _listed([f"{at + 1}" for at in np.flatnonzero(missing)])
        warnings.append(f"{many} without geometry left out (feature {listed}).")
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    reasons = shapely.is_valid_reason(shapes[broken])
    warnings += [
        f"Feature {number} was not valid ({reason}) and was repaired."
        for number, reason in zip((broken[:_TOLD] + 1).tolist(), reasons[:_TOLD], strict=True)
    ]
    if len(broken) > _TOLD:
        warnings.append(f"{len(broken) - _TOLD:,} more features were not valid and were repaired.")
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure")
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    inside = (shapely.get_type_id(parts) == _POLYGON) & (shapely.area(parts) > 0)
    mended = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(parts[inside], indices=of_shape[inside], out=mended)
    lost = np.flatnonzero(shapely.is_empty(mended) & ~missing)
    if lost.size == (~missing).sum():
        raise UnreadableFileError(f"{where} holds no polygon with an inside.")
    if lost.size:
        listed = _listed([f"{at + 1}" for at in lost])
        warnings.append(f"A polygon without an inside was left out (feature {listed}).")
    return mended, warnings


def _names(
    areas: gpd.GeoDataFrame, layer: str, column: str | None, where: str
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the name of each area, and which of them the file does not name."""
    columns = [str(name) for name in areas.columns if name != areas.geometry.name]
    if column is not None and column not in columns:
        raise UnreadableFileError(
            f"{where} has no column {column}; it has {', '.join(columns) or 'none'}."
            f"{nearest(column, columns)}",
            [Problem("name_column", f"unknown column {column}")],
        )
    chosen = column or _usual_name_column(columns)
    own = pd.Series(None, index=areas.index) if chosen is None else areas[chosen]
    text = own.astype("object").map(lambda value: str(_plain(value)).strip(), na_action="ignore")
    unnamed = (text.isna() | (text == "")).to_numpy(dtype=bool)
    numbered = [layer if len(areas) == 1 else f"{layer} {n}" for n in range(1, len(areas) + 1)]
    names = np.where(unnamed, np.array(numbered, dtype=object), text.to_numpy(dtype=object))
    return names, unnamed if chosen is not None else np.zeros(len(areas), dtype=bool)


def _usual_name_column(columns: list[str]) -> str | None:
    folded = {column.casefold(): column for column in reversed(columns)}
    official = [column for column in columns if _OFFICIAL_NAME_COLUMN.fullmatch(column)]
    return next((folded[name] for name in _NAME_COLUMNS if name in folded), None) or next(
        iter(official), None
    )


def _told_of_names(names: NDArray[np.object_], unnamed: int) -> list[str]:
    told = []
    if unnamed:
        many = "1 area has" if unnamed == 1 else f"{unnamed:,} areas have"
        told.append(f"{many} no name in the file; the layer's name and a number stand for it.")
    many_named = pd.Series(names).value_counts(sort=False)
    twice = many_named[many_named > 1]
    if len(twice):
        listed = _listed([f"{name} ({number} areas)" for name, number in twice.items()])
        told.append(f"Areas share a name and are one area where it is asked for: {listed}.")
    return told


def _told_of_overlaps(names: NDArray[np.object_], shapes: NDArray[np.object_]) -> list[str]:
    found = polygons.overlaps(shapes)
    if found.empty:
        return []
    worst = found.sort_values("area_km2", ascending=False, kind="stable")
    pairs = [
        f"{names[one]} and {names[other]} ({km2:,.3f} km²)"
        for one, other, km2 in worst.itertuples(index=False)
    ]
    return [f"Areas overlap, so that a place may be in several: {_listed(pairs)}."]


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - _TOLD:,} more" if len(texts) > _TOLD else ""
    return ", ".join(texts[:_TOLD]) + more


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, bool | int | str) else str(value)
