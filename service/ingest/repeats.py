"""Repeats within one file, settled without a database as `merge.sql` settles them with one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa


def settled(incidents: pa.Table, rejected: pa.Table) -> tuple[pa.Table, pa.Table, int]:
    """Return the incidents and the rejected rows that are left, and how many rows were repeats.

    As in the merge, rows of one id are one incident, identical rows without an id are incidents of
    their own, and a row without coordinates is a repeat of a twin that has them.

    Parameters
    ----------
    incidents, rejected
        All rows of a file as `validate` returns them.
    """
    incidents = incidents.take(np.argsort(np.asarray(incidents["line"]), kind="stable"))
    met: Counter[tuple[str, str]] = Counter()
    kept, ids = [], []
    for source, external_id, anonymous in _columns(incidents, "source", "external_id", "anonymous"):
        met[source, external_id] += 1
        times = met[source, external_id]
        kept.append(anonymous or times == 1)
        ids.append(f"{external_id}:{times}" if anonymous and times > 1 else external_id)
    place = incidents.schema.get_field_index("external_id")
    numbered = incidents.set_column(place, "external_id", pa.array(ids, pa.string()))
    left = [(source, one) not in met for source, one in _columns(rejected, "source", "external_id")]
    repeats = kept.count(False) + left.count(False)
    return (
        numbered.filter(pa.array(kept, pa.bool_())),
        rejected.filter(pa.array(left, pa.bool_())),
        repeats,
    )


def _columns(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))
