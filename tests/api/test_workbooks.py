"""Workbooks: the sheet that holds the incidents, and each cell by its own type."""

from __future__ import annotations

import datetime as dt
import io
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from service.errors import NotFoundError, PayloadTooLargeError, UnreadableFileError
from service.ingest.profiles.guess import guessed
from service.ingest.profiles.loading import profile_of
from service.ingest.readers import workbook, workbook_limits
from service.ingest.readers.limits import Limits
from tests.api.reading import incidents, own, read, told

NAMES = ["Crime No", "Offence", "When", "Lon", "Lat"]


def book(
    *sheets: tuple[str, list[list[Any]]], then: Callable[..., None] | None = None, **options: Any
) -> bytes:
    memory = io.BytesIO()
    made = xlsxwriter.Workbook(memory, {"in_memory": True} | options)
    formats = {
        dt.datetime: made.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        dt.date: made.add_format({"num_format": "dd/mm/yyyy"}),
        dt.time: made.add_format({"num_format": "hh:mm"}),
        dt.timedelta: made.add_format({"num_format": "[h]:mm"}),
    }
    for name, rows in sheets:
        sheet = made.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if type(value) in formats:
                    sheet.write_datetime(at, column, value, formats[type(value)])
                elif value == "=1/0":
                    sheet.write_formula(at, column, value, None, "#DIV/0!")
                elif value is not None:
                    sheet.write(at, column, value)
        if then is not None:
            then(sheet)
    made.close()
    return memory.getvalue()


def row(number: Any, when: Any) -> list[Any]:
    return [number, "Burglary", when, -0.1, 51.5123]


@pytest.mark.parametrize("date_1904", [False, True])
def test_cells_are_read_by_their_types(date_1904: bool) -> None:
    rows = [
        NAMES,
        row(20190001234, dt.datetime(2020, 1, 31, 10, 20)),
        row("0012", dt.datetime(2020, 1, 31)),
        row(7, "31/01/2020 23:59"),
        row(8, "=1/0"),
        [],
        row(True, dt.datetime(2020, 1, 31, 13, 30)),
    ]
    trial = read(
        book(("Data", rows), date_1904=date_1904), own(time={"formats": ["%d/%m/%Y %H:%M"]})
    )
    assert incidents(trial) == [
        ("20190001234", "2020-01-31 10:20", "exact", -0.1, 51.5123),
        ("0012", "2020-01-31 00:00", "exact", -0.1, 51.5123),
        ("7", "2020-01-31 23:59", "exact", -0.1, 51.5123),
        ("true", "2020-01-31 13:30", "exact", -0.1, 51.5123),
    ]
    assert [(one.line, one.reason) for one in trial.rejected_rows] == [(5, "missing_time")]


def test_dates_without_a_clock_are_days_and_a_clock_beside_them_is_joined() -> None:
    days = book(("Data", [NAMES, row("a", dt.date(2020, 1, 31)), row("b", dt.date(2020, 7, 31))]))
    assert [one[1:3] for one in incidents(read(days, own()))] == [
        ("2020-01-31 00:00", "day"),
        ("2020-07-30 23:00", "day"),
    ]
    clocks = [
        [*NAMES, "At"],
        *([*row(at, dt.date(2020, 1, 31)), at] for at in (dt.time(0, 30), dt.time(9))),
    ]
    for number, one in enumerate(clocks[1:]):
        one[0] = f"c{number}"
    columns = {**own().model_dump()["columns"], "occurred_from": ["When", "At"]}
    trial = read(book(("Data", clocks)), own(columns=columns))
    assert [one[1:3] for one in incidents(trial)] == [
        ("2020-01-31 00:30", "exact"),
        ("2020-01-31 09:00", "exact"),
    ]


@pytest.mark.parametrize("batch_rows", [1, 2, 32_768])
@pytest.mark.parametrize("odd", [0, 1, 2])
def test_dates_among_times_are_days_where_their_format_has_no_clock(
    batch_rows: int, odd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "BATCH_ROWS", batch_rows)
    rows = [row("a", dt.datetime(2020, 1, 31, 13, 30)), row("b", dt.datetime(2020, 1, 31))]
    rows.insert(odd, row("c", dt.date(2020, 1, 5)))
    above = [["Report"], ["of May"]]
    trial = read(book(("A & B", [*above, NAMES, *rows])), own())
    assert {one[0]: one[1:3] for one in incidents(trial)} == {
        "a": ("2020-01-31 13:30", "exact"),
        "b": ("2020-01-31 00:00", "exact"),
        "c": ("2020-01-05 00:00", "day"),
    }
    assert len(trial.warnings) == 1  # of the header in row 3


def test_opendocument_tells_dates_from_midnights() -> None:
    rows = [NAMES] + [
        [float(at), "Burglary", when, -0.1, 51.5]
        for at, when in enumerate(
            (dt.date(2020, 1, 5), dt.datetime(2020, 1, 31), dt.datetime(2020, 1, 31, 13, 30))
        )
    ]
    trial = read(ods("".join(ODS_ROW.format(ods_cells(*one)) for one in rows)), own())
    assert [one[1:3] for one in incidents(trial)] == [
        ("2020-01-05 00:00", "day"),
        ("2020-01-31 00:00", "exact"),
        ("2020-01-31 13:30", "exact"),
    ]


def test_a_table_that_begins_in_another_cell_has_its_formats() -> None:
    rows = [NAMES, row("a", dt.datetime(2020, 1, 31, 13, 30)), row("c", dt.date(2020, 1, 5))]
    moved = [[], [], *([None, None, *one] for one in rows)]
    trial = read(book(("Data", moved)), own())
    assert [one[1:3] for one in incidents(trial)] == [
        ("2020-01-31 13:30", "exact"),
        ("2020-01-05 00:00", "day"),
    ]


def test_dates_among_times_are_told_where_no_format_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "rows_of_days", lambda *_: None)
    rows = [NAMES, row("a", dt.datetime(2020, 1, 31, 13, 30)), row("c", dt.date(2020, 1, 5))]
    trial = read(book(("Data", rows)), own())
    assert [one[2] for one in incidents(trial)] == ["exact", "exact"]
    assert told(trial, "in the column 'When' 1 date among times", "read as midnight")


def test_the_sheet_with_the_columns_is_read_and_the_others_are_told() -> None:
    sheets = [("About", [["Report"], ["of May"]]), ("May", [NAMES, row("a", dt.date(2020, 5, 1))])]
    both = [
        *sheets,
        ("June", [NAMES, row("b", dt.date(2020, 6, 1)), row("c", dt.date(2020, 6, 2))]),
    ]
    trial = read(book(*both), own())
    assert [one[0] for one in incidents(trial)] == ["a"]
    assert told(trial, "'May' was read", "'About', 'June' left")
    for asked in ({"name": "June"}, {"index": 3}):
        assert [one[0] for one in incidents(read(book(*both), own(sheet=asked)))] == ["b", "c"]
    with pytest.raises(NotFoundError, match=r"no sheet 'Juni'.*'June'"):
        read(book(*both), own(sheet={"name": "Juni"}))
    with pytest.raises(UnreadableFileError, match="lacks the column"):
        read(book(sheets[0], ("Table", [["a", "b"], [1, 2]])), own())


@pytest.mark.parametrize("start", [0, 3])
def test_what_stands_above_the_header_is_left_and_lines_are_those_of_the_sheet(start: int) -> None:
    rows = [[] for _ in range(start)] + [
        ["Crimes of May"],
        [],
        NAMES,
        row("a", dt.date(2020, 5, 1)),
    ]
    rows += [row("b", None), ["Total", 2], NAMES, row("c", dt.date(2020, 5, 2))]
    merged = book(
        ("Data", rows), then=lambda sheet: sheet.merge_range(start, 0, start, 4, "Crimes")
    )
    trial = read(merged, own())
    assert [one[0] for one in incidents(trial)] == ["a", "c"]
    assert [(one.line, one.reason) for one in trial.rejected_rows] == [(start + 5, "missing_time")]
    assert told(trial, f"the header was found in row {start + 3}")
    assert told(trial, "1 row of totals")
    assert told(trial, "the header once more")
    trial = read(merged, own(sheet={"header_row": start + 3}))
    assert (trial.accepted, trial.rejected) == (2, 1)


@pytest.mark.parametrize("offset", [0, 3])
def test_cells_that_are_empty_because_they_are_merged_are_told(offset: int) -> None:
    rows = [NAMES, row("a", "x"), row("b", None), row("c", None), row("d", dt.date(2020, 5, 1))]
    shifted = [[None] * offset + one for one in rows]

    def merge(sheet: Any) -> None:
        sheet.merge_range(1, 2 + offset, 3, 2 + offset, "2020-05-01")
        sheet.merge_range(0, 20, 3, 20, "of no column")

    trial = read(book(("Data", shifted), then=merge), own())
    assert (trial.accepted, trial.rejected_by_reason) == (2, {"missing_time": 2})
    assert told(trial, "merged cells hold their value in the first", "2 others", "(from row 3)")


def test_formulas_without_a_value_and_errors_are_told() -> None:
    rows = [NAMES, *(row(number, dt.date(2020, 5, 1)) for number in ("a", "b", "c", "d"))]

    def write(sheet: Any) -> None:
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_formula(2, 0, '="b"&2', None, "b2")
        sheet.write_formula(3, 0, '=""', None, "nothing, as is stored")
        sheet.write_formula(4, 0, '="d"&4', None, "to be taken out")

    content = book(("Data", rows), then=write)
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(memory, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            part = part.replace(
                b' t="str"><f>"d"&amp;4</f><v>to be taken out</v>', b'><f>"d"&amp;4</f><v></v>'
            )
            part = part.replace(b"<v>nothing, as is stored</v>", b"<v></v>")
            new.writestr(name, part)
    assert memory.getvalue() != content
    trial = read(memory.getvalue(), own())
    assert told(trial, "1 cell holds an error, as #N/A")
    assert told(trial, "1 formula has no stored value")
    whole = read(content, own())
    assert not told(whole, "no stored value")


def test_two_columns_of_one_name_are_refused_where_they_differ() -> None:
    rows = [[*NAMES, "When"], [*row("a", dt.date(2020, 5, 1)), dt.date(2020, 5, 2)]]
    with pytest.raises(UnreadableFileError, match="two columns named 'When'"):
        read(book(("Data", rows)), own())


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "BATCH_ROWS", 7)
    rows = [row(at, dt.datetime(2020, 5, 1 + at // 4, 6 * (at % 4))) for at in range(40)]
    trial = read(book(("Data", [NAMES, *rows])), own())
    assert trial.accepted == 40
    assert {one.time_precision for one in trial.rows} <= {"exact", "day"}


def test_a_workbook_is_suggested_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(book(("About", [["x"]]), ("Data", [NAMES, row("a", dt.date(2020, 5, 1))])))
    columns = guessed(file, Limits()).written["columns"]
    assert (columns["external_id"], columns["occurred_from"]) == ("Crime No", "When")


ODS_ROW = "<table:table-row>{}</table:table-row>"
ODS_CELL = (
    '<table:table-cell office:value-type="{}" office:{}="{}"><text:p>{}</text:p></table:table-cell>'
)


def ods(rows: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{two}:1.0"'
        for one, two in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return memory.getvalue()


def ods_cells(*values: Any) -> str:
    kinds = {
        float: ("float", "value"),
        str: ("string", "string-value"),
        dt.datetime: ("date", "date-value"),
        dt.date: ("date", "date-value"),
    }
    spelt = [one.isoformat() if isinstance(one, dt.date) else one for one in values]
    return "".join(
        ODS_CELL.format(*kinds[type(one)], to, to) for one, to in zip(values, spelt, strict=True)
    )


def test_opendocument_is_read() -> None:
    last = '<table:table-cell table:number-columns-repeated="16379"/>'
    rows = ODS_ROW.format(ods_cells(*NAMES) + last)
    rows += ODS_ROW.format(
        ods_cells(20190001234.0, "Burglary", dt.datetime(2020, 1, 31, 10, 20), -0.1, 51.5) + last
    )
    rows += (
        '<table:table-row table:number-rows-repeated="1048574"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert incidents(read(ods(rows), own())) == [
        ("20190001234", "2020-01-31 10:20", "exact", -0.1, 51.5)
    ]


def sheet_of(cells: str) -> bytes:
    """Return a workbook whose sheet is written by hand."""
    good = book(("Data", [["x"]]))
    memory = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(good)) as old,
        zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start, end = content.index(b"<sheetData>"), content.index(b"</sheetData>")
                content = content[:start] + b"<sheetData>" + cells.encode() + content[end:]
            new.writestr(name, content)
    return memory.getvalue()


def renamed(content: bytes, part: str, *changes: tuple[bytes, bytes], encoding: str = "") -> bytes:
    """Return a workbook whose sheet is another part, with changes in its text."""
    memory = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for before, after in changes:
                    text = text.replace(before, after)
                name = part
                text = text.decode().encode(encoding) if encoding else text
            new.writestr(
                name, text.replace(b"worksheets/sheet1.xml", part.removeprefix("xl/").encode())
            )
    return memory.getvalue()


ONE = '<table:table-cell office:value-type="float" office:value="1"/>'
LAST = '<row r="1048576"><c r="{}1048576"><v>1</v></c></row>'
REPEATED_ROW = '<table:table-row table:number-rows-repeated="1000000">{}</table:table-row>'
MANY = ods_cells(*[1.0] * 99)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>' + LAST.format("XFD")),
            "16,384 columns and 1,048,576 rows",
        ),
        (
            sheet_of('<row r="1">' + "<c><v>1</v></c>" * 9000 + "</row>" + LAST.format("A")),
            "9,026 columns and 1,048,576 rows",
        ),
        (
            sheet_of('<row r="1"><c t="n" r="XFD1"><v>1</v></c></row>' + LAST.format("A")),
            "16,385 columns and 1,048,576 rows",
        ),
        (
            ods(ODS_ROW.format(ONE.replace("/>", ' table:number-columns-repeated="9999"/>') + ONE)),
            "9,999 times",
        ),
        (ods(REPEATED_ROW.format(MANY)), "1,000,001 rows"),
        (ods(REPEATED_ROW.replace('"', "'").format(MANY)), "1,000,001 rows"),
        (
            ods(
                ODS_ROW.format(ONE)
                + REPEATED_ROW.format("<table:table-cell/>")
                + ODS_ROW.format(MANY)
            ),
            "1,000,003 rows",
        ),
    ],
    ids=[
        "two-cells",
        "cells-without-names",
        "other-order",
        "repeated-cell",
        "repeated-row",
        "repeated-row-in-other-quotes",
        "empty-rows-between",
    ],
)
def test_a_sheet_that_makes_much_of_little_is_refused_before_it_is_read(
    content: bytes, said: str
) -> None:
    with pytest.raises(PayloadTooLargeError, match=said):
        read(content, own())


BOMB = sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>' + LAST.format("XFD"))
SHEET = "xl/worksheets/sheet1.xml"
PREFIXED = [(b"<c ", b"<x:c "), (b"</c>", b"</x:c>"), (b"<row", b"<x:row"), (b"</row", b"</x:row")]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (renamed(BOMB, SHEET, *PREFIXED), PayloadTooLargeError),
        (renamed(BOMB, "xl/worksheets/theme1.xml"), PayloadTooLargeError),
        (renamed(BOMB, "xl/worksheets/sheet1"), PayloadTooLargeError),
        (renamed(BOMB, "xl/chartsheets/styles.xml"), PayloadTooLargeError),
        (renamed(BOMB, SHEET, encoding="utf-16"), UnreadableFileError),
        (renamed(BOMB, "xl/chartsheets/a.bin", encoding="utf-16-le"), UnreadableFileError),
        (renamed(BOMB, SHEET, (b'"XFD', b'"xfd')), PayloadTooLargeError),
        (renamed(BOMB, SHEET, (b"XFD1048576", b"A4000000000")), UnreadableFileError),
        (
            sheet_of("<row>" + "<c/>" * 9000 + "<c><v>1</v></c></row>" + LAST.format("A")),
            PayloadTooLargeError,
        ),
        (
            sheet_of("<row>" + "<c/><!--<row-->" * 9000 + "<c><v>1</v></c></row>"),
            UnreadableFileError,
        ),
        (sheet_of('<row><c x="row>" r="XFD1"><v>1</v></c></row>'), UnreadableFileError),
        (sheet_of('<row r="1"><c r="A1" r="XFD1048576"><v>1</v></c></row>'), UnreadableFileError),
    ],
)
def test_no_name_and_no_writing_of_a_sheet_gets_past_the_check(
    content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        workbook_limits.check_workbook(io.BytesIO(content), Limits(), "x.xlsx")


def test_a_sheet_with_prefixes_and_a_part_of_another_encoding_are_read() -> None:
    content = book(("Data", [NAMES, row("a", dt.date(2020, 5, 1))]))
    memory = io.BytesIO(renamed(content, SHEET, *PREFIXED))
    with zipfile.ZipFile(memory, "a") as archive:
        archive.writestr("customXml/item1.xml", "<DataMashup>AAAA</DataMashup>".encode("utf-16"))
    assert read(memory.getvalue(), own()).accepted == 1


def test_a_wide_sheet_is_read_and_a_workbook_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = [*NAMES, *(f"c{at}" for at in range(900))]
    content = book(("Data", [wide, [*row("a", dt.date(2020, 5, 1)), *range(900)]]))
    assert read(content, own()).accepted == 1
    monkeypatch.setattr(workbook_limits, "MAX_WORKBOOK_MB", 0)
    with pytest.raises(PayloadTooLargeError, match="save the sheet as CSV"):
        read(content, own())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + BOMB, "damaged workbook"),
        (book(("Data", [NAMES]))[:-40], "broken ZIP archive or workbook"),
        (book(("Data", [])), "no sheet with a table"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_remedy(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read(content, own(), name="x.xlsx")


def test_an_xls_with_a_workbook_in_it_is_read_and_that_is_not() -> None:
    folder = Path(__file__).parents[1] / "ingest_cases" / "sheet-of-excel-97"
    profile = profile_of(tomllib.loads((folder / "profile.toml").read_text()), "own")
    content = (folder / "in.xls").read_bytes()
    alone = read(content, profile, name="x.xls")
    assert alone.accepted
    assert read(content + BOMB, profile, name="x.xls").model_dump() == alone.model_dump()
