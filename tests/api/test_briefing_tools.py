"""The examples for makers of briefing tools run as they stand, and print what they say."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import httpx2
import pytest

from service.access import login
from service.http.app import create_app
from service.settings import Settings
from service.store.tenant import Tenant
from tests.api import published
from tests.api.serving import serving
from tests.patience import PATIENCE_S

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/briefing-tools.md"
ADDRESS = "http://127.0.0.1:8000"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples_with_curl_do_what_the_text_says(database, tmp_path):
    blocks = re.findall(r"```(sh|text)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert [kind for kind, _ in blocks].count("sh") >= 5
    with serving(create_app(Settings(access="known", worker="none"), database)) as address:
        with Tenant(database, Settings().agency).unit_of_work() as (session, agency):
            admin, planner = (
                login.make_key(session, agency, name=role, roles=[role], by="test").text
                for role in ("admin", "planner")
            )
        mine = {"X-API-Key": admin}
        with httpx2.Client(base_url=address, timeout=PATIENCE_S, headers=mine) as client:
            published.stock(client, place="High Street")
            published.publish(client, published.run(client))
            client.put("/api/v1/boundaries/city", json=published.SQUARE).raise_for_status()
        said = ""
        for kind, block in blocks:
            if kind == "text":
                assert said == block
                continue
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.replace(ADDRESS, address)],
                cwd=tmp_path,
                env=os.environ | {"KEY": planner},
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
            )
            assert ran.returncode == 0, ran.stderr
            said = ran.stdout
    (item,) = json.loads((tmp_path / "feed.json").read_text())["items"]
    (other,) = json.loads((tmp_path / "newest.json").read_text())["items"]
    assert item["id"] == other["id"]
    assert ElementTree.parse(tmp_path / "feed.atom").getroot().tag.endswith("feed")
    targets = json.loads((tmp_path / "targets.geojson").read_text())
    assert len(targets["features"]) == item["_harmspot"]["targets"] > 0
    assert {"note", "class", "harm"} <= set(targets["features"][0]["properties"])
    assert "warnings" in targets["run"]
    own = json.loads((tmp_path / "own.json").read_text())
    assert own["run"]["study_area"]["name"] == "city"
    assert "horoscope" in json.loads((tmp_path / "refusal.json").read_text())["detail"]


def test_every_field_of_an_entry_is_explained(client):
    published.stock(client)
    published.publish(client, published.run(client))
    (item,) = client.get("/api/v1/feeds/targets.json").json()["items"]
    explained = DOCUMENT.read_text()
    for field in set(item) - {"_harmspot", "date_published"}:
        assert f"`{field}`" in explained, field
