"""JSON documents that say of themselves what they are in, twice, or that they are not whole."""

from __future__ import annotations

import json

import pytest

from service.errors import UnreadableFileError
from service.ingest.readers import geojson as read_geojson
from tests.api.reading import incidents, read, told

GRID = {"type": "name", "properties": {"name": "EPSG:27700"}}
FEATURE = {
    "type": "Feature",
    "id": "a",
    "properties": {"offence_code": "theft", "occurred_from": "2024-01-01", "crs": "of the feature"},
    "geometry": {"type": "Point", "coordinates": [530_000, 180_000]},
}


def collection(*before: object, after: tuple[object, ...] = (), other: str = "") -> bytes:
    members = [
        *(f'"crs": {json.dumps(one)}' for one in before),
        f'"features": {json.dumps([FEATURE])}',
        *(f'"crs": {json.dumps(one)}' for one in after),
    ]
    return ('{"type": "FeatureCollection", ' + other + ", ".join(members) + "}").encode()


@pytest.fixture(params=[100, 700, 1 << 20], ids=["streamed", "begun", "at once"], autouse=True)
def _size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_geojson, "WHOLE_BYTES", request.param)


def test_a_reference_system_said_twice_is_taken_where_both_say_the_same() -> None:
    once = incidents(read(collection(GRID)))
    assert [one[0] for one in once] == ["a"]
    for content in (
        collection(GRID, GRID),
        collection(GRID, after=(GRID,)),
        collection(after=(GRID,)),
        collection(GRID, other='"about": {"crs": null}, '),
    ):
        assert incidents(read(content)) == once


@pytest.mark.parametrize(
    "content",
    [collection(GRID, None), collection(None, GRID), collection(GRID, after=(None,))],
)
def test_reference_systems_that_contradict_one_another_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"2 times, and not the same: .*EPSG:27700"):
        read(content, name="x.geojson")


@pytest.mark.parametrize("member", [[1, 2], "wgs", {"type": "name"}, {"properties": {"name": 3}}])
def test_a_reference_system_that_is_not_understood_is_told(member: object) -> None:
    assert told(read(collection(member)), "member crs that names no coordinate reference system")
    assert not told(read(collection(None)), "member crs")


@pytest.mark.parametrize("where", ["before", "behind"])
@pytest.mark.parametrize("kind", ["esri", "geojson"])
def test_the_first_page_of_a_layer_is_told(kind: str, where: str) -> None:
    feature = FEATURE
    if kind == "esri":
        feature = {
            "attributes": {"external_id": "a"} | FEATURE["properties"],
            "geometry": {"x": 530_000, "y": 180_000},
        }
    before = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 27700}}
    if kind == "geojson":
        before = {"type": "FeatureCollection", "crs": GRID}
    for more in (True, False):
        flag = {"exceededTransferLimit": more}
        features = {"features": [feature]}
        held = before | (flag | features if where == "before" else features | flag)
        trial = read(json.dumps(held).encode())
        assert trial.accepted == 1
        assert told(trial, "only some of the features of its layer") is more
