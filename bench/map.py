"""The map of 100,000 cells in a browser: frames while it moves, first paint, size of bundles.

    python -m bench.map [--cells 100000] [--json]

A run of targets is made on a square of that many cells, and its page opened in Chromium, which is
then dragged and zoomed by script. Without a graphics card the browser draws on the processor, so
that frames are slower than on a planner's desk; the peer is the same map with the cells put away.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from playwright.sync_api import Browser, Page, sync_playwright

from bench.end_to_end import WEIGHTS
from bench.ingest import incidents, scratch_database, scratch_server
from bench.ogc import OURS, served
from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.analyses.targets import TargetsParams
from service.ingest import ingest, load_profile
from service.resources import static_dir
from service.settings import Settings
from service.store.repository import harm_indexes
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries

CENTRE = (-87.65, 41.85)
CELL_KM2 = 0.0151
"""Of resolution 10, where the incidents lie."""
RESOLUTION = 10
INCIDENTS = 200_000
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # fmt: skip

RECORD = """() => {
    window.frames_ms = [];
    window.longest_tasks_ms = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.longest_tasks_ms.push(one.duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    const next = (now) => {
        window.frames_ms.push(now - last);
        last = now;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
}"""
PAINTED = """() => performance.getEntriesByName("units painted")[0]?.startTime ?? null"""


def fill(database: Database, cells: int) -> tuple[str, int]:
    """Make targets on a square of so many cells; return the run, and how many there are."""
    tenant = Tenant(database, Settings().agency)
    tenant.equip()
    side_km = math.sqrt(cells * CELL_KM2)
    high = side_km / 111.2 / 2
    wide = high / math.cos(math.radians(CENTRE[1]))
    area = shapely.box(CENTRE[0] - wide, CENTRE[1] - high, CENTRE[0] + wide, CENTRE[1] + high)
    with tempfile.TemporaryDirectory() as folder, tenant.unit_of_work() as (session, agency):
        file = Path(folder) / "incidents.csv"
        incidents(INCIDENTS).to_csv(file, index=False)
        ingest(session, agency, file, load_profile("generic"), file_name=file.name)
        about = harm_indexes.IndexDescription("bench", "1", "Benchmark", "days")
        harm_indexes.load(session, agency, about, WEIGHTS)
        square = gpd.GeoDataFrame(geometry=[area], crs=4326)
        boundaries.load(session, agency, square, "city", where="bench")
    params = TargetsParams.model_validate(
        {
            "index": "bench",
            "study_area": "city",
            "resolution": RESOLUTION,
            "from": "2019-01-01",
            "to": "2023-12-30",
            "top": 50,
        }
    )
    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES["targets"], params, lambda *_: None)
        return run.id, int(run.provenance["study_area"]["units"])


def opened(browser: Browser, url: str) -> Page:
    """Open a page, and wait until all that is in view is drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(url)
    page.wait_for_selector("#map[aria-busy=false]", timeout=120_000)
    return page


def moved(page: Page) -> dict[str, Any]:
    """Drag the map to and fro, zoom in and out, and return how long frames took."""
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(RECORD)
    for dx, dy in ((-180, 0), (180, 60), (0, -120), (0, 60)):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y + dy, steps=30)
        page.mouse.up()
    for delta in [-120] * 16 + [120] * 16:
        page.mouse.wheel(0, delta)
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    frames = sorted(page.evaluate("window.frames_ms"))
    return {
        "frames": len(frames),
        "median_ms": round(frames[len(frames) // 2], 1),
        "p95_ms": round(frames[int(len(frames) * 0.95)], 1),
        "longest_ms": round(frames[-1], 1),
        "long_tasks": len(page.evaluate("window.longest_tasks_ms")),
    }


def bundles() -> dict[str, int]:
    """Return how many bytes each file of the built pages has, compressed."""
    return {
        one.name: len(gzip.compress(one.read_bytes()))
        for one in sorted((static_dir() / "web" / "assets").iterdir())
        if one.suffix in (".js", ".css")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    sizes = bundles()
    with scratch_server() as server, scratch_database(server) as database:
        run, units = fill(database, options.cells)
        address = database.url.render_as_string(hide_password=False)
        with served(OURS, address, {}) as connection, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(FLAGS)
            )
            url = f"http://127.0.0.1:{connection.port}/?run={run}"
            opened(browser, url).close()  # warms caches of the service up
            page = opened(browser, url)
            painted_ms = page.evaluate(PAINTED)
            drawn_ms = page.evaluate("performance.now()")
            with_cells = moved(page)
            page.close()
            without = moved(opened(browser, f"{url}&hidden=units,density"))
            browser.close()
    figures = {
        "cells": units,
        "first_paint_ms": round(painted_ms),
        "all_drawn_ms": round(drawn_ms),
        "moved": with_cells,
        "moved_without_cells": without,
        "median_to_without": round(with_cells["median_ms"] / without["median_ms"], 2),
        "bundles_bytes": sizes,
        "bundles_together_bytes": sum(sizes.values()),
    }
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{units:,} cells: first painted after {painted_ms:.0f} ms, all after {drawn_ms:.0f} ms")
    columns = f"{'median ms':>11}{'p95 ms':>9}{'longest ms':>12}{'tasks > 50 ms':>15}"
    print(f"{'frames while moved':<22}{columns}")
    for name, one in (("with the cells", with_cells), ("without them", without)):
        print(
            f"  {name:<20}{one['median_ms']:11.1f}{one['p95_ms']:9.1f}{one['longest_ms']:12.1f}"
            f"{one['long_tasks']:15d}"
        )
    for name, size in sizes.items():
        print(f"  {name:<44}{size / 1000:8.1f} kB gzip")
    print(f"  {'together':<44}{sum(sizes.values()) / 1000:8.1f} kB gzip")


if __name__ == "__main__":
    main()
