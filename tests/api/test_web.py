"""The pages for the browser: what they are told of the installation, and what they may load."""

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from service.http.app import create_app
from service.http.pages import web
from service.settings import Settings


def app_with(database, **settings) -> TestClient:
    return TestClient(create_app(Settings(worker="none", **settings), database))


def test_the_installation_tells_what_its_pages_need(database):
    with app_with(database, agency="default", ogc_incidents=True, max_upload_mb=7) as client:
        told = client.get("/api/v1/installation").json()
    assert told["agency"] == "default"
    assert told["incidents"] is True
    assert told["max_upload_mb"] == 7
    assert told["basemap"] == {"kind": "none", "url": None, "attribution": ""}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png?key=1", "raster"),
        ("https://tiles.example/city.pmtiles", "pmtiles"),
    ],
)
@pytest.mark.parametrize("page", ["/", "/data"])
def test_pages_may_load_their_own_and_the_basemap_alone(database, page, address, kind):
    with app_with(database) as client:
        policy = client.get(page).headers["content-security-policy"]
    assert "https:" not in policy
    assert "unsafe" not in policy
    with app_with(database, basemap=address, basemap_attribution="© City") as client:
        policy = client.get(page).headers["content-security-policy"]
        told = client.get("/api/v1/installation").json()["basemap"]
    assert "connect-src 'self' https://tiles.example;" in policy
    assert "script-src 'self';" in policy
    assert told == {"kind": kind, "url": address, "attribution": "© City"}


@pytest.mark.parametrize(
    "wrong", ["https://tiles.example/{z}/{x}.png", "https://tiles.example", "osm"]
)
def test_a_basemap_that_cannot_be_drawn_is_refused_with_what_would_be_right(wrong):
    with pytest.raises(ValidationError, match=r"\{z\}, \{x\} and \{y\}"):
        Settings(basemap=wrong)


def test_files_named_by_their_content_may_be_kept_for_ever(database):
    with app_with(database) as client:
        page = client.get("/").text
        script = page.split('<script type="module" crossorigin src="')[1].split('"')[0]
        assert "immutable" in client.get(f"/{script}").headers["cache-control"]
        assert client.get("/static/base.css").headers["cache-control"] == "no-cache"


def test_a_copy_whose_pages_were_not_built_says_how_to(database, monkeypatch, tmp_path):
    monkeypatch.setattr(web, "static_dir", lambda: tmp_path)
    with app_with(database) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
