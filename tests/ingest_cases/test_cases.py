"""Every folder beside this file: what comes of its input, and that the database holds the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.ingest import BatchReport, Profile, ingest, load_profile
from service.ingest.preview.trial import tried
from service.ingest.profiles.guess import guessed
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.toml import as_written
from service.ingest.readers.limits import Limits
from service.store.session import Database
from service.store.tenant import Tenant
from spatial.errors import HarmspotError
from tests.databases import Databases

HERE = Path(__file__).resolve().parent
CASES = sorted(folder.parent for folder in HERE.glob("*/expected.json"))
NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
COLUMNS = (
    "external_id", "source", "offence_code", "offence_name", "occurred_from", "occurred_to",
    "time_precision", "reported_at", "longitude", "latitude", "location_text", "attributes",
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(databases: Databases) -> Iterator[Database]:
    """One database for all cases, each of which is an agency of its own."""
    with databases.empty() as made:
        yield made


class Case:
    """A folder: input, profile and what is expected."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        beside = sorted(one for one in folder.iterdir() if one.is_file())
        named = [folder / one for one in self.expected.get("files", ())]
        self.files = named or [
            one for one in beside if one.name not in ("expected.json", "profile.toml")
        ]
        self.folder = folder

    def profile(self) -> Profile:
        """Return the profile, and hold a suggested one against what is expected of it."""
        asked = self.expected.get("profile", "profile.toml")
        over = self.expected.get("with", {})
        if asked != "suggested":
            path = self.folder / "profile.toml" if asked == "profile.toml" else asked
            profile = load_profile(path)
            return profile if not over else _laid_over(as_written(profile), over, profile.name)
        made = guessed(self.files[0], Limits())
        wanted = self.expected.get("suggested", {})
        assert _part(made.written, wanted) == wanted
        notes = " ".join(made.notes)
        for words in self.expected.get("notes", ()):
            assert words in notes
        return _laid_over(made.written, over, "suggested")


def _laid_over(written: dict[str, Any], over: dict[str, Any], name: str) -> Profile:
    both = {
        key: written.get(key, {}) | over[key] if isinstance(over.get(key), dict) else over[key]
        for key in over
    }
    return profile_of(written | both, name)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_file_that_was_read_wrongly_is_read_right(folder: Path, shared: Database) -> None:
    case = Case(folder)
    expected = case.expected
    if "refused" in expected:
        with pytest.raises(HarmspotError, match=expected["refused"]):
            tried(case.files[0], case.profile(), now=NOW)
        return
    profile = case.profile()
    tenant = Tenant(shared, case.name)
    if len(case.files) > 1:
        reports = [_ingested(tenant, one, profile) for one in case.files]
        wanted = expected["batches"]
        assert [_part(r.model_dump(), w) for r, w in zip(reports, wanted, strict=True)] == wanted
        assert _codes(reports) == expected.get("warnings", {})
        _compare_in_any_order(_stored(tenant), expected.get("rows"))
        return
    trial = tried(case.files[0], profile, now=NOW).model_dump(mode="json")
    report = expected.get("report", {})
    assert _part(trial, report) == report
    assert trial["read"] == trial["accepted"] + trial["duplicate"] + trial["rejected"]
    told = {one["code"]: one["rows"] for one in trial["warned"]}
    assert told == expected.get("warnings", {}), trial["warnings"]
    _compare(trial["rows"], expected.get("rows"))
    _compare(trial["rejected_rows"], expected.get("rejected_rows"))
    stored = _ingested(tenant, case.files[0], profile)
    counted = ("read", "accepted", "duplicate", "rejected", "rejected_by_reason", "warnings")
    assert {one: getattr(stored, one) for one in counted} == {one: trial[one] for one in counted}
    assert _stored(tenant) == sorted(trial["rows"], key=_identity)


def _ingested(tenant: Tenant, file: Path, profile: Profile) -> BatchReport:
    with tenant.unit_of_work() as (session, agency):
        return ingest(session, agency, file, profile, now=NOW)


def _stored(tenant: Tenant) -> list[dict[str, Any]]:
    with tenant.unit_of_work() as (session, agency):
        rows = session.execute(
            text(f"SELECT {', '.join(COLUMNS)} FROM incident WHERE agency_id = :agency"),
            {"agency": agency},
        ).mappings()
        return sorted(map(_as_json, rows), key=_identity)


def _as_json(row: Any) -> dict[str, Any]:
    stored = {
        key: f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}".replace(".000000", "")
        if isinstance(value, dt.datetime)
        else value
        for key, value in row.items()
    }
    return {**stored, "attributes": stored["attributes"] or {}}


def _identity(row: dict[str, Any]) -> tuple[str, str]:
    return row["source"], row["external_id"]


def _codes(reports: list[BatchReport]) -> dict[str, int | None]:
    return {one.code: one.rows for report in reports for one in report.warned}


def _part(of: Any, wanted: Any) -> Any:
    """Return what `of` says of the keys that are wanted."""
    if isinstance(wanted, dict) and isinstance(of, dict):
        return {key: _part(of.get(key), value) for key, value in wanted.items()}
    if isinstance(wanted, float) and isinstance(of, int | float):
        return wanted if abs(of - wanted) < 1e-7 * max(1, abs(wanted)) else of
    return of


def _compare(rows: list[dict[str, Any]], wanted: list[dict[str, Any]] | None) -> None:
    if wanted is None:
        return
    assert len(rows) == len(wanted), rows
    assert [_part(row, want) for row, want in zip(rows, wanted, strict=True)] == wanted


def _compare_in_any_order(rows: list[dict[str, Any]], wanted: list[dict[str, Any]] | None) -> None:
    if wanted is None:
        return
    assert len(rows) == len(wanted), rows
    left = list(rows)
    for want in wanted:
        found = next((row for row in left if _part(row, want) == want), None)
        assert found is not None, f"no {want} in {left}"
        left.remove(found)
