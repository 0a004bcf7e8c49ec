"""Arrow tables as the text that PostgreSQL's COPY reads."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

OPTIONS = "(FORMAT text, NULL '')"
"""COPY's options for this text: an empty value is null, as it is in the tables."""

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def encoded(table: pa.Table) -> memoryview:
    r"""Return the rows of a table as COPY text.

    Values are joined by Arrow, all rows at once; the result is the memory in which it put them.

    Examples
    --------
    >>> bytes(encoded(pa.table({"line": [1, 2], "raw": ["a\tb", None]})))
    b'1\ta\\tb\n2\t\n'
    """
    columns = [_text(column) for column in table.combine_chunks().itercolumns()]
    tab, end, nothing = (pa.scalar(one, pa.large_string()) for one in ("\t", "\n", ""))
    joined = pc.binary_join_element_wise(*columns, tab, null_handling="replace")
    lines = pc.binary_join_element_wise(joined, end, nothing)
    size = int(pc.sum(pc.binary_length(lines)).as_py() or 0)
    return memoryview(lines.buffers()[2])[:size]


def holds_any(text: pa.Array, letters: str) -> bool:
    """Tell whether any value of a column has one of some ASCII characters in it."""
    if text.buffers()[2] is None:
        return False
    content = text.buffers()[2].to_pybytes()  # may hold more than the values, never less
    return any(letter.encode() in content for letter in letters)


def _text(column: pa.ChunkedArray) -> pa.Array:
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    text = values.cast(pa.large_string())
    if pa.types.is_string(values.type) and holds_any(text, "".join(_ESCAPES)):
        for letter, escape in _ESCAPES.items():
            if holds_any(text, letter):
                text = pc.replace_substring(text, letter, escape)
    return text
