"""The demo as a newcomer runs it: it loads a city, shows its targets and serves them."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.api import demo_city
from tests.api.commands import environment
from tests.api.serving import free_port
from tests.patience import until


def read(url: str):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


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
            stored = [one for one in read(f"{url}/api/v1/runs") if one["process"] != "backtest"]
            assert len(stored) == 4
            listed = f"{url}/api/v1/runs/{stored[0]['id']}"
            until(lambda: read(listed)["backtest"]["status"] == "computed", told=log.read_text)
            assert "the list held" in read(listed)["backtest"]["sentence"]
            assert "backtest waits to be computed" in log.read_text()
            newest = read(f"{url}/api/v1/runs/{stored[0]['id']}/targets")
            assert json.loads(output.read_text())["features"] == newest["features"]
            again, first = read(f"{url}/api/v1/incidents/batches")
            assert (again["accepted"], again["duplicate"]) == (0, first["accepted"])
        finally:
            program.terminate()
            program.wait()
