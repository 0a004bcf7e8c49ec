"""Rows of one id: which of them is the incident, or whether each is one, and what is told of them.

This is decided here for all: a batch hands over those of its staged rows whose ids stand more than
once, some whole ids at a time, and a trial does so with the rows that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.ingest.checks.repeats import Repeats
from service.ingest.merging.gravity import Index, gravity
from service.ingest.profiles.profile import Profile

SCHEMA: Final = pa.schema(
    [
        ("line", pa.int64()),
        ("source", pa.string()),
        ("external_id", pa.string()),
        ("anonymous", pa.bool_()),
        ("numbered", pa.bool_()),
        ("cancels", pa.bool_()),
        ("offence_code", pa.string()),
        ("occurred_from", pa.int64()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("content_hash", pa.string()),
    ]
)
"""What is looked at of a row."""

_NUMBERED: Final = re.compile(r"(.*)#([0-9]+)", re.DOTALL)
_ORDER: Final = ("cancels", "offence_code", "occurred_from", "content_hash", "line")
_FIRST: Final = 20
"""So many of the rows that are told are named."""


class Settled(NamedTuple):
    """What becomes of rows whose ids stand more than once."""

    told: Repeats
    """What rows of one id differ in."""
    gone: NDArray[np.int64]
    """Lines of those that are repeats of another."""
    renamed: pa.Table
    """`line` and `external_id` of those that are incidents beside another of their id."""


def settle(
    repeated: Callable[[], Iterable[pa.Table]],
    written: Mapping[tuple[str, str], int],
    profile: Profile,
    indexes: Callable[[], Mapping[str, Index]],
) -> Settled:
    """Return what becomes of rows whose ids stand more than once.

    Rows of an id are one incident: the gravest of them where the profile says so, else the first.
    Rows of an id that several incidents share, and identical rows without an id, are incidents of
    their own: `N`, `N#2`; `row:...`, `row:...:2`; in an order that is theirs, not that of the file
    or of a database. Those that cancel their incident come last.

    Parameters
    ----------
    repeated
        Gives the rows, as `SCHEMA` has them, in tables that have all of each id.
    written
        By source and id, the last number that ids of the file are written with behind it, which
        are theirs; see `numbers`.
    profile
        Says what is one incident.
    indexes
        Gives the harm indexes that tell what is gravest.
    """
    found = [(_told(rows), _settled(rows, written, {})) for rows in repeated()]
    told = reduce(_together, (one for one, _ in found))
    if profile.one_per == "id" and told.offences:
        codes = sorted(set().union(*map(_offences, repeated())))
        index, weights = gravity(indexes(), codes, profile.harm_index)
        told = told.weighed(index, codes, weights)
        found = [(told, _settled(rows, written, weights)) for rows in repeated()]
    gone = np.concatenate([gone for _, (gone, _) in found])
    return Settled(told, gone, pa.concat_tables([renamed for _, (_, renamed) in found]))


def numbers(ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the last number with which ids of a source are written behind each other id.

    Examples
    --------
    >>> numbers([("x", "A"), ("x", "A#2"), ("x", "A#7")])
    {('x', 'A'): 7}
    """
    last: dict[tuple[str, str], int] = {}
    for source, one in ids:
        if found := _NUMBERED.fullmatch(one):
            of = source, found[1]
            last[of] = max(last.get(of, 1), int(found[2]))
    return last


def _told(rows: pa.Table) -> Repeats:
    """Return what rows of one id differ in from the first of them.

    Rows that are numbered, have no id or cancel their incident may differ as they like.
    """
    rows = _of_one_incident(rows).sort_by("line")
    ids = _ids(rows)
    first = np.unique(ids, return_index=True)[1][ids]  # the row of each that is its id's first
    offence, time, longitude, latitude = (
        np.asarray(pc.not_equal(rows[name], rows[name].take(pa.array(first))), dtype=bool)
        for name in ("offence_code", "occurred_from", "longitude", "latitude")
    )
    place = longitude | latitude
    odd = offence | time | place
    named = rows.select(["line", "external_id"]).filter(pa.array(odd))[:_FIRST]
    return Repeats(
        rows=int(odd.sum()),
        ids=len(np.unique(ids[odd])),
        offences=int(offence.sum()),
        times=int(time.sum()),
        places=int(place.sum()),
        lines=named["line"].to_pylist(),
        examples=named["external_id"].to_pylist(),
    )


def _together(one: Repeats, other: Repeats) -> Repeats:
    """Return what is told of rows of some ids and of rows of others."""
    named = sorted(
        [
            *zip(one.lines or (), one.examples or (), strict=True),
            *zip(other.lines or (), other.examples or (), strict=True),
        ]
    )[:_FIRST]
    return Repeats(
        rows=one.rows + other.rows,
        ids=one.ids + other.ids,
        offences=one.offences + other.offences,
        times=one.times + other.times,
        places=one.places + other.places,
        lines=[line for line, _ in named],
        examples=[example for _, example in named],
    )


def _offences(rows: pa.Table) -> set[str]:
    """Return the offences of rows of which those of one id are one incident."""
    return set(_of_one_incident(rows)["offence_code"].unique().to_pylist())


def _settled(
    rows: pa.Table, written: Mapping[tuple[str, str], int], weights: Mapping[str, float]
) -> tuple[NDArray[np.int64], pa.Table]:
    """Return the lines of rows that are repeats, and the ids of those that are numbered."""
    one = _of_one_incident(rows)
    grave = _gravest(one["offence_code"], weights)
    gone = np.asarray(one["line"])[_ordinals(_ids(one), np.asarray(one["line"]), *grave) > 1]

    own = rows.filter(pc.or_(rows["anonymous"], rows["numbered"]))
    own = own.sort_by([(name, "ascending") for name in _ORDER])
    ordinals = _ordinals(_ids(own), np.arange(own.num_rows))
    more, free = own.filter(pa.array(ordinals > 1)), ordinals[ordinals > 1]
    numbered = pc.cast(pa.array(free), pa.string())
    if written:  # which is seldom, and may be numbers of any length
        ids = zip(*(more[one].to_pylist() for one in ("source", "external_id")), strict=True)
        last = [written.get(one, 1) for one in ids]
        both = zip(free.tolist(), last, strict=True)
        numbered = pa.array([str(one + before - 1) for one, before in both], pa.string())
    marks = pc.if_else(more["anonymous"], ":", "#")
    names = pc.binary_join_element_wise(more["external_id"], marks, numbered, "")
    return gone, pa.table({"line": more["line"], "external_id": names})


def _of_one_incident(rows: pa.Table) -> pa.Table:
    """Return the rows of which those of one id are one incident."""
    others = pc.or_(pc.or_(rows["anonymous"], rows["numbered"]), rows["cancels"])
    return rows.filter(pc.invert(others))


def _ids(rows: pa.Table) -> NDArray[np.int64]:
    """Return a number for each row, the same for rows of one source and id."""
    texts = pc.binary_join_element_wise(rows["source"], rows["external_id"], "\0")
    return np.asarray(texts.combine_chunks().dictionary_encode().indices, dtype=np.int64)


def _gravest(
    codes: pa.ChunkedArray, weights: Mapping[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return by what offences are sorted, the last first: by weight, and by having one."""
    known = codes.combine_chunks().dictionary_encode()
    each = [weights.get(code) for code in known.dictionary.to_pylist()]
    of = np.asarray(known.indices)
    unknown = np.array([one is None for one in each], dtype=bool)[of]
    return np.array([-(one or 0.0) for one in each], dtype=np.float64)[of], unknown


def _ordinals(ids: NDArray[np.int64], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each row which it is of its id, from 1, in the order of keys, the last first."""
    order = np.lexsort((*keys, ids))
    begins = np.flatnonzero(np.diff(ids[order], prepend=-1))
    ordinals = np.empty(len(ids), dtype=np.int64)
    ordinals[order] = np.arange(len(ids)) - np.repeat(begins, np.diff(begins, append=len(ids))) + 1
    return ordinals
