"""What is odd about the sources of a window stands on every run that rests on them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.test_quality import HEADER, URL, month

ASKED = "/api/v1/targets?index=count&from=2023-01-01&to=2023-09-30&resolution=8&strategy=top&top=3"


def asked(client: TestClient, *months: str) -> dict[str, Any]:
    for content in months:
        assert client.post(URL, content=content).status_code == 200
    answer = client.get(ASKED)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_source(found: dict[str, Any]) -> list[str]:
    return [one for one in found["run"]["warnings"] if one.startswith("Source records: ")]


def good(*but: int) -> list[str]:
    return [month(number, 60) for number in range(1, 10) if number not in but]


def test_a_good_source_has_no_caution(client: TestClient) -> None:
    found = asked(client, *good())
    assert of_source(found) == []
    assert not any("decimals" in one["properties"]["note"] for one in found["features"])


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ([*good(5), month(5, 20)], "fewer incidents than the usual 61: 2023-05 (21)."),
        (good(5), "2023-05 (0)"),
        (
            [*good(), *(month(number, 30, "arson") for number in range(1, 7))],
            "have none: arson (186 before)",
        ),
        ([*good(9), month(9, 60, clock="00:00")], "of the exact times are 00:00"),
    ],
    ids=["half a month", "no month", "an offence gone", "default times"],
)
def test_what_is_odd_is_a_warning_of_the_run(
    client: TestClient, months: list[str], said: str
) -> None:
    [warning] = of_source(asked(client, *months))
    assert said in warning


def test_coarse_places_are_told_where_they_are(client: TestClient) -> None:
    rough = "".join(
        f"c{n},robbery,2023-05-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}Z,"
        f"{0.3 + n % 3 / 1000:.3f},{51.6 + n % 7 / 1000:.3f},\n"
        for n in range(140)
    )
    found = asked(client, *good(), HEADER + rough)
    warnings = of_source(found)
    assert any("three decimals or fewer" in one for one in warnings)
    told = {
        one["properties"]["count"]: "three decimals or fewer" in one["properties"]["note"]
        for one in found["features"]
    }
    assert told[max(told)]
    assert not all(told.values())


def test_a_point_with_a_twentieth_of_all_is_told(client: TestClient) -> None:
    point = "".join(
        f"p{n},robbery,2023-05-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}Z,0.01234,51.51234,\n"
        for n in range(40)
    )
    [warning] = of_source(asked(client, *good(), HEADER + point))
    assert "7% of the incidents lie on one point, 51.51234, 0.01234" in warning
