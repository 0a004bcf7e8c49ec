"""The columns beyond the canonical ones, kept with the incident as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_DEEPEST = 50


def assembled(table: pa.Table, names: Sequence[str]) -> pa.Array:
    """Return some columns as JSON objects, null where all are empty.

    Parameters
    ----------
    table
        Columns of strings.
    names
        The columns to keep; the objects have their keys in alphabetical order, so that the
        order of a file's columns does not change an incident.
    """
    parts = []
    for name in sorted(names):
        key = json.dumps(name, ensure_ascii=False) + ': "'
        parts.append(pc.binary_join_element_wise(key, _escaped(column(table, name)), '", ', ""))
    if not parts:
        return pa.nulls(table.num_rows, pa.string())
    # Not with nulls skipped: Arrow would leave out a row in which all are null.
    inner = pc.binary_join_element_wise(*parts, "", null_handling="replace")
    inner = pc.if_else(pc.equal(inner, ""), None, pc.utf8_rtrim(inner, ", "))
    return pc.binary_join_element_wise("{", inner, "}", "")


def canonical(written: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return a column of JSON objects in one spelling, and which rows are not such objects."""
    coded = written.dictionary_encode()
    spelt = [_canonical_object(text) for text in coded.dictionary.to_pylist()]
    bad = np.array([text is None for text in spelt], dtype=bool)
    if len(spelt) == 0:
        return pa.nulls(len(written), pa.string()), np.zeros(len(written), dtype=bool)
    indices = coded.indices
    wrong = pc.fill_null(pa.array(bad).take(indices), False)
    return pa.array(spelt, pa.string()).take(indices), wrong.to_numpy(zero_copy_only=False)


def merged(stated: pa.Array, assembled_: pa.Array) -> pa.Array:
    """Return two columns of JSON objects as one; a key in both has the first one's value."""
    if stated.null_count == len(stated):
        return assembled_
    if assembled_.null_count == len(assembled_):
        return stated
    return pa.array(
        [
            json.dumps(
                {**json.loads(two or "{}"), **json.loads(one or "{}")},
                ensure_ascii=False,
                sort_keys=True,
            )
            if one and two
            else one or two
            for one, two in zip(stated.to_pylist(), assembled_.to_pylist(), strict=True)
        ],
        pa.string(),
    )


def column(table: pa.Table, name: str) -> pa.Array:
    """Return a column in one piece."""
    values = table.column(name).combine_chunks()
    return values if isinstance(values, pa.Array) else pa.concat_arrays(values.chunks)


def _escaped(values: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(values, _NEEDS_ESCAPE)).as_py():
        return values
    coded = values.dictionary_encode()
    spelt = [json.dumps(text, ensure_ascii=False)[1:-1] for text in coded.dictionary.to_pylist()]
    return pa.array(spelt, pa.string()).take(coded.indices)


def _canonical_object(text: str) -> str | None:
    try:
        found = json.loads(text, parse_constant=_refuse)
        if not isinstance(found, dict) or _depth(text) > _DEEPEST:
            return None
        spelt = json.dumps(found, ensure_ascii=False, sort_keys=True, allow_nan=False)
        spelt.encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return None if "\\u0000" in spelt else spelt


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        deepest = max(deepest, depth)
    return deepest


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
