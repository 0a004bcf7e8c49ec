"""What makes an incident the same incident: its id, or else its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc


def content_hashes(columns: Iterable[pa.Array]) -> pa.Array:
    """Return the first 16 bytes of the SHA-256 of each row's columns, in hex."""
    texts = [pc.cast(one, pa.string()) for one in columns]
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
    sha256 = hashlib.sha256
    return pa.array(
        [sha256(one).hexdigest()[:32] for one in joined.cast(pa.binary()).to_pylist()], pa.string()
    )


def ids(stated: pa.Array, content: pa.Array) -> pa.Array:
    """Return the stated ids, and ``row:`` with the content's hash for rows that have none."""
    return pc.coalesce(stated, pc.binary_join_element_wise("row:", content, ""))
