"""What a process that serves has to load before it answers, and what it must do without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from fastapi.testclient import TestClient

from service.store.session import Database
from tests.api import published

ROOT = Path(__file__).resolve().parents[2]

MAY_BE_LOADED = {
    # the web, and what its framework brings
    "annotated_doc", "annotated_types", "anyio", "click", "dotenv", "fastapi", "fastapi_offline",
    "jinja2", "markupsafe", "opentelemetry", "orjson", "pydantic", "pydantic_core",
    "pydantic_settings", "python_multipart", "starlette", "typing_extensions", "typing_inspection",
    "uvicorn",
    # compression
    "cramjam", "starlette_cramjam",
    # logs and figures
    "attr", "pygments", "prometheus_client", "rich", "structlog",
    # the database
    "greenlet", "packaging", "platformdirs", "psycopg", "psycopg_binary",
    "sqlalchemy",
    # schedules
    "croniter", "dateutil",
    # places: their geometry, projections, cells and tiles, and the filters of the OGC API
    "arro3", "certifi", "cql2", "h3ronpy", "morecantile", "numpy", "pyproj", "shapely",
    # tables of incidents and of exports
    "cloudpickle", "pyarrow",
}  # fmt: skip
"""All that `import service.http.app` may load. What computes (pandas, SciPy, numba, GDAL) costs a
second and some hundred MB: import it in the functions that compute."""

_LOADED = """
import json, sys
{first}
packages = {{
    name.partition(".")[0]
    for name, module in list(sys.modules.items())
    if "site-packages" in (getattr(module, "__file__", None) or "")
}}
print(json.dumps(sorted(one for one in packages if not one.startswith("_"))))
"""

_SERVED = """
from fastapi.testclient import TestClient
from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
with TestClient(create_app(Settings(worker="none"), Database.at({url!r}))) as client:
    for path in {paths!r}:
        answer = client.get(path, headers={{"Accept": "text/html"}})
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
"""


def loaded_by(code: str) -> set[str]:
    """Return the packages that a fresh interpreter has loaded after some code."""
    answer = subprocess.run(
        [sys.executable, "-c", _LOADED.format(first=code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_a_server_loads_only_what_serving_needs():
    assert loaded_by("import service.http.app") - MAY_BE_LOADED == set()


def test_pages_tiles_and_features_are_served_without_what_computes(
    client: TestClient, database: Database
):
    published.stock(client)
    run = published.run(client)
    paths = [
        "/",
        "/runs",
        f"/runs/{run}",
        f"/api/v1/runs/{run}/targets",
        f"/ogc/collections/units/tiles/WebMercatorQuad/10/340/511?run_id={run}",
        f"/ogc/collections/targets/items?run_id={run}",
        "/ogc/processes",
        "/api/v1/jobs",
    ]
    address = database.url.render_as_string(hide_password=False)
    loaded = loaded_by(_SERVED.format(url=address, paths=paths))
    assert loaded & {"numba", "scipy", "geopandas", "pandas", "pyogrio"} == set()


def test_the_science_is_at_hand_in_a_notebook():
    assert "fastapi" not in loaded_by("from spatial import getis_ord; getis_ord.gi_star")
