"""What may be kept, for how long and under which tags: by what wrote it, and alike everywhere."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.http import caching, representation
from service.http.app import create_app
from service.http.pages.files import PageFiles
from service.resources import static_dir
from service.settings import Settings
from service.words import catalogue
from tests import pseudo_language
from tests.api import layers, ogc_town, published

IN_PASSING = {"service.logs", "service.resources"}
"""What may run while an answer is written and decides nothing of it."""

OTHERS = (
    "/", "/data", "/runs", "/openapi.json", "/ogc/", "/ogc/api", "/ogc/collections",
    "/api/v1/runs", "/api/v1/boundaries", "/api/v1/styles/targets", "/static/base.css",
    "/static/icon.svg",
)  # fmt: skip
"""What changes, or belongs to no run."""


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as made:
        yield made


def of_run(run: str) -> list[str]:
    """Return addresses of what is told of a run of targets, each written by its own code."""
    api, units = f"/api/v1/runs/{run}", "/ogc/collections/units"
    exports = ("geojson", "gpkg", "fgb", "geoparquet", "csv", "kml", "qgz", "zip")
    return [
        *(f"{api}/{one}" for one in ("targets", "scores", "summary", "figures", "patrol-areas")),
        *(f"{api}/export?format={one}" for one in exports),
        f"{api}/comparison?with={run}",
        f"{units}/items?run_id={run}&limit=5",
        f"{units}/items?run_id={run}&limit=5&f=html",
        f"{units}/tiles/WebMercatorQuad/11/681/1023?run_id={run}",
    ]


def test_a_tile_of_a_run_is_kept_for_a_year_under_the_name_of_what_writes_it(town):
    told = town.client.get("/api/v1/installation").json()["representation"]
    (template,) = town.get(
        "/collections/units/tiles/WebMercatorQuad/tilejson", params={"run_id": town.run["cells"]}
    ).json()["tiles"]
    address = template.format(z=11, y=681, x=1023)
    assert f"v={told}" in address
    assert town.client.get(address).headers["cache-control"] == caching.KEPT
    for stale in ("0123456789abcdef", ""):
        kept = town.client.get(address.replace(told, stale)).headers["cache-control"]
        assert kept == caching.ASKED_AGAIN
    (newest,) = town.get("/collections/units/tiles/WebMercatorQuad/tilejson").json()["tiles"]
    assert newest == template  # which names the run that was newest when it was asked
    bare = "/ogc/collections/units/tiles/WebMercatorQuad/11/681/1023"
    unnamed = town.client.get(bare, params={"v": told})
    assert unnamed.headers["cache-control"] == caching.ASKED_AGAIN


def test_other_code_gives_all_that_is_told_of_a_run_other_tags(town, monkeypatch):
    addresses = of_run(town.run["cells"])
    before = [town.client.get(one).headers["etag"] for one in addresses]
    assert len(set(before)) == len(before)
    monkeypatch.setattr(representation, "_writing", lambda: "another version")
    for address, tag in zip(addresses, before, strict=True):
        answer = town.client.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 200, address
        assert answer.headers["etag"] != tag, address


def test_another_language_gives_what_is_told_of_a_run_other_tags(town, monkeypatch, tmp_path):
    pseudo_language.write(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    addresses = of_run(town.run["cells"])[:3]
    settings = Settings(worker="none", language=pseudo_language.LANGUAGE)
    with TestClient(create_app(settings, town.database)) as client:
        said = [client.get(one).headers["etag"] for one in addresses]
    catalogue._find.cache_clear()
    assert not set(said) & {town.client.get(one).headers["etag"] for one in addresses}


def test_a_process_names_the_code_that_it_began_with(town):
    representation._writing.cache_clear()
    with TestClient(create_app(Settings(worker="none"), town.database)):
        assert representation._writing.cache_info().currsize == 1


SERVING = """
import json, sys, threading
from fastapi.testclient import TestClient
from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database

_, url, addresses, looking = sys.argv
files, told = set(), {}
if looking == "yes":
    threading.settrace(lambda frame, event, _: files.add(frame.f_code.co_filename))
app = create_app(Settings(worker="none", ogc_incidents=True), Database.at(url))
with TestClient(app) as client:
    files.clear()
    for address in json.loads(addresses):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        told[address] = [answer.headers["etag"], answer.headers["cache-control"]]
ran = [
    f"{name}.__init__" if hasattr(module, "__path__") else name
    for name, module in sys.modules.items()
    if name.split(".")[0] in ("service", "spatial") and module.__file__ in files
]
print(json.dumps({"told": told, "ran": ran}))
"""


@pytest.fixture(scope="module")
def processes(town) -> list[dict]:
    """Tell what two processes of one version do, which share a database and nothing else."""
    run = town.run["cells"]
    target = town.items("targets", run_id=run)["features"][0]["properties"]["target_id"]
    addresses = [*of_run(run), f"/api/v1/runs/{run}/briefing/targets/{target}.png", *OTHERS]
    url = town.database.url.render_as_string(hide_password=False)
    told = []
    for seed, looking in (("1", "yes"), ("2", "no")):
        done = subprocess.run(
            [sys.executable, "-c", SERVING, url, json.dumps(addresses), looking],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout.splitlines()[-1]))
    return told


def test_two_processes_of_one_version_give_one_tag(processes):
    one, other = (told["told"] for told in processes)
    assert one == other


def test_what_another_version_may_write_otherwise_is_asked_for_again(processes):
    for address, (_, kept) in processes[0]["told"].items():
        assert "no-cache" in kept, address


def test_whatever_runs_while_an_answer_is_written_is_said_to_write_it(processes):
    ran = set(processes[0]["ran"])
    assert {"service.export.kml", "service.words.runs", "service.briefing.maps"} <= ran
    passing = {name for name in ran if not representation.WRITING.holds(name)}
    assert {name for name in passing if not name.startswith("service.access.")} <= IN_PASSING


def test_two_copies_of_the_pages_give_one_tag(tmp_path):
    tags = set()
    for second, name in enumerate(("one", "other")):
        shutil.copy(static_dir() / "base.css", tmp_path / name)
        os.utime(tmp_path / name, (second, second))
        app, client = layers.small()
        app.mount("/static", PageFiles(directory=tmp_path))
        answer, body = layers.raw(client, f"/static/{name}")
        tags.add(answer.headers["etag"])
        for said in (
            {"If_None_Match": answer.headers["etag"]},
            {"If_Modified_Since": answer.headers["last-modified"]},
        ):
            again, nothing = layers.raw(client, f"/static/{name}", **said)
            assert (again.status_code, nothing) == (304, b"")
        part, _ = layers.raw(client, f"/static/{name}", Range="bytes=0-9", If_Range='"other"')
        assert part.status_code == 200
    assert body
    assert len(tags) == 1


def test_a_feed_of_long_ago_is_sent_to_who_knows_only_a_date_from_before_this_process(town):
    published.publish(town.client, town.run["cells"])
    with town.database.session() as session:
        session.execute(text("UPDATE publication SET published_at = '2024-05-01T12:00:00Z'"))
    known = {"If-Modified-Since": "Thu, 02 May 2024 12:00:00 GMT"}
    answer = town.client.get("/api/v1/feeds/targets.json", headers=known)
    assert answer.status_code == 200
    known["If-Modified-Since"] = answer.headers["last-modified"]
    assert town.client.get("/api/v1/feeds/targets.json", headers=known).status_code == 304
