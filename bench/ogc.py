"""Pages and tiles of 200,000 cells, beside TiPg's stock application on the same table.

    python -m bench.ogc [--json] [--quick]

Both are servers of their own on one database, asked over HTTP by turns. TiPg is given an index on
the cell's id alone, which its order of pages wants. A tile of either holds 10,000 features at most:
TiPg takes any, Harmspot those of the first ranks.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h3ronpy
import morecantile
import numpy as np
from h3ronpy import vector
from sqlalchemy import make_url, text

from service.store.cluster.embedded import start
from service.store.copy import copy_rows, geometry_text
from service.store.models import AnalysisRun
from service.store.session import Database, agency_id
from spatial import grid

RUN = "b" * 24
PAGE = 10_000
ZOOMS = (8, 11, 14)
CENTRE = (-0.1, 51.5)
LEAST_S = 5.0
MOST_REPEATS = 200

OURS = """
import sys, uvicorn
from service.http.app import create_app
from service.store.session import Database
from service.settings import Settings
app = create_app(Settings(access="open", worker="none"), Database.at(sys.argv[1]))
uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", timeout_keep_alive=300)
"""
THEIRS = """
import functools, sys
import asyncpg, uvicorn
# Its settings take no address of a socket.
asyncpg.create_pool = functools.partial(asyncpg.create_pool, host=sys.argv[1])
import tipg.main
uvicorn.run(tipg.main.app, port=int(sys.argv[2]), log_level="warning", timeout_keep_alive=300)
"""


def fill(database: Database, cells: int) -> None:
    """Store a run of so many cells around London, as an analysis would have left it."""
    random = np.random.default_rng(1)
    longitude, latitude = (np.array([one]) for one in CENTRE)
    centre = vector.coordinates_to_cells(latitude, longitude, 10)
    radius = int(np.ceil(np.sqrt(cells / 3)))
    units = np.unique(np.asarray(h3ronpy.grid_disk(centre, radius, flatten=True)))[:cells]
    harm = np.round(random.gamma(0.3, 100, cells), 2)
    rank = np.empty(cells, dtype=int)
    rank[np.argsort(-harm)] = np.arange(1, cells + 1)
    names = ("hot_99", "hot_95", "not_significant")
    window = {"from": "2025-01-01", "to": "2025-12-31", "days": 365, "time_zones": ["UTC"]}
    run = AnalysisRun(
        id=RUN,
        process="getis-ord",
        parameters={"unit": "h3", "resolution": 10, "seed": 1},
        data_version=1,
        software_version="bench",
        provenance={"window": window},
        result={},
    )
    with database.session() as session:
        run.agency_id = agency_id(session, "default")
        session.add(run)
        session.flush()
        copy_rows(
            session,
            "unit_score",
            {
                "run_id": RUN,
                "unit_id": np.array([format(int(one), "x") for one in units]),
                "count": random.poisson(1, cells),
                "harm": harm,
                "z": random.normal(size=cells),
                "p": random.random(cells),
                "q": random.random(cells),
                "class": random.choice(names, cells, p=[0.05, 0.05, 0.9]),
                "rank": rank,
                "cumulative_harm_share": random.random(cells),
                "label": np.array([f"Street {one % 997}" for one in range(cells)]),
                "area_km2": random.random(cells),
                "harm_per_km2": random.random(cells),
                "geom": geometry_text(np.asarray(grid.polygons(units), dtype=object)),
            },
        )
        session.execute(text("CREATE INDEX ON unit_score (unit_id)"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE unit_score"))


@contextmanager
def served(
    program: str, database: str, environment: dict[str, str]
) -> Iterator[http.client.HTTPConnection]:
    """Run a server until it answers, and give a connection to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", program, database, str(port)], env=os.environ | environment
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                connection.connect()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.wait(30)


def got(connection: http.client.HTTPConnection, path: str, encoding: str) -> tuple[float, bytes]:
    """Return how long an answer took, and the answer."""
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": encoding})
    answer = connection.getresponse()
    content = answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200, f"{path}: {answer.status} {content[:300]!r}"
    return took, gzip.decompress(content) if answer.headers["Content-Encoding"] else content


def paths(ours: http.client.HTTPConnection, depth: int) -> dict[str, tuple[str, str]]:
    """Return what is asked of either, by name."""
    own, other = "/ogc/collections/units", "/collections/public.unit_score"
    before = f"{own}/items?limit=1&offset={depth - 1}"
    links = json.loads(got(ours, before, "identity")[1])["links"]
    following = urlsplit(next(one["href"] for one in links if one["rel"] == "next"))
    deep = f"{following.path}?{following.query}".replace("limit=1&", f"limit={PAGE}&")
    asked = {
        "first page": (f"{own}/items?limit={PAGE}", f"{other}/items?limit={PAGE}"),
        f"page at {depth:,}": (deep, f"{other}/items?limit={PAGE}&offset={depth}"),
    }
    tiles = "tiles/WebMercatorQuad"
    for zoom in ZOOMS:
        tile = morecantile.tms.get("WebMercatorQuad").tile(*CENTRE, zoom)
        asked[f"tile at zoom {zoom}"] = (
            f"{own}/{tiles}/{zoom}/{tile.y}/{tile.x}",
            f"{other}/{tiles}/{zoom}/{tile.x}/{tile.y}",
        )
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="20,000 cells")
    options = parser.parse_args()
    cells, depth, repeats = (20_000, 9_000, 3) if options.quick else (200_000, 150_000, 7)
    folder = Path(tempfile.mkdtemp(prefix="harmspot-bench-"))
    folder.chmod(0o755)
    rows: list[dict[str, Any]] = []
    with ExitStack() as held:
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = start(folder / "cluster")
        held.callback(cluster.stop)
        database = Database.at(cluster.url)
        held.callback(database.dispose)
        database.upgrade()
        fill(database, cells)
        address = make_url(cluster.url)
        environment = {
            "DATABASE_URL": f"postgresql://{address.username}@localhost/{address.database}",
            "TIPG_DB_TABLES": '["public.unit_score"]',
            "TIPG_TABLE_CONFIG__public_unit_score__pk": "unit_id",
            "TIPG_TABLE_CONFIG__public_unit_score__geomcol": "geom",
        }
        ours = held.enter_context(served(OURS, cluster.url, {}))
        theirs = held.enter_context(served(THEIRS, str(address.query["host"]), environment))
        for encoding in ("identity", "gzip"):
            for what, (own, other) in paths(ours, depth).items():
                times: dict[str, list[float]] = {"harmspot": [], "tipg": []}
                began = time.perf_counter()
                # A small tile takes milliseconds: it is asked for until its median stands.
                while len(times["tipg"]) <= repeats or (
                    time.perf_counter() - began < LEAST_S and len(times["tipg"]) <= MOST_REPEATS
                ):
                    for name, connection, path in (
                        ("harmspot", ours, own), ("tipg", theirs, other),
                    ):  # fmt: skip
                        times[name].append(got(connection, path, encoding)[0])
                # The first of each warms caches up.
                own_s, other_s = (statistics.median(one[1:]) for one in times.values())
                rows.append(
                    {
                        "what": what,
                        "encoding": encoding,
                        "cells": cells,
                        "harmspot_s": own_s,
                        "harmspot_first_s": times["harmspot"][0],
                        "tipg_s": other_s,
                        "tipg_times_harmspot": other_s / own_s,
                    }
                )
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(
        f"{'':20}{'encoding':>10}{'harmspot s':>12}{'first s':>10}{'tipg s':>10}{'tipg/ours':>11}"
    )
    for row in rows:
        print(
            f"{row['what']:20}{row['encoding']:>10}{row['harmspot_s']:12.4f}"
            f"{row['harmspot_first_s']:10.4f}{row['tipg_s']:10.4f}{row['tipg_times_harmspot']:11.2f}"
        )


if __name__ == "__main__":
    main()
