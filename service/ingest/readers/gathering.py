"""Small pieces of rows put together: to check a piece costs much the same, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from service.ingest.readers.rows import Origin, Points, RawRows


def gathered(pieces: Iterable[RawRows], most: int) -> Iterator[RawRows]:
    """Yield the same rows in the same order, in pieces of at most so many where they are alike.

    Parameters
    ----------
    pieces
        Rows of the files of an archive.
    most
        What is longer stays as it is.
    """
    waiting: list[RawRows] = []
    rows = 0
    for piece in pieces:
        here = piece.table.num_rows + len(piece.malformed)
        if waiting and (rows + here > most or not _alike(waiting[0], piece)):
            yield _joined(waiting)
            waiting, rows = [], 0
        waiting.append(piece)
        rows += here
    if waiting:
        yield _joined(waiting)


def _alike(one: RawRows, other: RawRows) -> bool:
    """Tell whether rows have the same columns, and nothing beside them that is the file's own."""
    if any(rows.features is not None or rows.twins or rows.nested for rows in (one, other)):
        return False
    points = (one.points is None) == (other.points is None)
    return points and one.table.schema.equals(other.table.schema)


def _joined(pieces: list[RawRows]) -> RawRows:
    if len(pieces) == 1:
        return pieces[0]
    origins: dict[tuple[str, int], None] = {}
    for one in pieces:
        if one.origin is not None:
            origins.update(dict.fromkeys(zip(one.origin.members, one.origin.before, strict=True)))
    members, before = zip(*origins, strict=True) if origins else ((), ())
    return replace(
        pieces[0],
        table=pa.concat_tables([one.table for one in pieces]).combine_chunks(),
        lines=np.concatenate([one.lines for one in pieces]),
        malformed=tuple(row for one in pieces for row in one.malformed),
        points=_points([one.points for one in pieces if one.points is not None]),
        origin=Origin(members, before) if origins else None,
    )


def _points(every: list[Points]) -> Points | None:
    if not every:
        return None
    return Points(
        np.concatenate([one.x for one in every]),
        np.concatenate([one.y for one in every]),
        np.concatenate([one.missing for one in every]),
        np.concatenate([one.problem for one in every]),
    )
