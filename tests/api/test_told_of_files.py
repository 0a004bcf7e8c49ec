"""Warnings of many files: each names its file and line, and those of one kind are told once."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from service.ingest import BatchReport, total
from service.ingest.checks.warned import Warned
from service.store.session import Database
from tests.api.commands import called
from tests.api.ingesting import HEADER, Place

BASE = [f"x{n},theft,2024-01-0{n % 8 + 1},-87.6{n:02},41.8{n:02}" for n in range(30)]


def month(month: int, *more: str) -> bytes:
    rows = [one.replace("x", f"m{month}-").replace("2024-01", f"2024-{month:02}") for one in BASE]
    return HEADER + "\n".join([*rows, *more]).encode() + b"\n"


def repeat(month: int, many: int = 1) -> list[str]:
    return [f"m{month}-{n},robbery,2024-{month:02}-01,-87.6{n:02},41.8{n:02}" for n in range(many)]


FILES = {
    "2024-01.csv": month(1),
    "2024-02.csv": month(2, *repeat(2)),
    "2024-03.csv": month(3, *repeat(3, 3), "far,theft,2024-03-01,-0.1,51.5"),
    "2024-04.csv": b"Report of April\n" + month(4, *repeat(4, 2)),
    "2024-05.csv": b"Report of May\nby hand\n" + month(5, *repeat(5)),
    "2024-06.csv": month(6, *repeat(6)),
}


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name, content in FILES.items():
            packed.writestr(name, content)
    return written.getvalue()


def of(report: BatchReport, code: str) -> list[Warned]:
    return [one for one in report.warned if one.code == code]


def test_equal_warnings_of_several_files_are_one_with_files_and_rows(place: Place) -> None:
    whole = total([place.ingest(place.file(text, name)) for name, text in FILES.items()])
    (repeats,) = of(whole, "repeated_ids")
    assert repeats.rows == 8
    assert repeats.message.startswith("2024-02.csv: 1 row repeats the id of another row")
    assert "'m2-0' (line 32)" in repeats.message
    assert repeats.message.endswith(
        ". Likewise 4 more files (2024-03.csv, 2024-04.csv, 2024-05.csv, ...), 8 in all"
    )
    (far,) = of(whole, "far_away")
    assert far.message.startswith("2024-03.csv: 1 of 34 incidents lies ")
    assert far.rows == 1
    (before,) = [one for one in of(whole, "file") if "header" in one.message]
    assert before.message == (
        "2024-04.csv: line 1 stands before the header and belongs to no row. Likewise 1 more file "
        "(2024-05.csv)"
    )
    assert whole.warnings == [one.message for one in whole.warned]


def test_shares_of_several_files_are_of_the_rows_of_all() -> None:
    def report(file: str, rows: int, share: float) -> BatchReport:
        counts = dict.fromkeys(("read", "accepted", "updated", "duplicate", "rejected"), 0)
        warned = [Warned(code="default_times", message="many", rows=rows, share=share)]
        about = {"file": file, "source": "s", "profile": "p", "rejected_by_reason": {}}
        return BatchReport(
            batch_id=1, warnings=["many"], warned=warned, data_version=1, received_at=None,
            **counts, **about,
        )  # fmt: skip

    (told,) = total([report("a", 10, 0.5), report("b", 20, 0.05)]).warned
    assert (told.rows, told.share) == (30, 30 / 420)
    assert told.message == "a: many. Likewise 1 more file (b), 30 in all (7%)"


def test_an_archive_names_the_file_and_the_line_in_it(place: Place) -> None:
    report = place.ingest(place.file(archive(), "months.zip"))
    (repeats,) = of(report, "repeated_ids")
    assert repeats.rows == 8
    assert "'m2-0' (2024-02.csv, line 32), 'm3-0' (2024-03.csv, line 32)" in repeats.message
    (far,) = of(report, "far_away")
    assert "such as 2024-03.csv, line 35 (-0.1, 51.5)" in far.message
    assert [one.message for one in of(report, "file")] == [
        "2024-04.csv: line 1 stands before the header and belongs to no row. Likewise 1 more file "
        "(2024-05.csv)"
    ]


def test_rows_of_an_archive_that_were_left_without_a_column_are_named_by_file(
    place: Place,
) -> None:
    header = HEADER.replace(b"\n", b",reported_at\n")
    row = "{},theft,2024-01-01,-87.6,41.8,{}\n"
    files = {
        "a.csv": header + row.format("a", "2024-01-02").encode(),
        "b.csv": header + (row.format("b", "never") + row.format("c", "31/31/2024")).encode(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    report = place.ingest(place.file(written.getvalue(), "both.zip"))
    (told,) = of(report, "bad_reported_at")
    assert "(b.csv, line 2; b.csv, line 3: " in told.message
    assert told.lines == (4, 5)


def test_the_command_line_tells_each_kind_once(database: Database, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text)
    settings = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    words = ["ingest", *sorted(tmp_path.glob("*.csv")), "--profile", "generic"]
    done = called(*words, settings=settings)
    warnings = [one for one in done.stderr.splitlines() if one.startswith("Warning: ")]
    assert len(warnings) == 3, done.stderr
    assert sum("repeats the id of another row" in one for one in warnings) == 1
    told = json.loads(called(*words, "--json", settings=settings).stdout)
    assert len(told["total"]["warnings"]) == 3
