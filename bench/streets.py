"""Snapping against geopandas and PostGIS in one run, and the graph of a large network.

    python -m bench.streets [--json] [--quick]

Incidents are simulated along the road links of Cleveland (normal with 10 m to either side, one in
twenty anywhere), and each is asked for its nearest link within 50 m. All three get the same points
and links, made and indexed beforehand, in the same UTM zone: none projects, none reads a file.
Where an index is built within the time, it says so. PostGIS answers for fewer points, one session,
and its time is scaled to their number.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from bench.ingest import peak_memory_mb, scratch_database, scratch_server
from spatial import metres, streets

ROADS = Path(__file__).resolve().parents[2] / "shared/data/cleveland/roads.parquet"
REACH_M = 50

KNN = """
SELECT count(*), sum(link.away)
FROM (SELECT geom FROM bench_points WHERE id < {points}) AS incident
CROSS JOIN LATERAL (
    SELECT incident.geom <-> bench_links.geom AS away
    FROM bench_links ORDER BY incident.geom <-> bench_links.geom LIMIT 1
) AS link
WHERE link.away <= {reach}
"""


def incidents(links: gpd.GeoSeries, number: int) -> gpd.GeoSeries:
    """Return points along the links, as likely by length, and some of them anywhere."""
    random = np.random.default_rng(1)
    share = links.length.to_numpy() / links.length.sum()
    on = random.choice(len(links), number, p=share)
    along = shapely.line_interpolate_point(
        np.asarray(links.array)[on], random.random(number), normalized=True
    )
    xy = shapely.get_coordinates(along) + random.normal(0, 10, (number, 2))
    west, south, east, north = links.total_bounds
    anywhere = random.random(number) < 0.05
    xy[anywhere] = random.uniform((west, south), (east, north), (int(anywhere.sum()), 2))
    return gpd.GeoSeries(shapely.points(xy), crs=links.crs)


def seconds(run: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """Return the shortest of some runs, wall time, and what the last one gave."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        gave = run()
        times.append(time.perf_counter() - began)
    return min(times), gave


def snapping(points: int, knn_points: int) -> list[dict[str, Any]]:
    """Time each way of finding the nearest link."""
    segments = streets.prepare(gpd.read_parquet(ROADS))
    zone = metres.plane(segments.geometry)
    links = segments[["segment_id", "geometry"]].to_crs(zone)
    where = incidents(links.geometry, points)
    few = where.iloc[:1000]
    streets.snap(few, segments)
    index = streets.SnapIndex(segments)

    ready, found = seconds(lambda: index.snap(where, REACH_M), repeats=5)
    whole, _ = seconds(lambda: streets.snap(where, segments, REACH_M), repeats=3)
    degrees = where.to_crs(4326)
    lonlat = degrees.x.to_numpy(), degrees.y.to_numpy()
    from_degrees, _ = seconds(lambda: index.snap(lonlat, REACH_M), repeats=3)

    def joined(what: gpd.GeoSeries) -> gpd.GeoDataFrame:
        return gpd.sjoin_nearest(
            gpd.GeoDataFrame(geometry=what),
            links,
            how="left",
            max_distance=REACH_M,
            distance_col="away",
        )

    joined(few)
    _ = links.sindex
    peer, table = seconds(lambda: joined(where))
    _agree(found, table, where, zone)
    with scratch_server() as server, scratch_database(server) as database:
        with database.engine.begin() as connection:
            _load(connection, where.iloc[:knn_points], links)
        with database.engine.connect() as connection:
            connection.execute(text(KNN.format(points=len(few), reach=REACH_M)))
            query = text(KNN.format(points=knn_points, reach=REACH_M))
            knn, gave = seconds(lambda: connection.execute(query).one())
    within = table["away"].groupby(level=0).first().iloc[:knn_points]
    assert abs(gave[0] - within.notna().sum()) <= 1e-4 * knn_points
    knn *= points / knn_points
    return [
        {"what": "harmspot, index ready", "seconds": ready},
        {"what": "harmspot, index built", "seconds": whole},
        {"what": "harmspot, from degrees", "seconds": from_degrees},
        {"what": "geopandas.sjoin_nearest", "seconds": peer, "times_harmspot": peer / ready},
        {"what": "PostGIS <->", "seconds": knn, "times_harmspot": knn / ready},
    ]


def _agree(
    found: streets.Snapped, table: gpd.GeoDataFrame, where: gpd.GeoSeries, zone: Any
) -> None:
    """Hold both answers to each other: who is in reach, and how far."""
    away = table["away"].groupby(level=0).first().to_numpy()
    xy = shapely.get_coordinates(np.asarray(where.array))
    ground = away / metres.scale(xy[:, 0], xy[:, 1], zone)
    both = ~np.isnan(away) & (found.segment >= 0)
    assert (np.isnan(away) == (found.segment < 0)).mean() > 0.9999  # 50 m are not quite 50 m
    np.testing.assert_allclose(found.distance_m[both], ground[both], rtol=1e-6, atol=1e-8)


def _load(connection: Connection, where: gpd.GeoSeries, links: gpd.GeoDataFrame) -> None:
    """Put points and links into tables with their indexes."""
    points = gpd.GeoDataFrame(
        {"id": np.arange(len(where))}, geometry=where.to_numpy(), crs=where.crs
    )
    for name, table in (("bench_points", points), ("bench_links", links)):
        table.rename_geometry("geom").to_postgis(name, connection)
    connection.execute(text("ALTER TABLE bench_points ADD PRIMARY KEY (id)"))
    connection.execute(text("CREATE INDEX ON bench_links USING gist (geom)"))
    connection.execute(text("ANALYZE"))


def tiled(copies: int) -> gpd.GeoDataFrame:
    """Return the road links and copies of them, each east of the one before, as one network."""
    links = streets.prepare(gpd.read_parquet(ROADS))
    west, _, east, _ = links.total_bounds
    junctions = links[["node_from", "node_to"]].max().max() + 1
    moved = [
        links.assign(
            segment_id=f"{copy:02d}/" + links["segment_id"],
            node_from=links["node_from"] + copy * junctions,
            node_to=links["node_to"] + copy * junctions,
            geometry=links.geometry.translate((east - west) * copy),
        )
        for copy in range(copies)
    ]
    return pd.concat(moved, ignore_index=True)


def graph(copies: int, within_m: float | None, answer: Any) -> None:
    """Build a graph, and send back its segments, links, seconds and memory of this process."""
    network = tiled(copies)
    streets.neighbours(network.iloc[:1000], within_m)
    before = _forget_peak()
    took, made = seconds(lambda: streets.neighbours(network, within_m))
    answer.send((len(network), made.nnz, took, peak_memory_mb() - before))


def _forget_peak() -> float:
    """Let the peak of memory begin anew, where the system can, and return it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_memory_mb()


def graphs(copies: int) -> list[dict[str, Any]]:
    """Time the graph of a tiled network, each way in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    rows = []
    for within_m in (None, 200.0):
        here, there = spawn.Pipe()
        process = spawn.Process(target=graph, args=(copies, within_m, there))
        process.start()
        segments, links, took, memory_mb = here.recv()
        process.join()
        rows.append(
            {
                "what": "junctions" if within_m is None else f"within {within_m:.0f} m",
                "segments": segments,
                "neighbours": links / segments,
                "seconds": took,
                "memory_mb": memory_mb,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options = parser.parse_args()
    if not ROADS.exists():
        parser.exit(message="the roads of Cleveland are not beside the checkout: nothing to time\n")
    points, knn_points, copies = (100_000, 10_000, 1) if options.quick else (1_000_000, 100_000, 9)
    snapped, built = snapping(points, knn_points), graphs(copies)
    if options.json:
        figures = {"points": points, "postgis_points": knn_points, "reach_m": REACH_M}
        print(json.dumps({**figures, "snapping": snapped, "graphs": built}, indent=2))
        return
    print(f"{points:,} points (PostGIS: {knn_points:,}, scaled), {REACH_M} m")
    print(f"{'':26}{'seconds':>10}{'times harmspot':>16}")
    for row in snapped:
        ratio = f"{row['times_harmspot']:16,.0f}" if "times_harmspot" in row else ""
        print(f"{row['what']:26}{row['seconds']:10.3f}{ratio}")
    print(f"\n{'neighbours':26}{'segments':>10}{'each':>8}{'seconds':>10}{'more MB':>10}")
    for row in built:
        print(
            f"{row['what']:26}{row['segments']:10,}{row['neighbours']:8.1f}"
            f"{row['seconds']:10.2f}{row['memory_mb']:10,.0f}"
        )


if __name__ == "__main__":
    main()
