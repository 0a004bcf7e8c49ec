"""Rows that cancel their incident: parted from those that are stored or rejected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import identity
from service.ingest.checks.attributes import column
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.validate import Checked
from service.ingest.profiles.binding import Binding, keeping
from service.ingest.readers.rows import RawRows


def parted(checked: Checked, rows: RawRows, binding: Binding, rules: Rules) -> Checked:
    """Return checked rows, of which those that cancel an incident stand apart.

    Parameters
    ----------
    checked
        Incidents and rejected rows; a row that cancels may be either.
    rows, binding, rules
        The same rows as they were read, and what they are checked by.

    Returns
    -------
    Checked
        `cancelled` has `line`, `source` and `external_id` of the rows that cancel, the id null
        where none is stated: such a row is held back, and takes nothing away.
    """
    rule = rules.profile.cancelled
    if rule is None:
        return checked
    named = keeping((rule.column,))
    name = next((one for one in rows.table.column_names if named(one)), None)
    if name is None:
        return checked
    said = pc.utf8_lower(pc.utf8_trim_whitespace(column(rows.table, name)))
    words = pa.array([one.strip().lower() for one in rule.values], pa.string())
    at = np.flatnonzero(np.asarray(pc.fill_null(pc.is_in(said, words), False)))
    if not len(at):
        return checked
    lines = pa.array(rows.lines[at])
    source = pa.repeat(pa.scalar(rules.source, pa.string()), rows.table.num_rows)
    stated = None if rules.fixed_source else binding.text(rows, "source")
    ids = identity.stated(rows, binding, rules, Notes()).stated
    return replace(
        checked,
        incidents=_without(checked.incidents, lines),
        rejected=_without(checked.rejected, lines),
        cancelled=pa.table(
            {
                "line": lines,
                "source": (source if stated is None else pc.coalesce(stated, source)).take(at),
                "external_id": ids.take(pa.array(at)),
            }
        ),
    )


def _without(table: pa.Table, lines: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table["line"], lines)))
