"""Ingest against geopandas.to_postgis, side by side on one server, and its memory.

    python -m bench.ingest [--rows 1000000] [--json]

Ours is the whole way of a CSV file: parsed, validated, deduplicated, merged into the indexed
incident table. The peer writes the same points, already in memory, to a bare table without an
index. Both are asked for the same columns; `points only` is the peer with nothing but geometry.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import text

from service.ingest import ingest, load_profile
from service.ingest.readers.formats import reading
from service.ingest.readers.inputs import opened
from service.ingest.readers.limits import Limits
from service.store.cluster.embedded import start
from service.store.session import Database, agency_id

if TYPE_CHECKING:  # the measured process of ours does without it
    from geopandas import GeoDataFrame

OFFENCES = np.array(["burglary", "robbery", "violence-with-injury", "other-theft", "arson"])


def incidents(rows: int, seed: int = 1) -> pd.DataFrame:
    """Return made-up incidents: exact times of five years, places around 300 clusters."""
    random = np.random.default_rng(seed)
    centres = random.normal((-87.65, 41.85), (0.06, 0.08), (300, 2))
    places = centres[random.integers(0, 300, rows)] + random.normal(0, 0.004, (rows, 2))
    seconds = random.integers(0, 5 * 365 * 86_400, rows)
    occurred = pd.Timestamp("2019-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    return pd.DataFrame(
        {
            "external_id": [f"HX{number:09d}" for number in random.permutation(rows)],
            "offence_code": OFFENCES[random.integers(0, len(OFFENCES), rows)],
            "occurred_from": occurred.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "longitude": places[:, 0].round(6),
            "latitude": places[:, 1].round(6),
            "location_text": [
                f"{block:03d}XX S STATE ST" for block in random.integers(0, 99, rows)
            ],
        }
    )


@contextmanager
def scratch_server() -> Iterator[str]:
    """Yield a server's address: HARMSPOT_DATABASE_URL, or a private cluster for this run."""
    given = os.environ.get("HARMSPOT_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="harmspot-bench-"))
    folder.chmod(0o755)
    cluster = start(folder / "cluster")
    try:
        yield cluster.url
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_database(server: str) -> Iterator[Database]:
    """Yield an empty database with the schema, dropped afterwards."""
    name = f"bench_{os.urandom(4).hex()}"
    admin = Database.at(server)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        database = Database(admin.url.set(database=name))
        try:
            database.upgrade()
            yield database
        finally:
            database.dispose()
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def ours(url: str, file: str, answer: Any) -> None:
    """Ingest a file and send back seconds, accepted rows and peak memory of this process."""
    database = Database.at(url)
    started = time.perf_counter()
    with database.session() as session:
        report = ingest(session, agency_id(session, "bench"), file, load_profile("generic"))
    seconds = time.perf_counter() - started
    answer.send((seconds, report.accepted, peak_memory_mb()))


def peak_memory_mb() -> float:
    """Return this process's peak memory; Linux's ru_maxrss would be at least the parent's."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed_ours(server: str, file: Path, rows: int) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of an ingest in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with scratch_database(server) as database:
        url = database.url.render_as_string(hide_password=False)
        here, there = spawn.Pipe()
        process = spawn.Process(target=ours, args=(url, str(file), there))
        process.start()
        seconds, accepted, peak_mb = here.recv()
        process.join()
    assert accepted == rows, f"{accepted} of {rows} accepted"
    return seconds, peak_mb


def timed_peer(server: str, table: GeoDataFrame) -> float:
    """Return the seconds of geopandas.to_postgis to a bare table."""
    with scratch_database(server) as database:
        with database.engine.connect():
            pass
        started = time.perf_counter()
        with database.engine.begin() as connection:
            table.to_postgis("bare", connection)
        return time.perf_counter() - started


def timed_sheets(file: Path, rows: int, repeats: int = 3) -> tuple[float, float]:
    """Return the seconds of reading a workbook, by us and by pandas with the same engine.

    Each is the quickest of several in turn, of the processor's time: ours to text in batches of
    Arrow, as every reader gives it, with the size of the workbook checked before; theirs to a
    table.
    """
    profile = load_profile("generic")
    ours_s, pandas_s = [], []
    for _ in range(repeats):
        started = time.process_time()
        with opened(file) as content, reading(content, profile, Limits()) as reader:
            read = sum(len(batch.lines) for batch in reader)
        ours_s.append(time.process_time() - started)
        assert read == rows, f"{read} of {rows} rows"
        started = time.process_time()
        pd.read_excel(file, engine="calamine")
        pandas_s.append(time.process_time() - started)
    return min(ours_s), min(pandas_s)


def main() -> None:
    import geopandas as gpd

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made = incidents(options.rows)
    with tempfile.TemporaryDirectory() as folder, scratch_server() as server:
        file, anonymous, quarter = (Path(folder) / f"{one}.csv" for one in ("ids", "none", "few"))
        made.to_csv(file, index=False)
        made.drop(columns="external_id").to_csv(anonymous, index=False)
        made.head(options.rows // 4).to_csv(quarter, index=False)
        geometry = gpd.points_from_xy(made.longitude, made.latitude, crs=4326)
        every = gpd.GeoDataFrame(
            made.drop(columns=["longitude", "latitude"]).assign(
                occurred_from=pd.to_datetime(made.occurred_from)
            ),
            geometry=geometry,
        )
        peer = timed_peer(server, every)
        seconds, peak_mb = timed_ours(server, file, options.rows)
        seconds_none, _ = timed_ours(server, anonymous, options.rows)
        points_only = timed_peer(server, every[["geometry"]])
        _, peak_quarter_mb = timed_ours(server, quarter, options.rows // 4)
        workbook, of_sheet = Path(folder) / "sheet.xlsx", min(options.rows, 100_000)
        sheet = made.head(of_sheet)
        moments = pd.to_datetime(sheet.occurred_from).dt.tz_localize(None)
        sheet.assign(occurred_from=moments).to_excel(workbook, index=False, engine="xlsxwriter")
        sheet_s, sheet_pandas_s = timed_sheets(workbook, of_sheet)
    figures = {
        "rows": options.rows,
        "ours_rows_per_s": options.rows / seconds,
        "ours_without_ids_rows_per_s": options.rows / seconds_none,
        "to_postgis_rows_per_s": options.rows / peer,
        "to_postgis_points_only_rows_per_s": options.rows / points_only,
        "ratio": peer / seconds,
        "ratio_points_only": points_only / seconds,
        "peak_mb": peak_mb,
        "peak_mb_quarter": peak_quarter_mb,
        "xlsx_rows_per_s": of_sheet / sheet_s,
        "xlsx_pandas_rows_per_s": of_sheet / sheet_pandas_s,
        "ratio_xlsx": sheet_pandas_s / sheet_s,
    }
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{options.rows:,} rows          rows/s   ours/peer")
    for label, key, ratio in (
        ("ours, with ids", "ours_rows_per_s", None),
        ("ours, without ids", "ours_without_ids_rows_per_s", None),
        ("to_postgis", "to_postgis_rows_per_s", "ratio"),
        ("to_postgis, points", "to_postgis_points_only_rows_per_s", "ratio_points_only"),
        ("XLSX, reading", "xlsx_rows_per_s", None),
        ("XLSX, pandas", "xlsx_pandas_rows_per_s", "ratio_xlsx"),
    ):
        print(f"{label:<20}{figures[key]:>12,.0f}" + (f"{figures[ratio]:>12.2f}" if ratio else ""))
    print(
        f"peak memory of ours {peak_mb:.0f} MB, at a quarter of the rows {peak_quarter_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
