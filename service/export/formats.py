"""Every format in which a run can be had: one declaration each, which every surface reads.

This module imports nothing heavy: the functions that write are loaded when a file is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from service.errors import unknown
from service.words.catalogue import gettext_noop

if TYPE_CHECKING:
    from pathlib import Path

    from service.analyses.figures import Table
    from service.export.contents import Contents
    from service.export.job import Job
    from service.export.layers import Layer

Part: TypeAlias = Literal["places", "tables", "summary"]
"""What files hold of a run: layers of places, tables, or all of a result that has no places."""


@dataclass(frozen=True)
class Format:
    """A format of file.

    Parameters
    ----------
    name, title
        What it is asked for by, and what people call it.
    offer
        What a list of downloads calls it, with what it is good for.
    holds
        What is in a file, for the manual.
    opens
        How it is opened, as a sentence goes on after those of other formats; empty: as any is.
    suffix, media_type
        Of the file.
    writer
        Name of the function of `service.export.writers` that writes a file.
    one_layer
        Whether a file holds one layer, so that it must be said which.
    of
        What it can hold of a run.
    most_places
        Layers with more places are left out of a zip in this format: the programs that read it
        cannot show them. None: it holds any number.
    packed
        Whether its content is compressed already.
    live
        Whether a file can read its places from the service, and hold none.
    """

    name: str
    title: str
    offer: str
    holds: str
    opens: str
    suffix: str
    media_type: str
    writer: str
    one_layer: bool = False
    of: frozenset[Part] = frozenset({"places"})
    most_places: int | None = None
    packed: bool = False
    live: bool = False

    def write(self, job: Job, part: Layer | Table | None, path: Path) -> None:
        """Write one layer or table of a job to a file; or all of it, where that is None."""
        from service.export import writers

        write: writers.Writer = getattr(writers, self.writer)
        write(job, part, path)

    def takes(self, part: Layer | Table) -> bool:
        """Return whether it can hold a layer or a table."""
        from service.analyses.figures import Table

        return ("tables" if isinstance(part, Table) else "places") in self.of

    def is_of(self, file: Path) -> bool:
        """Return whether a file has its suffix."""
        return file.suffix == f".{self.suffix}"


def parts_of(contents: Contents) -> frozenset[Part]:
    """Return what files can hold of a run."""
    found: set[Part] = {"places"} if contents.own else {"summary"}
    return frozenset(found | ({"tables"} if contents.tables else set()))


def able(contents: Contents) -> list[Format]:
    """Return the formats that can hold something of a run."""
    return [one for one in FORMATS.values() if one.of & parts_of(contents)]


def find(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    if name not in FORMATS:
        raise unknown("export format", name, FORMATS, "format")
    return FORMATS[name]


FORMATS: Final = {
    one.name: one
    for one in (
        Format(
            name="geojson",
            title=gettext_noop("GeoJSON"),
            offer=gettext_noop("GeoJSON"),
            holds=gettext_noop("one layer, as the API answers it"),
            opens="A web map, or any program for maps: the .geojson.",
            suffix="geojson",
            media_type="application/geo+json",
            writer="geojson",
            one_layer=True,
        ),
        Format(
            name="gpkg",
            title=gettext_noop("GeoPackage"),
            offer=gettext_noop("GeoPackage, styled for QGIS"),
            holds=gettext_noop("all layers, their styles, the run"),
            opens="QGIS 3.22 or later, or ArcGIS Pro: drag the .gpkg into any project; in QGIS "
            "each layer comes with its style.",
            suffix="gpkg",
            media_type="application/geopackage+sqlite3",
            writer="geopackage",
        ),
        Format(
            name="qgz",
            title=gettext_noop("A QGIS project"),
            offer=gettext_noop("QGIS project"),
            holds=gettext_noop("a QGIS project with all layers inside, or live from the service"),
            opens="QGIS 3.22 or later: open the .qgz, with the .gpkg in the same folder.",
            suffix="qgz",
            media_type="application/x-qgis-project",
            writer="qgis",
            packed=True,
            live=True,
        ),
        Format(
            name="csv",
            title=gettext_noop("CSV"),
            offer=gettext_noop("CSV, for a spreadsheet"),
            holds=gettext_noop("one layer, geometry as WKT; or one table"),
            opens="A spreadsheet: the .csv; an apostrophe before a text keeps it from being run as "
            "a formula.",
            suffix="csv",
            media_type="text/csv",
            writer="csv",
            one_layer=True,
            of=frozenset({"places", "tables"}),
        ),
        Format(
            name="kml",
            title=gettext_noop("KML"),
            offer=gettext_noop("KML, for Google Earth"),
            holds=gettext_noop("one layer, coloured by class"),
            opens="Google Earth: the .kml.",
            suffix="kml",
            media_type="application/vnd.google-earth.kml+xml",
            writer="kml",
            one_layer=True,
            most_places=10_000,
        ),
        Format(
            name="geoparquet",
            title=gettext_noop("GeoParquet"),
            offer=gettext_noop("GeoParquet"),
            holds=gettext_noop("one layer (GeoParquet 1.1 with bounding boxes)"),
            opens="Python: geopandas.read_parquet on the .parquet.",
            suffix="parquet",
            media_type="application/vnd.apache.parquet",
            writer="geoparquet",
            one_layer=True,
            packed=True,
        ),
        Format(
            name="fgb",
            title=gettext_noop("FlatGeobuf"),
            offer=gettext_noop("FlatGeobuf"),
            holds=gettext_noop("one layer with a spatial index (FlatGeobuf)"),
            opens="A web map of very many places: the .fgb.",
            suffix="fgb",
            media_type="application/flatgeobuf",
            writer="flatgeobuf",
            one_layer=True,
        ),
        Format(
            name="json",
            title=gettext_noop("JSON"),
            offer=gettext_noop("The whole answer (JSON)"),
            holds=gettext_noop("the whole answer of a run without places, such as a concentration"),
            opens="A program: the .json is the whole answer.",
            suffix="json",
            media_type="application/json",
            writer="json",
            of=frozenset({"summary"}),
        ),
        Format(
            name="zip",
            title=gettext_noop("A zip"),
            offer=gettext_noop("All of them (ZIP)"),
            holds=gettext_noop("all of these, and a README that explains every column"),
            opens="",
            suffix="zip",
            media_type="application/zip",
            writer="zipped",
            of=frozenset({"places", "summary"}),
            packed=True,
        ),
    )
}
"""Every format, in the order in which people are offered them."""


def listed(*, one_layer: bool) -> str:
    """Return the names of the formats of places that hold one layer, or all, for a manual."""
    names = [
        f"`{one.name}`"
        for one in FORMATS.values()
        if "places" in one.of and one.one_layer == one_layer
    ]
    return f"{', '.join(names[:-1])} and {names[-1]}"
