"""Which column of a file is the id of an incident: one that is unique in its first rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from service.ingest.checks.identity import is_ruined
from service.ingest.readers.head import FirstRows

_LIKE_AN_ID = re.compile(
    r"\b(?:id|uid|uuid|guid|urn|key|no|nr|num|number|ref|reference|identifier)$"
)
_OF_AN_EXPORT = re.compile(r"^(?:object ?id|fid|oid|row number|row no|index|ogc fid|gid)$")
"""Numbered anew each time: no id to know an incident by, unless there is no other."""


def suggest_id(
    first: FirstRows,
    named: Sequence[str],
    plain: Mapping[str, str],
    columns: dict[str, Any],
    written: dict[str, Any],
    notes: list[str],
) -> None:
    """Take a unique column as the id, else say that rows share it.

    Parameters
    ----------
    first
        The first rows of the file.
    named
        Columns that are called as ids are, the likeliest first; one where it was matched by hand.
    plain
        Every column's name in plain words.
    columns
        Of the suggestion; the id is put in.
    written, notes
        The suggestion's other keys, and what to look at.
    """
    matched = columns.get("external_id")
    if isinstance(matched, list) or not named:
        return
    taken = {one for name, one in columns.items() if isinstance(one, str) and name != "external_id"}
    whole = _content(first, columns)
    candidates = list(named)
    if matched is None or len(named) > 1:
        alike = [one for one, words in plain.items() if _LIKE_AN_ID.search(words)]
        candidates += [one for one in alike if one not in candidates and one not in taken]
        candidates.sort(key=lambda one: _OF_AN_EXPORT.match(plain.get(one, "")) is not None)
    repeated: list[str] = []
    shared: list[str] = []
    for one in candidates:
        values = first.texts(one).to_pylist()
        known = [value for value in values if value is not None]
        if not known or (one != candidates[0] and len(known) < len(values)):
            continue
        if any(is_ruined(value) for value in known):
            notes.append(f"The ids in {one!r} have lost digits in a spreadsheet: they are none.")
        elif len(set(known)) == len(known):
            _take(one, [*shared, *repeated], columns, notes)
            return
        else:
            (shared if _differ(values, whole) else repeated).append(one)
    if repeated:  # rows that stand in the file twice, as far as can be told
        _take(repeated[0], shared, columns, notes)
        return
    if not shared:
        columns.pop("external_id", None)
        return
    columns["external_id"] = shared[0]
    written["one_per"] = "row"
    notes.append(
        f"Different rows share {shared[0]!r}: each was taken as an incident of its own. If one "
        'number is one incident of several offences, say so (one_per = "id").'
    )


def _take(name: str, others: list[str], columns: dict[str, Any], notes: list[str]) -> None:
    columns["external_id"] = name
    if others:
        notes.append(
            f"Several rows share {' and '.join(map(repr, others))}: {name!r} was taken as the id."
        )


def _content(first: FirstRows, columns: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return what rows of one id would have to agree in."""
    names = [
        name
        for one in ("offence_name", "offence_code", "occurred_from", "longitude", "latitude")
        for name in _several(columns.get(one))
        if name in first.columns
    ]
    texts = [first.texts(one) for one in dict.fromkeys(names)]
    if not texts:
        texts = [pa.array(range(sum(len(rows.lines) for rows in first.batches)))]
    return list(zip(*(one.to_pylist() for one in texts), strict=True))


def _several(matched: Any) -> list[str]:
    if matched is None:
        return []
    return [matched] if isinstance(matched, str) else list(matched)


def _differ(values: Sequence[Any], content: Sequence[tuple[Any, ...]]) -> bool:
    """Tell whether rows of one value say different things."""
    told: dict[Any, tuple[Any, ...]] = {}
    return any(
        told.setdefault(value, row) != row
        for value, row in zip(values, content, strict=True)
        if value is not None
    )
