"""Advice of warnings: words that fit a page as well as a file, and the page can follow it."""

from __future__ import annotations

import re
from pathlib import Path

from service.ingest import load_profile
from service.ingest.preview.trial import tried
from tests.api.ingesting import HEADER, Place

WEB = Path(__file__).resolve().parents[2] / "web/src"
KEYS = re.compile(r"\((?:such as )?([a-z_]+(?:\.[a-z_]+)?)(?: = [^)]*)?\)")
OF_THE_PAGE = {
    "one_per": "onePer",
    "time.default_clocks": "defaultClocks",
    "time.earliest": "earliest",
    "time.precision": "precision",
    "place.placeholders": "placeholders",
    "place.reject_strays": "rejectStrays",
    "crs": "crs",
    "attributes": "kept",
}


def odd(folder: Path) -> list[str]:
    """Return the warnings of a file in which much is odd."""
    rows = [f"d{n},theft,2024-01-{n % 28 + 1:02} 00:01,-87.6,41.8" for n in range(60)]
    rows += [
        f"e{n},theft,2024-01-{n % 28 + 1:02} 13:{n:02},-87.6{n:02},41.8{n:02}" for n in range(60)
    ]
    rows += ["d0,arson,2024-01-01 10:00,-87.6,41.8", "f,theft,2024-01-01 10:00,-0.1,51.5"]
    rows += ["g,theft,1970-01-01,-87.61,41.81"]
    file = folder / "odd.csv"
    file.write_bytes(HEADER + "\n".join(rows).encode() + b"\n")
    return tried(file, load_profile("generic")).warnings


def test_advice_is_words_first_and_each_key_is_a_field_of_the_page(tmp_path: Path) -> None:
    warnings = odd(tmp_path)
    assert len(warnings) >= 4, warnings
    told = {key for one in warnings for key in KEYS.findall(one)}
    assert {"one_per", "time.default_clocks", "place.placeholders"} <= told
    assert {"place.reject_strays", "time.earliest"} <= told
    words = (WEB / "words/data.ts").read_text(encoding="utf-8")
    for key in told & OF_THE_PAGE.keys():
        assert f"    {OF_THE_PAGE[key]}: gettext(" in words, key
    assert told - {"line"} <= OF_THE_PAGE.keys()


def test_no_warning_speaks_of_tables_of_toml_or_keys_of_reasons(tmp_path: Path) -> None:
    for one in odd(tmp_path):
        assert not re.search(r"\[(time|place|columns|offence)\]|TOML|rejected as [a-z]+_", one), one


def test_a_swapped_column_is_told_in_words(place: Place) -> None:
    rows = b"".join(b"s%d,theft,2024-01-01,41.8,-187.6\n" % n for n in range(5))
    report = place.ingest(HEADER + rows + b"t,theft,2024-01-01,-87.6,41.8\n")
    assert not any("outside_crs_bounds" in one for one in report.warnings)
