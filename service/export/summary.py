"""The answer of a run without places, such as a concentration: a document and its tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from service.errors import NotFoundError
from service.export import geojson
from service.export.single_layer import write_rows
from service.store import models
from spatial.errors import Problem

EVERYWHERE: Final = ""
"""What stands in the column `district` of rows about the whole study area."""

_CURVE: Final = {
    "share_of_units": "share_of_units",
    "share_of_total": "share_of_total",
    "low": "share_of_total_low",
    "high": "share_of_total_high",
    "at_random": "share_of_total_at_random",
}
"""Columns of the Lorenz curve; runs of earlier versions hold the first two."""


@dataclass(frozen=True)
class Table:
    """A table of an answer."""

    name: str
    description: str
    rows: Callable[[dict[str, Any]], list[dict[str, Any]]]


def document(run: models.AnalysisRun) -> bytes:
    """Return the whole answer as JSON, with what it rests on."""
    whole = geojson.run_member(run) | {"result": run.result}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()


def _shares(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for part in (result, *result.get("districts", ())):
        for share in part["shares"]:
            low, high = share["interval"]
            marginal_low, marginal_high = share["marginal_interval"]
            rows.append(
                {
                    "district": part.get("district", EVERYWHERE),
                    "share_of_total": share["share_of_total"],
                    "units": share["units"],
                    "share_of_units": share["share_of_units"],
                    "share_of_units_low": low,
                    "share_of_units_high": high,
                    "share_of_units_at_random": share["share_of_units_at_random"],
                    "marginal": share["marginal"],
                    "marginal_low": marginal_low,
                    "marginal_high": marginal_high,
                    "share_of_length": share.get("share_of_length"),
                }
            )
    return rows


def _lorenz(result: dict[str, Any]) -> list[dict[str, Any]]:
    curve = result["lorenz"]
    held = [(name, column) for name, column in _CURVE.items() if name in curve]
    points = zip(*(curve[name] for name, _ in held), strict=True)
    return [
        {column: value for (_, column), value in zip(held, point, strict=True)} for point in points
    ]


TABLES: Final = {
    one.name: one
    for one in (
        Table(
            "shares",
            "How few units hold 20, 25, 50 and 80 % of the total, with intervals, and what chance "
            "alone would give; also by district, where the run was asked for districts.",
            _shares,
        ),
        Table(
            "lorenz",
            "The Lorenz curve, from the fullest unit to the emptiest, with its interval at each "
            "share of units, and the mean curve that chance alone would give.",
            _lorenz,
        ),
    )
}


def find_table(run: models.AnalysisRun, name: str) -> Table:
    """Return a table of an answer by its name.

    Raises
    ------
    NotFoundError
        When there is no such table; the message lists those that there are.
    """
    if name not in TABLES:
        raise NotFoundError(
            f"Run {run.id} has no layer {name}; it has: {', '.join(TABLES)}.",
            [Problem("layer", f"unknown layer {name}")],
        )
    return TABLES[name]


def write_table(run: models.AnalysisRun, table: Table, path: Path) -> None:
    """Write a table of an answer as CSV."""
    found = table.rows(run.result)
    write_rows(list(found[0]), found, path)
