"""What makes an incident the same incident: its id, or else its content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks.missing import nothings, without
from service.ingest.checks.rules import Notes, Rules
from service.ingest.profiles.binding import Binding
from service.ingest.readers.rows import FEATURE_ID, RawRows

COLUMNS = (
    "source",
    "external_id",
    "offence_code",
    "offence_name",
    "occurred_from",
    "occurred_to",
    "time_precision",
    "reported_at",
    "longitude",
    "latitude",
    "location_text",
    "attributes",
)
"""What the content of an incident is, in the order in which it is digested."""

_MARKS = (b"'", b"=", b".", b"+")
"""One of these stands in every id that a spreadsheet, or a column of floats, has touched."""
_TOUCHED = re.compile(
    r"""=?"(?P<formula>[^"]*)" | '(?P<text>[^'\s]+) | (?P<whole>[+-]?\d+)\.0+
    | (?P<first>\d)(?:[.,](?P<digits>\d+)[eE]\+?|[eE]\+)(?P<exponent>\d{2,3})""",
    re.VERBOSE,
)
_EXACT = 2**53
"""From here on a float holds no longer every whole number."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that the rows of a batch state."""

    stated: pa.Array
    """Null where a row has none, or one that cannot be relied on."""
    former: pa.Array
    """What a row may be stored under, where that is not what its id says now."""
    numbered: pa.Array
    """bool: rows of this id are incidents of their own, and numbered."""
    anonymous_before: pa.Array | None = None
    """bool: rows that had no id before the features' own counted; None where there are none."""


def stated(rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> Ids:
    """Read the ids of a batch: the unique one, else the number, else the feature's own."""
    n = rows.table.num_rows
    former = pa.nulls(n, pa.string())
    own = binding.text(rows, "external_id")
    if own is None:
        return Ids(former, former, pa.array(np.zeros(n, dtype=bool)))
    shares = pa.array(np.full(n, rules.profile.one_per == "row"))
    if binding.number:
        number = binding.joined(rows, binding.number)
        unique = own.is_valid()
        former = pc.if_else(unique, number, None)
        shares = pc.and_(shares, pc.invert(unique))
        own = pc.coalesce(own, number)
    if own.null_count:  # words for nothing were ids once
        written = binding.written(rows, "external_id")
        former = pc.coalesce(former, pc.if_else(own.is_null(), written, None))
    before = None
    if binding.feature_ids and binding.columns["external_id"] != (FEATURE_ID,):
        of_feature = binding.joined(rows, (FEATURE_ID,))
        before = pc.and_(own.is_null(), of_feature.is_valid())
        own = pc.coalesce(own, of_feature)
    if _is_touched(own):
        plain = _plain(own, rows.lines, notes)
        changed = pc.fill_null(pc.not_equal(plain, own), True)
        former = pc.coalesce(former, pc.if_else(changed, own, None))
        own = plain
    return Ids(own, former, pc.and_(shares, own.is_valid()), before)


def _is_touched(values: pa.Array) -> bool:
    written = values.buffers()[2]
    return written is not None and any(mark in written.to_pybytes() for mark in _MARKS)


def _plain(values: pa.Array, lines: np.ndarray, notes: Notes) -> pa.Array:
    """Return ids as they were before a spreadsheet or a float: digits lost are no id."""
    coded = values.dictionary_encode()
    read = [_read(text) for text in coded.dictionary.to_pylist()]
    indices = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for code in ("ruined_ids", "unsure_ids"):
        odd = [at for at, (_, found) in enumerate(read) if found == code]
        if odd:
            which = np.flatnonzero(np.isin(indices, odd))
            notes.see(code, lines[which], values.take(pa.array(which[:50])).to_pylist())
    return pa.array([text for text, _ in read], pa.string()).take(coded.indices)


def _read(text: str) -> tuple[str | None, str | None]:
    """Return an id as it was meant, and the warning that it deserves.

    Examples
    --------
    >>> _read("2.0190001234e+10"), _read("2.01901E+11"), _read('="0123"')
    (('20190001234', None), (None, 'ruined_ids'), ('0123', None))
    """
    touched = _TOUCHED.fullmatch(text)
    if touched is None:
        return text, None
    if touched["formula"] is not None:
        return touched["formula"].strip() or None, None
    if touched["text"] is not None:
        return touched["text"], None
    if touched["whole"] is not None:
        whole = touched["whole"].removeprefix("+")
    else:
        digits, exponent = touched["digits"] or "", int(touched["exponent"])
        if len(digits) != exponent:
            return (text, None) if len(digits) > exponent else (None, "ruined_ids")
        whole = touched["first"] + digits
    return whole, "unsure_ids" if abs(int(whole)) >= _EXACT else None


def as_read(texts: Iterable[str]) -> dict[str, str | None]:
    """Return what ids that somebody lists are read as: null where one says nothing, or is ruined.

    Examples
    --------
    >>> as_read(["20190001234.0", " '0123", "NULL"])
    {'20190001234.0': '20190001234', "'0123": '0123', 'NULL': None}
    """
    listed = [one for one in dict.fromkeys(each.strip() for each in texts) if one]
    said = without(pa.array(listed, pa.string()), nothings()).to_pylist()
    return {
        one: None if text is None else _read(text)[0]
        for one, text in zip(listed, said, strict=True)
    }


def is_ruined(text: str) -> bool:
    """Tell whether an id has lost digits in a spreadsheet."""
    return _read(text)[1] == "ruined_ids"


def content_hashes(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Return the first 16 bytes of the SHA-256 of each row's `COLUMNS`, in hex."""
    texts = [pc.cast(columns[name], pa.string()) for name in COLUMNS]
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
    sha256 = hashlib.sha256
    return pa.array(
        [sha256(one).hexdigest()[:32] for one in joined.cast(pa.binary()).to_pylist()], pa.string()
    )


def ids(stated_: pa.Array, content: pa.Array) -> pa.Array:
    """Return the stated ids, and ``row:`` with the content's hash for rows that have none."""
    return pc.coalesce(stated_, pc.binary_join_element_wise("row:", content, ""))


def as_anonymous(columns: Mapping[str, pa.Array], which: pa.Array, former: pa.Array) -> pa.Array:
    """Return what rows are stored under, for some of them the id that their content once gave."""
    if not pc.any(which).as_py():
        return former
    content = {name: columns[name].filter(which) for name in COLUMNS}
    content["external_id"] = pa.nulls(len(content["source"]), pa.string())
    made = ids(content["external_id"], content_hashes(content))
    return pc.replace_with_mask(former, which, made)
