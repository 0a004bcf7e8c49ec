"""Analyses that the service does not have, one of each form: no file of it names them.

`quota` chooses targets and `levels` scores units, and neither tells more of them than every one
must; `calendar` has neither, but tables and every kind of figure.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import Field
from shapely.geometry import mapping

from service.analyses import figures, registry
from service.analyses.contract import Answer, Context, Process, TargetRow
from service.analyses.figures import Column
from service.analyses.study.params import AnalysisParams
from service.analyses.study.study import prepare, provenance

HOSTILE = '<i>"O\'Neil"</i> & ../Söhne\x0b {{ 7*7 }}'


class QuotaParams(AnalysisParams):
    """How many places."""

    places: Annotated[int, Field(ge=1, description="How many places are chosen.")] = 2


class LevelsParams(AnalysisParams):
    """Which side is told."""

    side: Annotated[Literal["high", "low"], Field(description="Which units stand out.")] = "high"


class CalendarParams(AnalysisParams):
    """What is told of the calendar."""

    weekends: Annotated[bool, Field(description="Whether weekends are told too.")] = True


def choose(context: Context, params: QuotaParams) -> Answer:
    """Choose the units with the most incidents."""
    study = prepare(context.session, context.question, params)
    counts, harms = (study.totals[name].to_numpy() for name in ("count", "harm"))
    chosen = np.argsort(-counts, kind="stable")[: params.places]
    rows = [
        TargetRow(
            {
                "rank": rank,
                "target_id": f"quota-{study.units.ids[at]}",
                "unit": params.unit,
                "members": [str(study.units.ids[at])],
                "label": HOSTILE,
                "note": "Many incidents.",
                "count": int(counts[at]),
                "harm": float(harms[at]),
                "harm_share": float(harms[at] / harms.sum()),
                "area_km2": float(study.units.size[at]),
            },
            study.units.shapes[at],
        )
        for rank, at in enumerate(chosen, start=1)
    ]
    return Answer(provenance(params, context.question, study), {"chosen": len(rows)}, targets=rows)


def score(context: Context, params: LevelsParams) -> Answer:
    """Rank every unit, and tell no more of it than every unit must."""
    study = prepare(context.session, context.question, params)
    number = len(study.units)
    order = np.argsort(-study.totals["harm"].to_numpy(), kind="stable")
    rank = np.empty(number, dtype=np.int64)
    rank[order] = np.arange(1, number + 1)
    scores = study.totals.assign(unit_id=study.units.ids, rank=rank)
    return Answer(
        provenance(params, context.question, study),
        {"levels": 2},
        scores=scores,
        geometry=study.units.shapes,
    )


def count(context: Context, params: CalendarParams) -> Answer:
    """Count the incidents of each day of the week, and keep the shapes of three units."""
    study = prepare(context.session, context.question, params)
    days = study.incidents["occurred_from"].dt.day_of_week.value_counts().reindex(range(7))
    result: dict[str, Any] = {
        "days": [int(many) for many in days.fillna(0)],
        "shapes": [mapping(shape) for shape in study.units.shapes[:3]],
    }
    return Answer(provenance(params, context.question, study), result)


def all_kinds(run: Any) -> tuple[figures.Figure, ...]:
    """Return a figure of every kind, with values that are missing and words that are hostile."""
    days, shapes = run.result["days"], run.result["shapes"]
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day = Column(name="day", title="Day of the week")
    many = Column(name="incidents", title="Incidents", reads="whole")
    told = {"title": HOSTILE, "description": f"What the week shows: {HOSTILE}."}
    return (
        figures.Table(
            name="by_day", **told,
            columns=(day, many, many.model_copy(update={"interval": True})),
            rows=tuple(
                (name, number, (number - 1, None))
                for name, number in zip(names, days, strict=True)
            ),
        ),
        figures.Bars(
            name="bars", **told, of=day, value=many,
            bars=tuple((name, number, None) for name, number in zip(names, days, strict=True)),
        ),
        figures.Line(
            name="course", **told,
            across=Column(name="month", title="Month", reads="day"), up=many,
            at=("2024-01-01", "2024-02-01", "2024-03-01"),
            lines=(
                figures.Course(
                    name="seen", title="Seen", values=(1, None, 3), low=(0, None, 2),
                    high=(2, None, 4),
                ),
                figures.Course(name="expected", title="Expected", values=(2, 2, 2)),
            ),
        ),
        figures.HeatStrip(
            name="hours", **told, down=day, across=Column(name="hour", title="Hour"), value=many,
            rows=names, columns=tuple(f"{hour:02d}" for hour in range(24)),
            values=tuple(tuple((number * hour) % 5 for hour in range(24)) for number in days),
        ),
        figures.Layer(
            name="units", **told, shape="polygon",
            columns=(Column(name="name", title="Name"), many),
            places=tuple(
                figures.Place(geometry=shape, values=(HOSTILE, None if at else 4))
                for at, shape in enumerate(shapes)
            ),
        ),
    )  # fmt: skip


QUOTA = Process(
    name="quota",
    title="Quota",
    description="Chooses the places with the most incidents, whatever chance would do.",
    params=QuotaParams,
    run=choose,
    headline=lambda run: f"{run.result['chosen']} places to fill a quota",
    question=lambda run: f"Which {run.parameters['places']} places have the most incidents?",
    places=frozenset({"targets"}),
)
LEVELS = Process(
    name="levels",
    title="Levels",
    description="Puts every unit on one of two levels.",
    params=LevelsParams,
    run=score,
    headline=lambda run: f"{run.result['levels']} levels",
    question=lambda run: f"Which units are {run.parameters['side']}?",
    places=frozenset({"units"}),
)
CALENDAR = Process(
    name="calendar",
    title="Calendar",
    description="Counts incidents by day of the week.",
    params=CalendarParams,
    run=count,
    headline=lambda run: f"{sum(run.result['days'])} incidents in a week",
    question=lambda _run: "On which days do incidents happen?",
    figures=all_kinds,
)
FOREIGN = {one.name: one for one in (QUOTA, LEVELS, CALENDAR)}


def register(patch: pytest.MonkeyPatch, **changed: Process[Any]) -> None:
    """Add the foreign analyses to the registry until the patch is undone."""
    for name, process in (FOREIGN | changed).items():
        patch.setitem(registry.PROCESSES, name, process)


def telling_itself(process: Process[Any], folder: Path) -> Process[Any]:
    """Return an analysis that tells its runs by a template of its own."""
    page = folder / "partial.html"
    page.write_text("<p>Told by itself: {{ run|headline }}, {{ run.process }}.</p>")
    return replace(process, page=page)
