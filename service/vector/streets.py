"""Street networks from any vector format, prepared and stored in versions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from service.errors import nearest
from service.store.repository import streets as repository
from service.store.repository import versions
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from service.ingest.readers.limits import Limits
    from spatial.streets import NetworkReport, Noding

_ID_COLUMNS = ("segment_id", "identifier", "osm_id", "osmid", "linearid", "id", "fid")
_NAME_COLUMNS = (
    "name",
    "street",
    "street_name",
    "distinctive_name",
    "road_name",
    "name_1",
    "name1",
    "fullname",
)
_CLASS_COLUMNS = (
    "highway",
    "road_class",
    "road_classification",
    "classification",
    "class",
    "fclass",
    "mtfcc",
)


@dataclass(frozen=True)
class Columns:
    """Which columns of a street file mean what; None: the first usual name that is there."""

    id: str | None = None
    name: str | None = None
    road_class: str | None = None


@dataclass(frozen=True)
class LoadedNetwork:
    """What became of a street file.

    Parameters
    ----------
    network, version
        Under which name and version its segments are stored.
    segments
        How many there are.
    stored
        False: this very content was there already.
    report
        What was found, mended and left out: the fields of `spatial.streets.NetworkReport`, its
        `warnings`, and `columns`, `noding` and `left_out` (lines not taken, by kind).
    """

    network: str
    version: int
    segments: int
    stored: bool
    report: dict[str, Any]


def load_file(
    session: Session,
    agency_id: int,
    path: Path,
    network: str,
    *,
    columns: Columns | None = None,
    file_layer: str | None = None,
    only_classes: Collection[str] = (),
    noding: Noding | None = None,
    simplify: bool = False,
    simplify_classes: Collection[str] = (),
    crs: str | None = None,
    limits: Limits | None = None,
) -> LoadedNetwork:
    """Load a street network from a file of any format that `vector_files` reads.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose network it is.
    path
        The file.
    network
        Name of the network. Loaded again with other content it becomes a new version; runs keep
        theirs.
    columns
        Which columns hold id, name and class.
    file_layer
        Layer of the file, where it holds several.
    only_classes
        Take only lines of these classes; by default all.
    noding
        Where to cut lines; see `spatial.streets.prepare`. By default at shared vertices for
        files of OpenStreetMap, whose ways run on over junctions, and not at all for others.
    simplify
        Make one line of each street space; see `spatial.streets.simplify`.
    simplify_classes
        Of which classes; by default all that are streets. Naming some asks for `simplify`.
    crs
        Coordinate reference system of a file that does not say its own.
    limits
        How much the file may hold once it is unpacked.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read.
    NotFoundError
        When it has no such layer.
    InvalidInputError
        When it is no network of lines, or an option does not fit it.
    """
    from service.vector import files as vector_files  # GDAL and what goes with it

    versions.check_name(repository.KIND, network, "network")
    read = vector_files.read(path, file_layer, wanted="lines", crs=crs, limits=limits)
    return load(
        session,
        agency_id,
        read.features,
        network,
        where=path.name,
        columns=columns,
        only_classes=only_classes,
        noding=noding or ("vertices" if read.from_osm else "none"),
        simplify=simplify,
        simplify_classes=simplify_classes,
        left_out=read.left_out,
    )


def load(
    session: Session,
    agency_id: int,
    lines: gpd.GeoDataFrame,
    network: str,
    *,
    where: str,
    columns: Columns | None = None,
    only_classes: Collection[str] = (),
    noding: Noding = "none",
    simplify: bool = False,
    simplify_classes: Collection[str] = (),
    left_out: dict[str, int] | None = None,
) -> LoadedNetwork:
    """Store a network of lines; see `load_file`. `left_out` is what was not even read."""
    from spatial import streets  # and its kernels

    versions.check_name(repository.KIND, network, "network")
    chosen = columns or Columns()
    taken = Columns(
        id=chosen.id or _usual(lines, _ID_COLUMNS, telling_apart=True),
        name=chosen.name or _usual(lines, _NAME_COLUMNS),
        road_class=chosen.road_class or _usual(lines, _CLASS_COLUMNS),
    )
    kept, other_classes = _of_classes(lines, taken.road_class, only_classes)
    chosen_classes = _simplified_classes(kept, taken.road_class, simplify_classes)
    simplifies = simplify or bool(chosen_classes)
    segments = streets.prepare(
        kept,
        id_column=taken.id,
        name_column=taken.name,
        class_column=taken.road_class,
        noding=noding,
        with_levels=simplifies,
    )
    found: NetworkReport = segments.attrs["report"]
    report = asdict(found) | {
        "warnings": found.warnings(),
        "noding": noding,
        "columns": asdict(taken),
        "left_out": dict(left_out or {}) | other_classes,
    }
    sources = None
    if simplifies:
        walked = streets.simplify(segments, chosen_classes or None)
        segments, sources = walked.segments, walked.sources
        report["simplified"] = asdict(walked.report)
    stored, is_new = repository.store(
        session,
        agency_id,
        network,
        file_name=where,
        segments=segments,
        noding=noding,
        report=report,
        sources=sources,
    )
    return LoadedNetwork(network, stored.version, len(segments), is_new, report)


def _of_classes(
    lines: gpd.GeoDataFrame, column: str | None, wanted: Collection[str]
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Return the lines of some classes (all, when none are named), and how many others had."""
    if not wanted:
        return lines, {}
    classes = _known_classes(lines, column, wanted, "only_class")
    keep = classes.isin(list(wanted))
    others = classes[~keep].fillna("without class").value_counts().sort_index()
    return lines[keep.to_numpy()], {str(name): int(number) for name, number in others.items()}


def _simplified_classes(
    lines: gpd.GeoDataFrame, column: str | None, wanted: Collection[str]
) -> list[str]:
    """Return the classes that are named one by one or with commas; some have commas in them."""
    if not wanted:
        return []
    known = set() if column is None else set(lines[column].astype("object").dropna().map(str))
    named = [name for one in wanted for name in ([one] if one in known else one.split(","))]
    named = sorted({name.strip() for name in named} - {""})
    _known_classes(lines, column, named, "simplify_classes")
    return named


def _known_classes(
    lines: gpd.GeoDataFrame, column: str | None, wanted: Collection[str], parameter: str
) -> pd.Series:
    """Return the class of each line, where there are lines of each class that is wanted."""
    if column is None or column not in lines.columns:
        raise InvalidInputError(
            "The network says no class of its lines: name the column that does (class_column), "
            f"or leave {parameter} out.",
            [Problem(parameter, "the file has no column of classes")],
        )
    classes: pd.Series = lines[column].astype("object").map(str, na_action="ignore")
    many = classes.value_counts()
    missing = [name for name in wanted if name not in many.index]
    if missing:
        known = [str(name) for name in many.index]
        raise InvalidInputError(
            f"No line has the class {', '.join(missing)} in {column}; there are: "
            f"{', '.join(known[:30])}.{nearest(missing[0], known)}",
            [Problem(parameter, f"no line has the class {name}") for name in missing],
        )
    return classes


def _usual(
    lines: gpd.GeoDataFrame, names: tuple[str, ...], *, telling_apart: bool = False
) -> str | None:
    """Return the first usual column that is there; an id column must tell its lines apart."""
    columns = {str(column).casefold(): str(column) for column in reversed(lines.columns)}
    for name in names:
        column = columns.get(name)
        if column is None or column == lines.geometry.name:
            continue
        said = lines[column].dropna()
        if not telling_apart or (len(said) and not said.duplicated().any()):
            return column
    return None
