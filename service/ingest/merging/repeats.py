"""Repeats within one file, settled without a database as `merge.sql` settles them with one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from service.ingest.checks import spread
from service.ingest.checks.repeats import Repeats
from service.ingest.merging.gravity import gravity, shipped
from service.ingest.profiles.profile import Profile

_ID = ["source", "external_id"]


class Settled(NamedTuple):
    """What is left of a file's rows."""

    incidents: pa.Table
    rejected: pa.Table
    repeats: int
    """How many rows were repeats of others."""
    told: Repeats


def settled(incidents: pa.Table, rejected: pa.Table, profile: Profile) -> Settled:
    """Return the incidents and the rejected rows that are left.

    As in the merge, rows of one id are one incident unless the profile says that each is one,
    identical rows without an id are incidents of their own, and a row without coordinates is a
    repeat of a twin that has them.

    Parameters
    ----------
    incidents, rejected
        All rows of a file as `validate` returns them.
    profile
        Says what is one incident. Without a database the shipped indexes tell what is gravest.
    """
    incidents = incidents.take(np.argsort(np.asarray(incidents["line"]), kind="stable"))
    names = [
        *_ID, "line", "anonymous", "number", "offence_code", "occurred_from", "longitude",
        "latitude", "content_hash",
    ]  # fmt: skip
    rows = incidents.select(names).to_pandas()
    own = ~(rows["anonymous"] | rows["number"].notna()).to_numpy(dtype=bool)
    told = _told(rows[own])
    order = rows["line"].astype(np.float64)
    if profile.one_per == "id" and told.offences:
        repeated = rows[own & rows.duplicated(_ID, keep=False)]
        index, weights = gravity(
            shipped(), sorted(set(repeated["offence_code"])), profile.harm_index
        )
        told = told.weighed(index, set(repeated["offence_code"]), weights)
        grave = rows["offence_code"].map(lambda code: weights.get(code, -1.0))
        order = (-grave).rank(method="min") * (len(rows) + 1) + order.rank()
    first = order.groupby([rows[one] for one in _ID]).transform("min") == order
    kept = ~own | first.to_numpy(dtype=bool)
    ranked = rows.sort_values(["offence_code", "occurred_from", "content_hash", "line"])
    ordinal = ranked.groupby(_ID).cumcount().reindex(rows.index) + 1
    ordinal = ordinal.where(ordinal == 1, ordinal + _written(rows) - 1)
    ids = [
        one if is_own or number == 1 else f"{one}{':' if anonymous else '#'}{number}"
        for one, is_own, number, anonymous in zip(
            rows["external_id"], own, ordinal, rows["anonymous"], strict=True
        )
    ]
    place = incidents.schema.get_field_index("external_id")
    numbered = incidents.set_column(place, "external_id", pa.array(ids, pa.string()))
    met = set(zip(rows["source"], rows["external_id"], strict=True))
    left = [
        one not in met for one in zip(*(rejected[name].to_pylist() for name in _ID), strict=True)
    ]
    return Settled(
        numbered.filter(pa.array(kept, pa.bool_())),
        rejected.filter(pa.array(left, pa.bool_())),
        int((~kept).sum()) + left.count(False),
        told,
    )


def _written(rows: pd.DataFrame) -> pd.Series[int]:
    """Return the last number that ids of the file are written with behind each id, 1 for none."""
    parts = rows["external_id"].str.extract(r"^(?s:(.*))#(\d+)$").dropna()
    last = parts[1].map(int).groupby([rows["source"], parts[0]]).max().to_dict()
    names = zip(rows["source"], rows["external_id"], strict=True)
    return pd.Series([max(last.get(one, 1), 1) for one in names], rows.index)


def _told(rows: pd.DataFrame) -> Repeats:
    """Return what rows of one id differ in from the first of them."""
    first = rows.groupby(_ID).transform("first")
    offence = rows["offence_code"] != first["offence_code"]
    time = rows["occurred_from"] != first["occurred_from"]
    place = (rows["longitude"] != first["longitude"]) | (rows["latitude"] != first["latitude"])
    odd = rows[offence | time | place]
    return Repeats(
        rows=len(odd),
        ids=len(odd[_ID].drop_duplicates()),
        offences=int(offence.sum()),
        times=int(time.sum()),
        places=int(place.sum()),
        lines=odd["line"].tolist()[:20],
        examples=odd["external_id"].tolist()[:20],
    )


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
