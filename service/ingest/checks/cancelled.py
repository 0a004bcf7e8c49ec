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
        `cancelled` has `line`, `source`, and the `external_id` or else the `number` of the rows
        that cancel. Where both are null, none is stated: such a row is held back, and takes
        nothing away. `sought` has those of them that are known by more than their id: by what
        they say, as the other rows of their number are.
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
    own = _of(checked.incidents, lines)
    own = own.filter(pc.or_(own["number"].is_valid(), own["former"].is_valid()))
    source = pa.repeat(pa.scalar(rules.source, pa.string()), rows.table.num_rows)
    stated = None if rules.fixed_source else binding.text(rows, "source")
    ids = identity.stated(rows, binding, rules, Notes())
    numbers = pc.if_else(ids.numbered, ids.stated, None)
    return replace(
        checked,
        incidents=_without(checked.incidents, lines),
        rejected=_without(checked.rejected, lines),
        cancelled=pa.table(
            {
                "line": lines,
                "source": (source if stated is None else pc.coalesce(stated, source)).take(at),
                "external_id": pc.if_else(ids.numbered, None, ids.stated).take(pa.array(at)),
                "number": numbers.take(pa.array(at)),
            }
        ),
        sought=own if own.num_rows else None,
    )


def _of(table: pa.Table, lines: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table["line"], lines))


def _without(table: pa.Table, lines: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table["line"], lines)))
