"""The depth of JSON is told as a parser would, wherever its text is cut."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import UnreadableFileError
from service.ingest.readers import depth
from service.ingest.readers.depth import Depth

TEXT = st.text(alphabet='[]{}"\\a\u00e9', max_size=8)
VALUES = st.recursive(
    TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def deep(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return max(map(deep, inner), default=0) + isinstance(value, dict | list)


@given(VALUES, st.lists(st.integers(0, 200), max_size=4))
def test_depth_is_what_a_parser_finds(value: Any, cuts: list[int]) -> None:
    text = json.dumps(value).encode()
    ends = sorted({min(one, len(text)) for one in cuts} | {len(text)})
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def passes(deepest: int) -> bool:
        before, depth.DEEPEST = depth.DEEPEST, deepest  # type: ignore[misc]
        try:
            following = Depth("f")
            for piece in pieces:
                following.check(piece)
        except UnreadableFileError:
            return False
        finally:
            depth.DEEPEST = before  # type: ignore[misc]
        return True

    assert passes(deep(value))
    assert not passes(deep(value) - 1) or deep(value) == 0


def test_a_deep_text_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="100 deep"):
        Depth("f").check(b"[" * 101)
