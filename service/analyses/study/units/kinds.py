"""The kinds of units of place: one declaration each, which every surface reads.

What a kind computes is in its class of `Units`; what it is called, in what it is measured and how
it is drawn is here. This module imports nothing heavy, so that pages and documents can read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from service.words.catalogue import gettext_noop

UnitKind: TypeAlias = Literal["h3", "segment", "polygon"]


@dataclass(frozen=True)
class Measure:
    """In what units of place are measured, and how a total is told per size.

    Parameters
    ----------
    size_name
        Property that tells a size: ``area_km2`` or ``length_m``.
    density_name
        Property that tells harm per size, e.g. ``harm_per_100m``.
    per
        Size to which the density refers, e.g. 100 (metres).
    largest, budget
        Parameters that limit the size of one target, and of all together.
    """

    size_name: str
    density_name: str
    per: float
    largest: str
    budget: str


AREA: Final = Measure("area_km2", "harm_per_km2", 1.0, "max_area_km2", "total_area_km2")
LENGTH: Final = Measure("length_m", "harm_per_100m", 100.0, "max_length_m", "total_length_m")


@dataclass(frozen=True)
class Kind:
    """A kind of unit of place.

    Parameters
    ----------
    name
        What it is asked for by.
    one, several
        What people call one of them, and several.
    explained
        What they are, where the parameter that names them is explained.
    title, choice
        What a layer of them is called, and what forms call them.
    of_run, counted
        What those of a run are, and so many of them: sentences whose values are the parameters of
        the run, and ``many``.
    measure
        In what they are measured.
    shape, geometry_type
        How one is drawn, and what its geometry is in GeoJSON.
    style
        The collection in whose style they are drawn.
    wider
        What gathers more evidence where nothing is significant.
    made_of
        The parameter that names the network or layer whose parts they are, which it needs; None:
        they are made of nothing that is stored.
    own_parameters
        Parameters that mean something for this kind, beside those that every kind takes and those
        of its measure.
    swatch
        What one looks like in a legend: the path of an SVG, 14 wide and high.
    """

    name: UnitKind
    one: str
    several: str
    explained: str
    title: str
    choice: str
    of_run: str
    counted: str
    measure: Measure
    shape: Literal["polygon", "line"]
    geometry_type: Literal["Polygon", "MultiPolygon", "LineString"]
    style: str
    wider: str
    made_of: Literal["network", "layer"] | None
    own_parameters: frozenset[str]
    swatch: str

    @property
    def parameters(self) -> frozenset[str]:
        """Parameters that mean something for this kind and not for every one."""
        return self.own_parameters | {self.measure.largest, self.measure.budget}

    @property
    def joined_type(self) -> str:
        """What the geometry of several together is: that of a target."""
        return "MultiLineString" if self.shape == "line" else "MultiPolygon"


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name="h3",
            one=gettext_noop("cell"),
            several=gettext_noop("cells"),
            explained="the cells of the H3 grid",
            title=gettext_noop("Cells"),
            choice=gettext_noop("Cells"),
            of_run=gettext_noop("cells of resolution {resolution}"),
            counted=gettext_noop("{many} H3 cells of resolution {resolution}"),
            measure=AREA,
            shape="polygon",
            geometry_type="Polygon",
            style="units",
            wider="a longer window or a coarser resolution",
            made_of=None,
            own_parameters=frozenset({"resolution"}),
            swatch="M7 .8 12.4 3.9V10.1L7 13.2 1.6 10.1V3.9Z",
        ),
        Kind(
            name="segment",
            one=gettext_noop("street segment"),
            several=gettext_noop("street segments"),
            explained="the street segments of `network`",
            title=gettext_noop("Street segments"),
            choice=gettext_noop("Street segments"),
            of_run=gettext_noop("street segments of {network}"),
            counted=gettext_noop("{many} street segments of the network {network}"),
            measure=LENGTH,
            shape="line",
            geometry_type="LineString",
            style="segments",
            wider="a longer window or a wider neighbourhood (neighbours, neighbour_distance_m)",
            made_of="network",
            own_parameters=frozenset({"max_snap_m", "neighbour_distance_m"}),
            swatch="M3 13.2 .8 10 11 .8 13.2 4Z",
        ),
        Kind(
            name="polygon",
            one=gettext_noop("area"),
            several=gettext_noop("areas"),
            explained="the areas of `layer`",
            title=gettext_noop("Areas"),
            choice=gettext_noop("Areas of a layer"),
            of_run=gettext_noop("areas of {layer}"),
            counted=gettext_noop("{many} areas of the layer {layer}"),
            measure=AREA,
            shape="polygon",
            geometry_type="MultiPolygon",
            style="units",
            wider="a longer window or larger areas",
            made_of="layer",
            own_parameters=frozenset({"layer"}),
            swatch="M1.5 3 8 1.2 12.8 5.5 11 12.6 3.2 11.4Z",
        ),
    )
}
"""Every kind of unit, the one that is taken unasked first."""


def kind_of(parameters: Mapping[str, Any]) -> Kind:
    """Return the kind of unit that the parameters of a run name."""
    return KINDS[parameters["unit"]]


def of_some_kinds(parameters: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return which parameters mean something for some kinds alone, and for which."""
    found = {
        name: frozenset(kind.name for kind in KINDS.values() if name in kind.parameters)
        for name in parameters
    }
    return {name: kinds for name, kinds in found.items() if kinds}
