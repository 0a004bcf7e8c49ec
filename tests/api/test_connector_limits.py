"""Whom a source can make the command ask, and who learns of a secret."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.responses import JSONResponse, RedirectResponse

from service.errors import ConflictError
from service.ingest.connectors import fetching
from service.ingest.connectors.keeping import KEPT_S, Kept
from service.settings import Settings
from tests.api.portal_town import EVERY, LAYER, Town
from tests.api.portals import application, broken, fine
from tests.api.serving import serving

INSIDE = "http://169.254.169.254/latest/meta-data/"
SECRET = "hunter2-and-more"


@pytest.mark.parametrize("kind", EVERY)
def test_nothing_inside_is_asked_unless_it_is_named(town: Town, kind: str) -> None:
    del town.settings["CONNECT_TO"]
    assert "name it, or its network, in HARMSPOT_CONNECT_TO" in town.run(kind, status=1).stderr
    assert town.portal.asked == []


def test_no_redirect_leads_inside(town: Town) -> None:
    for address in (INSIDE, town.address.replace("127.0.0.1", "127.0.0.2"), "http://0x7f.2/"):
        town.portal.lead_to = address
        assert "none of the public internet" in town.run("/moved", status=1).stderr
    town.portal.lead_to = "file:///etc/passwd"
    assert "is not followed" in town.run("/moved", status=1).stderr
    town.portal.lead_to = "/moved"
    assert "leads on more than 5 times" in town.run("/moved", status=1).stderr
    town.portal.lead_to = "/files/crime.csv"
    assert town.report("/moved")["accepted"] == 25


def test_no_link_to_a_next_page_leads_inside(town: Town) -> None:
    for href in (INSIDE, "file:///etc/passwd"):
        page = {"features": [], "links": [{"rel": "next", "href": href}]}
        town.portal.faults = [lambda _, page=page: JSONResponse(page)]
        said = town.run("ogc", status=1).stderr
        assert "none of the public internet" in said or "no address of the web" in said


def test_links_that_lead_in_a_circle_are_not_followed(town: Town) -> None:
    def again(request: Any) -> Any:
        link = {"rel": "next", "href": str(request.url)}
        return JSONResponse({"features": [{"type": "Feature"}], "links": [link]})

    town.portal.faults = [again]
    assert "leads in a circle" in town.run("ogc", status=1).stderr


def test_a_name_is_asked_at_the_address_that_was_looked_at(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads outside when it is looked at and inside a moment later gains nothing."""
    real = socket.getaddrinfo
    looked_up: list[str] = []
    leads_to = ["127.0.0.1"]

    def resolved(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "portal.example":
            return real(host, port, *more, **named)
        looked_up.append(host)
        return real(leads_to[min(len(looked_up), len(leads_to)) - 1], port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    url = town.address.replace("127.0.0.1", "portal.example") + "/ogc/collections/crime"
    assert town.report(url)["accepted"] == 25
    assert len(looked_up) == len(town.portal.asked) == 3  # once a request, when it is looked at
    assert {one.headers["host"].partition(":")[0] for one in town.portal.asked} == {
        "portal.example"
    }
    looked_up.clear()
    leads_to.append("10.0.0.1")
    assert "portal.example is none of the public internet" in town.run(url, status=1).stderr


def test_tokens_go_to_their_host_and_nowhere_else(town: Town) -> None:
    town.portal.token = SECRET
    said = town.run("arcgis", status=1).stderr
    assert "499: Token Required" in said
    assert "set HARMSPOT_ARCGIS_TOKEN" in said
    assert "HARMSPOT_SOCRATA_TOKEN" in town.run("socrata", status=1).stderr
    town.settings |= {"SOCRATA_TOKEN": SECRET, "ARCGIS_TOKEN": SECRET}
    assert town.report("arcgis")["accepted"] == 25
    assert town.report("socrata")["duplicate"] == 25
    elsewhere = town.address.replace("127.0.0.1", "localhost")
    town.settings["CONNECT_TO"] = "127.0.0.1,localhost"

    def away(request: Any) -> Any:
        return RedirectResponse(str(request.url).replace(town.address, elsewhere), 307)

    town.portal.asked.clear()
    town.portal.faults = [away]
    town.run("arcgis", status=1)
    assert "x-esri-authorization" in town.portal.asked[0].headers
    assert "x-esri-authorization" not in town.portal.asked[1].headers


def test_a_secret_in_an_address_is_told_nowhere(town: Town) -> None:
    town.portal.token = SECRET
    done = town.run(f"{LAYER}?token={SECRET}&where=1=1")
    assert SECRET not in done.stdout + done.stderr
    assert not [one for one in town.portal.texts() if SECRET in one]
    (report,) = json.loads(done.stdout)["batches"]
    assert report["file"] == f"{town.address}{LAYER}?where=1=1"
    done = town.run(f"/files/crime.csv?sig={SECRET}")
    assert SECRET not in done.stdout + done.stderr
    town.portal.faults = [broken(400)]
    assert SECRET not in town.run(f"/files/crime.csv?sig={SECRET}", status=1).stderr

    def repeated(_: Any) -> Any:
        return JSONResponse({"message": f"bad signature {SECRET}"}, 400)

    town.portal.faults = [repeated]
    said = town.run(f"/files/crime.csv?sig={SECRET}", status=1).stderr
    assert "bad signature ***" in said
    town.portal.faults = [repeated]
    assert "bad signature ***" in town.run(f"/files/crime.csv?t={SECRET}", status=1).stderr
    for path in (f"/files/crime.csv?t={SECRET}", f"{LAYER}?t={SECRET}"):
        for fault in (broken(404), broken(400), broken(401)):
            town.portal.faults = [fault]
            said = town.run(path, "--fresh", status=1).stderr
            assert "t=***" in said
            assert SECRET not in said
    town.portal.faults = [broken(503)] * fetching.ATTEMPTS
    assert SECRET not in town.run(f"{LAYER}?t={SECRET}", status=1).stderr
    with town.database.engine.connect() as connection:
        stored = connection.execute(text("SELECT b::text FROM ingest_batch b")).scalars().all()
    assert not [one for one in stored if SECRET in one]


def test_what_is_kept_is_the_owners_alone_and_has_no_other_column(town: Town) -> None:
    town.portal.faults = [fine, *[broken(503)] * 5]
    town.run("ogc", status=1)
    (kept,) = town.kept()
    assert kept.stat().st_mode & 0o077 == 0
    assert not [one for one in kept.iterdir() if b"Name 1" in one.read_bytes()]
    old = time.time() - KEPT_S - 60
    for one in (kept / "state.json", kept.with_suffix(".lock")):
        os.utime(one, (old, old))
    assert town.report("socrata")["accepted"] == 25
    assert not town.kept()
    assert not kept.with_suffix(".lock").exists()


def test_nothing_is_removed_that_others_put_where_it_is_kept(tmp_path: Path) -> None:
    old = time.time() - KEPT_S - 60
    ours, running, of_others = "0" * 32, "1" * 32, "2" * 32
    places = ["case files/a.csv", f"{of_others}/a.csv", "b.csv", f"{of_others}.lock", "c.lock"]
    places = [*places, *(f"fetched/{one}" for one in places)]
    gone = [f"fetched/{ours}/state.json", f"fetched/{ours}/body", f"fetched/{ours}.lock"]
    at_work = [f"fetched/{running}/state.json"]
    for one in [*places, *gone, *at_work]:
        file = tmp_path / one
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    settings = Settings(fetch_dir=tmp_path)
    with Kept.of(running, settings, fresh=False) as kept:
        kept.begin(None)
        for one in sorted(tmp_path.rglob("*"), reverse=True):
            os.utime(one, (old, old))
        with Kept.of("3" * 32, settings, fresh=False):
            pass
        lost = [one for one in [*places, *at_work] if not (tmp_path / one).exists()]
    assert not lost
    assert not [one for one in gone if (tmp_path / one).exists()]


def test_the_same_is_not_fetched_twice_at_once(town: Town) -> None:
    settings = Settings(fetch_dir=town.folder / "fetched")
    with (
        Kept.of("x", settings, fresh=False),
        pytest.raises(ConflictError, match="by another command"),
        Kept.of("x", settings, fresh=False),
    ):
        pass
    with Kept.of("x", settings, fresh=False):
        pass


def test_a_proxy_asks_in_our_place_and_is_not_asked_for_what_is_inside(town: Town) -> None:
    town.settings |= {"FETCH_PROXY": town.address, "CONNECT_TO": "gis.example"}
    report = town.report(f"http://portal.invalid{LAYER}")  # a name that nobody here knows
    assert report["accepted"] == 25
    assert town.portal.asked[0].headers["host"] == "portal.invalid"
    for host in ("169.254.169.254", "127.1", "0x7f000001", "[::ffff:10.0.0.1]", "localhost"):
        asked = len(town.portal.asked)
        said = town.run(f"http://{host}{LAYER}", status=1).stderr
        assert "none of the public internet" in said
        assert len(town.portal.asked) == asked
    assert "not known here" in town.run(f"http://gis.example{LAYER}", status=1).stderr


def test_a_wrong_proxy_is_refused_without_its_password(town: Town) -> None:
    town.settings["FETCH_PROXY"] = f"socks://me:{SECRET}@proxy.example"
    said = town.run("ogc", status=1).stderr
    assert "HARMSPOT_FETCH_PROXY" in said
    assert SECRET not in said


@pytest.fixture
def encrypted(town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The port of the portal where it answers by HTTPS, as portal.example."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    named = ["-subj", "/CN=portal.example", "-addext", "subjectAltName=DNS:portal.example"]
    make = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2", *named]
    written = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *written], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    real = socket.getaddrinfo

    def resolved(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        here = str(host).endswith(".example")
        return real("127.0.0.1" if here else host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    files = {"ssl_keyfile": str(key), "ssl_certfile": str(certificate)}
    with serving(application(town.portal), **files) as address:
        yield address.rpartition(":")[2]


def test_certificates_are_held_against_the_name_that_was_asked(town: Town, encrypted: str) -> None:
    assert town.report(f"https://portal.example:{encrypted}{LAYER}")["accepted"] == 25
    asked = len(town.portal.asked)
    said = town.run(f"https://other.example:{encrypted}{LAYER}", status=1).stderr
    assert "certificate" in said.lower()
    assert len(town.portal.asked) == asked


def test_nothing_leads_from_where_nobody_listens_to_where_others_could(
    town: Town, encrypted: str
) -> None:
    here = f"https://portal.example:{encrypted}"
    town.portal.lead_to = f"{town.address}/files/crime.csv"
    page = {"features": [], "links": [{"rel": "next", "href": f"{town.address}/ogc/more"}]}
    town.portal.faults = [lambda _: JSONResponse(page)]
    for path in ("/ogc/collections/crime", "/moved"):
        said = town.run(here + path, status=1).stderr
        assert "address of http scheme, which is not followed" in said
    assert len(town.portal.asked) == 1
