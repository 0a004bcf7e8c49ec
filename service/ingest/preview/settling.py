"""Rows of a file settled among themselves, as a batch does it among its staged rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import spread
from service.ingest.checks.repeats import Repeats
from service.ingest.merging import repeats
from service.ingest.merging.gravity import shipped
from service.ingest.profiles.profile import Profile

_ID: Final = ["source", "external_id"]


class Settled(NamedTuple):
    """What is left of a file's rows."""

    incidents: pa.Table
    rejected: pa.Table
    repeats: int
    """How many rows were repeats of others."""
    told: Repeats | None


def settled(incidents: pa.Table, rejected: pa.Table, profile: Profile) -> Settled:
    """Return the incidents and the rejected rows that are left; see `repeats.settle`.

    A row without coordinates is a repeat of a twin that has them.

    Parameters
    ----------
    incidents, rejected
        All rows of a file as `validate` returns them.
    profile
        Says what is one incident. Without a database the shipped indexes tell what is gravest.
    """
    incidents = incidents.sort_by("line")
    ids = _ids(incidents)
    counted = Counter(ids)
    excused = [one in counted for one in _ids(rejected)]
    rejected = rejected.filter(pc.invert(pa.array(excused, pa.bool_())))
    several = [counted[one] > 1 for one in ids]
    if not any(several):
        return Settled(incidents, rejected, sum(excused), None)
    rows = _looked_at(incidents.filter(pa.array(several)))
    found = repeats.settle(lambda: [rows], repeats.numbers(ids), profile, shipped)
    lines = incidents["line"].to_pylist()
    renamed = dict(zip(*(one.to_pylist() for one in found.renamed.itercolumns()), strict=True))
    names = [renamed.get(line, one) for line, (_, one) in zip(lines, ids, strict=True)]
    place = incidents.schema.get_field_index("external_id")
    incidents = incidents.set_column(place, "external_id", pa.array(names, pa.string()))
    left = pa.array(np.isin(np.asarray(lines), found.gone, invert=True))
    return Settled(incidents.filter(left), rejected, sum(excused) + len(found.gone), found.told)


def _ids(rows: pa.Table) -> list[tuple[str, str]]:
    return list(zip(*(rows[one].to_pylist() for one in _ID), strict=True))


def _looked_at(incidents: pa.Table) -> pa.Table:
    """Return what is looked at of incidents, none of which cancels another."""
    rows = incidents.append_column("numbered", incidents["number"].is_valid())
    rows = rows.append_column("cancels", pa.array(np.full(rows.num_rows, False)))
    return rows.select(repeats.SCHEMA.names).cast(repeats.SCHEMA)


def without_strays(
    incidents: pa.Table, rejected: pa.Table, cells: Collection[int]
) -> tuple[pa.Table, pa.Table]:
    """Return incidents without those in some cells of the grid of `spread`, which are rejected."""
    places = [np.asarray(incidents[one]) for one in ("longitude", "latitude")]
    stray = np.isin(spread.cells(*places), list(cells))
    if not stray.any():
        return incidents, rejected
    gone = incidents.filter(pa.array(stray))
    told: dict[str, Any] = {
        "line": gone["line"],
        "reason": ["placeholder_location"] * gone.num_rows,
        "message": [spread.FAR_AWAY] * gone.num_rows,
        "raw": [""] * gone.num_rows,
    }
    told |= {
        name: pa.nulls(gone.num_rows, pa.string())
        for name in ("source", "external_id", "stated_id", "former_id")
    }
    more = pa.table(told).cast(rejected.schema)
    return incidents.filter(pa.array(~stray)), pa.concat_tables([rejected, more])
