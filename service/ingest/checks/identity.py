"""What makes an incident the same incident: its id, or else its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

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


def content_hashes(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Return the first 16 bytes of the SHA-256 of each row's `COLUMNS`, in hex."""
    texts = [pc.cast(columns[name], pa.string()) for name in COLUMNS]
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
    sha256 = hashlib.sha256
    return pa.array(
        [sha256(one).hexdigest()[:32] for one in joined.cast(pa.binary()).to_pylist()], pa.string()
    )


def ids(stated: pa.Array, content: pa.Array) -> pa.Array:
    """Return the stated ids, and ``row:`` with the content's hash for rows that have none."""
    return pc.coalesce(stated, pc.binary_join_element_wise("row:", content, ""))
