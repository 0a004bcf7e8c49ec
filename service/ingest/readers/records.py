"""Where the records of CSV text begin and end: quotes, blank lines, physical lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

NEWLINE, RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Records:
    """The complete records at the beginning of some text; blank lines are not records."""

    starts: np.ndarray  # (n,) int64, offset of each record
    ends: np.ndarray  # (n,) int64, offset behind its line end
    lines: np.ndarray  # (n,) int64, first physical line, counted from 0
    end: int  # offset behind the last complete record or blank line
    lines_passed: int  # physical lines before `end`


def split(text: bytes, delimiter: str) -> Records:
    r"""Find the records that are complete in some text.

    A quote opens a quoted value only at the start of a value, as in RFC 4180 and in Arrow's
    parser: ``5" pipe`` is plain text.

    Parameters
    ----------
    text
        UTF-8 text that begins where a record begins.
    delimiter
        One ASCII character.

    Examples
    --------
    >>> split(b'a,"1\n2"\n\nb,c\nd', ",").lines.tolist()
    [0, 3]
    """
    codes = np.frombuffer(text, dtype=np.uint8)
    breaks = _line_breaks(codes, text)
    ends = breaks + 1 if b'"' not in text else _ends_with_quotes(text, delimiter)
    end = int(ends[-1]) if len(ends) else 0
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else np.empty(0, dtype=np.int64)
    filled = ~np.isin(codes[starts], (NEWLINE, RETURN))
    return Records(
        starts=starts[filled],
        ends=ends[filled],
        lines=np.searchsorted(breaks, starts[filled]),
        end=end,
        lines_passed=int(np.searchsorted(breaks, end)),
    )


def _line_breaks(codes: np.ndarray, text: bytes) -> np.ndarray:
    """Return the offset of the last byte of each line end: LF, CR LF or CR alone."""
    breaks = np.flatnonzero(codes == NEWLINE)
    if text.count(b"\r") == text.count(b"\r\n"):
        return breaks
    returns = np.flatnonzero(codes == RETURN)
    followed = codes[np.minimum(returns + 1, len(codes) - 1)] == NEWLINE
    return np.union1d(breaks, returns[~followed])


def _ends_with_quotes(text: bytes, delimiter: str) -> np.ndarray:
    ends: list[int] = []
    reached = 0
    matching = _record_pattern(delimiter).match
    # From end to end, and not wherever one begins: text without a whole record is passed once.
    while (match := matching(text, reached)) is not None:
        reached = match.end()
        ends.append(reached)
    return np.array(ends, dtype=np.int64)


@lru_cache(maxsize=8)
def _record_pattern(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter).encode()
    value = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^MARK\r\n]*+|[^"MARK\r\n][^MARK\r\n]*+|)'
    record = value + rb"(?:MARK" + value + rb")*+(?:\r\n|\n|\r)"
    return re.compile(record.replace(b"MARK", mark))
