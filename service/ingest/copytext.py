"""Arrow tables as the text that PostgreSQL's COPY reads."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

OPTIONS = "(FORMAT text, NULL '')"
"""COPY's options for this text: an empty value is null, as it is in the tables."""

_SPECIAL = ("\\", "\t", "\n", "\r")
_ANY_SPECIAL = r"[\\\t\n\r]"


def encoded(table: pa.Table) -> memoryview:
    r"""Return the rows of a table as COPY text.

    Values are joined by Arrow, all rows at once; the result is the memory in which it put them.

    Examples
    --------
    >>> bytes(encoded(pa.table({"line": [1, 2], "raw": ["a\tb", None]})))
    b'1\ta\\tb\n2\t\n'
    """
    columns = [_text(column) for column in table.itercolumns()]
    tab, end, nothing = (pa.scalar(one, pa.large_string()) for one in ("\t", "\n", ""))
    joined = pc.binary_join_element_wise(*columns, tab, null_handling="replace")
    lines = pc.binary_join_element_wise(joined, end, nothing)
    if isinstance(lines, pa.ChunkedArray):
        lines = pa.concat_arrays(lines.chunks)
    return memoryview(lines.buffers()[2])[: _end(lines)]


def _end(lines: pa.Array) -> int:
    return int(pc.sum(pc.binary_length(lines)).as_py() or 0)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = column.cast(pa.large_string())
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return text
    if pc.any(pc.match_substring_regex(text, _ANY_SPECIAL)).as_py():
        for letter, escape in zip(_SPECIAL, ("\\\\", "\\t", "\\n", "\\r"), strict=True):
            text = pc.replace_substring(text, letter, escape)
    return text
