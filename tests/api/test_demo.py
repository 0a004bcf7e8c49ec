"""The demo as a newcomer runs it: it loads a city, shows its targets and serves them."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from service.cli.sample_city import AGENCY
from tests.api import demo_city
from tests.api.commands import called, environment
from tests.api.serving import free_port
from tests.patience import until


def read(url: str, key: str | None = None):
    asked = urllib.request.Request(url, headers={"X-API-Key": key} if key else {})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def logged_in(link: str) -> tuple[int, str]:
    """Follow a link as its page does; return the answer's status and where it led."""
    address, _, code = link.partition("#")
    jar = urllib.request.HTTPCookieProcessor()
    form = urllib.parse.urlencode({"code": code}).encode()
    with urllib.request.build_opener(jar).open(address, form) as answer:
        return answer.status, answer.url


def is_ready(url: str) -> bool:
    try:
        return read(f"{url}/readyz")["status"] == "ready"
    except OSError:
        return False


def test_the_demo_serves_what_it_stored_and_run_again_stores_nothing_twice(
    databases, tmp_path: Path
):
    with demo_city.copied(databases) as database:
        port = free_port()
        url, output, log = f"http://127.0.0.1:{port}", tmp_path / "out.geojson", tmp_path / "log"
        with log.open("wb") as written:
            program = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "demo", "--port", str(port), "-o", output],
                stdout=written,
                stderr=written,
                env=environment({"DATABASE_URL": demo_city.address(database)}),
            )
        try:
            until(lambda: is_ready(url) or program.poll() is not None, told=log.read_text)
            assert program.poll() is None, log.read_text()
            until(lambda: "The map: " in log.read_text(), told=log.read_text)
            (link,) = re.findall(r"The map: (\S+)", log.read_text())
            assert link.startswith(f"{url}/login#")
            assert logged_in(link) == (200, f"{url}/")
            with pytest.raises(urllib.error.HTTPError, match="401"):
                logged_in(link)
            with pytest.raises(urllib.error.HTTPError, match="401"):
                read(f"{url}/api/v1/runs")
            settings = {"DATABASE_URL": demo_city.address(database), "AGENCY": AGENCY}
            made = called("key", "create", "--role", "admin", "--name", "me", "--json",
                          settings=settings)  # fmt: skip
            key = json.loads(made.stdout)["key"]
            found = read(f"{url}/api/v1/runs", key)
            stored = [one for one in found if one["process"] != "backtest"]
            assert len(stored) == 4
            listed = f"{url}/api/v1/runs/{stored[0]['id']}"
            until(lambda: read(listed, key)["backtest"]["status"] == "computed", told=log.read_text)
            assert "the list held" in read(listed, key)["backtest"]["sentence"]
            assert "backtest waits to be computed" in log.read_text()
            newest = read(f"{url}/api/v1/runs/{stored[0]['id']}/targets", key)
            assert json.loads(output.read_text())["features"] == newest["features"]
            again, first = read(f"{url}/api/v1/incidents/batches", key)
            assert (again["accepted"], again["duplicate"]) == (0, first["accepted"])
        finally:
            program.terminate()
            program.wait()
