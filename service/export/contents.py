"""What the files of a run hold: layers and tables, each by a name that nothing else in them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.figures import Table
from service.analyses.study.units.kinds import kind_of
from service.errors import NotFoundError
from service.export import layers, names
from service.export.declared_layers import layer_of
from service.export.layers import Layer
from service.store import models
from service.words.runs import tidy
from spatial.errors import Problem

PartT = TypeVar("PartT", Layer, Table)

_TITLES_TAKEN: Final = ("Run", "Styles")
"""What a GeoPackage calls its tables of the run and of the styles."""


@dataclass(frozen=True)
class Contents:
    """What the files of a run hold.

    Parameters
    ----------
    own
        The layers that the run itself made, the one that answers it first.
    layers
        All layers, the topmost first: its own, and the places that it refers to.
    tables
        Its tables.
    """

    own: tuple[Layer, ...]
    layers: tuple[Layer, ...]
    tables: tuple[Table, ...]

    def find(self, name: str, run: models.AnalysisRun) -> Layer | Table:
        """Return a layer of the run's own, or a table, by its name.

        Raises
        ------
        NotFoundError
            When the run has none of this name; the message lists those that it has.
        """
        held: list[Layer | Table] = [*self.own, *self.tables]
        for one in held:
            if one.name == name:
                return one
        listed = ", ".join(one.name for one in held) or "none"
        remedy = (
            " Ask for targets with patrol_buffer_m (metres around each) to have patrol areas."
            if name == "patrol_areas"
            else ""
        )
        raise NotFoundError(
            f"Run {run.id} has no layer {name}; it has: {listed}.{remedy}",
            [Problem("layer", f"unknown layer {name}")],
        )


def of_run(session: Session, agency_id: int, run: models.AnalysisRun) -> Contents:
    """Return what the files of a run hold; rows are read when they are written."""
    held = own(session, run)
    if not held.own:
        return held
    areas = list(layers.areas_named(session, agency_id, run))
    streets = list(layers.streets_named(session, agency_id, run))
    named = apart([*areas, *streets], (*held.own, *held.tables))
    over = [one for one in held.own if one.name != "units"]
    units = [one for one in held.own if one.name == "units"]
    areas, streets = named[: len(areas)], named[len(areas) :]
    # Streets lie over cells, to tell where one is, but under lines that are units.
    lines = kind_of(run.parameters).shape == "line"
    below = [*units, *streets] if lines else [*streets, *units]
    return replace(held, layers=(*over, *areas, *below))


def own(session: Session, run: models.AnalysisRun) -> Contents:
    """Return what a run itself made, without the places that it refers to."""
    process, found = registry.of(run), []
    if "targets" in process.places:
        found.append(layers.targets(session, run))
        if run.parameters.get("patrol_buffer_m") is not None:
            found.append(layers.patrol_areas(session, run))
    if "units" in process.places:
        found.append(layers.units(session, run))
    found += [layer_of(run, one) for one in process.figures(run) if one.kind == "layer"]
    held = apart(found)
    return Contents(tuple(held), tuple(held), tuple(apart(process.tables_of(run), held)))


def apart(found: Sequence[PartT], beside: Sequence[Layer | Table] = ()) -> list[PartT]:
    """Return layers or tables whose names and titles nothing else in the same file has."""
    called = names.distinct([one.name for one in found], [one.name for one in beside])
    told = names.titles(
        [tidy(one.title) or name for one, name in zip(found, called, strict=True)],
        [*_TITLES_TAKEN, *(one.title for one in beside)],
    )
    return [
        _renamed(one, name, title) for one, name, title in zip(found, called, told, strict=True)
    ]


def _renamed(part: PartT, name: str, title: str) -> PartT:
    if isinstance(part, Table):
        return part.model_copy(update={"name": name, "title": title})
    return replace(part, name=name, title=title)
