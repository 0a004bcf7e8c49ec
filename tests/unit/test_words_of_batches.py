"""The command line and the data page call counts and reasons the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from service.ingest.checks.verdicts import REASONS
from service.ingest.report import WasUndone
from service.words import batches

PAGE = (Path(__file__).resolve().parents[2] / "web/src/words/data.ts").read_text(encoding="utf-8")
AT = dt.datetime(2026, 12, 1, 1, 5, tzinfo=dt.UTC)


def undone(by: str = "ann", **counts: int | None) -> str:
    return batches.undone(WasUndone(at=AT, by=by, reason=None, data_version=3, **counts))


def test_every_reason_has_words_and_the_page_has_the_same() -> None:
    assert set(batches.REASONS) == set(REASONS)
    for name, said in batches.REASONS.items():
        assert f'{name}: gettext("{said}")' in PAGE


def test_the_page_calls_counts_as_the_command_line_does() -> None:
    for name, said in batches.COUNTS.items():
        assert f'{name}: gettext("{said}")' in PAGE


def test_what_undoing_did_is_told_with_what_went_and_what_came_back() -> None:
    assert undone(removed=26, restored=3, kept=0) == (
        "Undone 1 Dec 2026, 01:05 UTC by ann: 26 incidents of this file removed; 3 back to what "
        "they were before."
    )
    assert undone("web", removed=1, restored=0, kept=1) == (
        "Undone 1 Dec 2026, 01:05 UTC on the data page: 1 incident of this file removed; 1 stays, "
        "since a later file has it too."
    )
    assert undone(removed=0, restored=0, kept=0).endswith(": no incident is other than before.")
    assert undone() == "Undone 1 Dec 2026, 01:05 UTC by ann."
