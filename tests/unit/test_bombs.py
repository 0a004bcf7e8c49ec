"""Small files made to keep a reader busy: refused by what they are, at the cost of their size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.errors import UnreadableFileError
from service.ingest.readers import formats
from service.ingest.readers.depth import LONGEST_NAME, Depth
from service.vector import formats as vector_formats
from tests.api.reading import own, read

MB = 1 << 20
FEATURE = {"type": "Feature", "properties": {}, "geometry": None}


def spent(work: Callable[[], object]) -> float:
    """Return the seconds that the processor worked for something."""
    before = time.process_time()
    work()
    return time.process_time() - before


@pytest.mark.parametrize(
    "begins",
    [b" " * 65_536, b"\n" * 65_535 + b"<", b"<!--" * 16_384, b"<!doctype <" * 6_000],
    ids=["blanks", "lines", "comments", "document types"],
)
def test_the_beginning_of_a_file_is_looked_at_once(begins: bytes) -> None:
    # Each took the square of its length: a minute, or ten.
    looks = list(formats.LAYERS.values())
    assert spent(lambda: [tells(begins) for tells in looks]) < 5
    assert spent(lambda: formats._declares_kml(begins)) < 5
    kml = next(one for one in vector_formats._FORMATS if one.name == "KML")
    assert spent(lambda: kml.begins(begins)) < 5


def test_kml_is_known_behind_blanks_and_comments() -> None:
    known = formats.LAYERS[".kml"]
    assert known(b'\xef\xbb\xbf\n<?xml version="1.0"?> <!-- a > b -- -->\n<!---->\n<k:kml >')
    assert not known(b"<!-- <kml> -->")
    assert not known(b"<kmlx>")


def test_a_reference_system_of_endless_name_is_refused() -> None:
    stated = {"properties": {"name": "epsg" * 200_000 + "x"}}
    document = {"type": "FeatureCollection", "crs": stated, "features": [FEATURE]}
    with pytest.raises(UnreadableFileError, match="is no coordinate reference system"):
        read(json.dumps(document).encode())


def test_nesting_before_the_features_is_refused_before_it_is_parsed() -> None:
    deep = '{"a":' * 300_000 + "1" + "}" * 300_000
    text = f'{{"crs": {deep}, "type": "FeatureCollection", "features": []}}'
    with pytest.raises(UnreadableFileError, match="more than 100 deep"):
        read(text.encode())


@pytest.mark.parametrize("cut", [3, 100, MB])
@pytest.mark.parametrize("sign", ["x", '\\"', "\\\\"])
@pytest.mark.parametrize("gap", ["", " " * 150, "\n"])
def test_names_of_values_are_short_and_values_are_not(cut: int, sign: str, gap: str) -> None:
    def followed(text: str) -> None:
        json.loads(text)
        content, depth = text.encode(), Depth("f.json")
        for at in range(0, len(content), cut):
            depth.check(content[at : at + cut])

    long = sign * (LONGEST_NAME // len(sign) + 9)
    short = sign * (LONGEST_NAME // len(sign) - 9)
    followed(f'{{"a": 1, "{short}"{gap}: [2]}}')
    followed(f'["a", "{long}"{gap}, 2, {{"b": "{long}"{gap}}}]')
    with pytest.raises(UnreadableFileError, match="whose name is longer than 1,000 bytes"):
        followed(f'["a", {{"b": "{long}", "{long}"{gap}: 2}}]')


def test_a_table_that_is_all_holes_is_refused() -> None:
    many = [FEATURE | {"properties": {f"p{at % 1_900}": 1}} for at in range(20_000)]
    said = "names in 20,000 features or rows, of which each has few"
    document = json.dumps({"type": "FeatureCollection", "features": many}).encode()
    every = own().model_copy(update={"attributes": "all"})
    with pytest.raises(UnreadableFileError, match=said):
        read(document, every)
    columns = dict.fromkeys(("Crime No", "Offence", "When", "Lon", "Lat"), "1")
    rows = [columns] + [one["properties"] for one in many[1:]]
    with pytest.raises(UnreadableFileError, match=said):
        read(json.dumps(rows).encode(), every)


def test_markup_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "a.kml"
    file.write_bytes(b"<!--" * 20_000)
    with pytest.raises(UnreadableFileError, match="named as KML, but its content is none"):
        vector_formats.locate(file, None, formats.Limits())
