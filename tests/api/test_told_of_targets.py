"""What is told of a target in the runs of the service: shared points, default times, neighbours."""

import csv
import io

import numpy as np
import pytest

from tests.api import published


def rows(number, place, start, minutes):
    for at in range(number):
        day = 1 + at % 28
        minute = minutes(at)
        yield [
            f"{start}{at}", "robbery",
            f"2024-{1 + at // 28 % 12:02d}-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00Z",
            *place(at), "Here",
        ]  # fmt: skip


@pytest.fixture
def town(client):
    """720 incidents, of which 120 are at one point and at midnight, and a lone cell of fifty."""
    assert client.put("/api/v1/boundaries/square", json=published.SQUARE).status_code == 200
    random = np.random.default_rng(4)
    x, y = random.uniform(-0.1, -0.06, 550), random.uniform(51.5, 51.53, 550)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["external_id", "offence_code", "occurred_from", "longitude", "latitude", "location_text"]
    )
    clock = random.integers(0, 1440, 550)
    table.writerows(rows(550, lambda at: (x[at], y[at]), "s", lambda at: clock[at]))
    table.writerows(rows(120, lambda at: (-0.0951, 51.5041), "p", lambda at: 0))
    table.writerows(rows(50, lambda at: (-0.065 + at * 1e-6, 51.526), "l", lambda at: clock[at]))
    answer = client.post(
        "/api/v1/incidents/batches?profile=generic", content=written.getvalue().encode()
    )
    assert answer.json()["accepted"] == 720, answer.text
    return client


def test_a_point_default_times_and_quiet_neighbours_are_told(town):
    run = published.run(town, strategy="top", top=2)
    first, second = (
        one["properties"] for one in town.get(f"/api/v1/runs/{run}/targets").json()["features"]
    )
    point = first["shared_point"]
    assert (point["longitude"], point["latitude"], point["incidents"]) == (-0.0951, 51.5041, 120)
    assert point["count_share"] >= 0.5
    assert "are at exactly one point, 51.50410, -0.09510" in first["note"]
    assert first["peak"] is None
    assert first["peak_reason"] == "default_times"
    assert "120 of the" in first["note"]
    assert second["shared_point"] is None
    assert second["class"] == "not_significant"
    assert "its neighbours hold nothing unusual" in second["note"]
