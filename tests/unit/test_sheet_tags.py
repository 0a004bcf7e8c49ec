"""The tags of a sheet: what is found at once is what the search of the text finds."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.readers import sheet_tags
from service.ingest.readers.sheet_tags import tags_of
from service.ingest.readers.workbook_hollow import Hollow
from service.ingest.readers.workbook_limits import row_pieces

CELL = b'<c r="A1" s="1" t="s"><v>7</v></c>'
WRITTEN = [
    b'<row r="1" spans="1:6" x14ac:dyDescent="0.25">', b'<row r="1048576">', b"</row>", b"<row>",
    b'<row spans="1:2" r="3">', b'<row r="9999999">', b'<row r="1" r="2">', CELL,
    b'<c r="Z1048576"/>', b'<c r="AB12"><v>1</v></c>', b'<c r="zz9"/>', b'<c r="XFD1"/>',
    b"<c/>", b"<c><v/></c>", b'<c t="s" r="B2"/>', b"<c r='AAA1'/>", b'<c r ="AAA1"/>',
    b'<c r="A1" r="XFD2"/>', b'<c r="A1"\tr = "XFD2"/>', b'<c r="A1" x=">" r="XFD2"/>',
    b'<c r="A10000000"/>', b'<c r="12"/>', b'<x:c r="XFD1"/>', b'<x:row r="2">', b"<cols>",
    b'<col min="1"/>', b'<is><t xml:space="preserve"> r=</t></is>', b"<t>a=b:c</t>",
    b"<f>A1+1</f>", b"<f/>", b"<v>1.5</v>", b"<v>1 r=2</v>", b"<rPr/>", b"<!-- <c> -->", b"<",
    b"c r",
]  # fmt: skip


def searched(piece: bytes) -> sheet_tags.Tags:
    return sheet_tags._searched(piece)


@given(st.lists(st.sampled_from(WRITTEN), max_size=12).map(b"".join))
def test_what_is_plain_is_what_the_search_finds(piece: bytes) -> None:
    found, known = tags_of(piece), searched(piece)
    assert found[:4] == known[:4]
    assert found.formulas or b"<f" not in piece


@pytest.mark.parametrize("tag", [b'<c r="Z999999"/>', b'<c r="AB12"/>', b"<f>A1</f>", CELL])
def test_a_plain_sheet_is_not_searched(tag: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    around = [b'<worksheet xmlns:r="x"><sheetData><row r="1">', b'</row><a header="0"/>']
    known = searched(tag)
    monkeypatch.setattr(sheet_tags, "_searched", None)
    assert tags_of(around[0] + 2000 * tag + around[1]).width == known.width


@pytest.mark.parametrize(
    "tag",
    [
        b'<c r="A1" r="XFD2"/>',
        b"<c r=\"A1\"\nr\t='XFD2'/>",
        b'<c r="A1" x=">" r="XFD2"/>',
        b'<c t="s" r="A1" r="XFD2"/>',
        b'<x:c r="A1" r="XFD2"/>',
    ],
)
def test_a_cell_that_says_twice_where_it_stands_is_unusual(tag: bytes) -> None:
    """What is read of it is the last place, which may be far away."""
    assert tags_of(b'<row r="1">' + CELL + tag + b"</row>").unusual


def test_pieces_of_a_sheet_are_whole_rows_and_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = b'<row r="1">' + 200_000 * CELL + b"</row>" + 40_000 * (b"<row>" + CELL + b"</row>")
    pieces = list(row_pieces(io.BytesIO(sheet), b"row>"))
    assert b"".join(pieces) == sheet
    assert len(pieces) > 2
    assert all(re.search(rb"row>$", one) for one in pieces[:-1])


def test_formulas_and_errors_are_counted_wherever_they_are() -> None:
    hollow = Hollow()
    for piece in (CELL, b'<c r="A1" t="e"><v>#N/A</v></c>', b'<c r="B1"><f>A1</f></c>'):
        tags = tags_of(piece)
        hollow.look(tags.text, formulas=tags.formulas)
    assert (hollow.errors, hollow.formulas) == (1, 1)
