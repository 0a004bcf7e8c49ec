"""Strays are told by their distance from the bulk, shared points by how many share others."""

import numpy as np
import pytest

from service.ingest.checks.lines import Origins
from service.ingest.checks.spread import Spread, cells, degree


def spread(*places: tuple[float, float, int]) -> Spread:
    made = Spread()
    random = np.random.default_rng(1)
    for longitude, latitude, rows in places:
        noise = random.normal(0, 0.03, (2, rows)) if rows > 30 else np.zeros((2, rows))
        lines = np.arange(made.rows + 2, made.rows + 2 + rows)
        made.add(longitude + noise[0], latitude + noise[1], lines)
    return made


@pytest.mark.parametrize(
    ("places", "rows"),
    [
        ([(-87.6, 41.8, 500), (-91.69, 36.62, 4)], 4),
        ([(-87.6, 41.8, 500), (-91.69, 36.62, 1), (0.5, 51, 2)], 3),
        ([(179.99, -17, 500), (-179.99, -17, 300)], 0),
        ([(179.99, -17, 500), (0, 0.5, 3)], 3),
        ([(-0.1, 51.5, 3), (-4, 57, 1)], 1),
        ([(-0.1, 51.5, 2), (-4, 57, 1)], 0),  # a third is no stray
        ([(-0.1, 51.5, 500), (-2.2, 53.5, 300)], 0),  # two towns
        ([(-0.1, 51.5, 500), (-0.9, 51.5, 3)], 0),  # 55 km away
        ([(-0.1, 51.5, 1), (-3, 54, 1), (-4, 56, 1), (-5, 50, 1)], 4),  # no two together
        ([(-0.1, 51.5, 1)], 0),
    ],
)
def test_strays(places: list[tuple[float, float, int]], rows: int) -> None:
    found = spread(*places).strays()
    assert (found.rows if found else 0) == rows


def test_a_country_has_no_strays() -> None:
    random = np.random.default_rng(2)
    made = Spread()
    made.add(random.uniform(-5, 1, 3000), random.uniform(50, 58, 3000), np.arange(3000))
    assert made.strays() is None


def test_one_row_is_told_by_what_the_source_holds() -> None:
    one = spread((-0.1, 51.5, 1))
    stored = [(int(cells(np.array([-87.6]), np.array([41.8]))[0]), -87.6, 41.8, 900)]
    found = one.strays(stored)
    assert found is not None
    assert (found.rows, found.of) == (1, 1)
    assert found.nearest_km == pytest.approx(6360, abs=20)
    assert spread((-87.61, 41.81, 1)).strays(stored) is None


def test_a_point_that_many_share_beside_scattered_ones() -> None:
    made = spread((-0.1, 51.5, 600))
    made.add(np.full(120, -0.12), np.full(120, 51.51), np.arange(120))
    [told] = made.warnings(None, Origins(), rejected=False)
    assert (told.code, told.rows) == ("shared_points", 120)
    assert told.share == pytest.approx(1 / 6)
    assert "(-0.12, 51.51)" in told.message


def test_points_that_a_publisher_snaps_to_are_no_default() -> None:
    random = np.random.default_rng(3)
    share = 1 / np.arange(5, 205)
    made = Spread()
    for _ in range(10):
        point = random.choice(200, 700, p=share / share.sum())
        made.add(-0.1 + point / 1000, 51.5 + point / 900, np.arange(700))
    assert made.points.most_common(1)[0][1] > 0.05 * made.rows
    assert made.warnings(None, Origins(), rejected=False) == []


def test_shared_points_are_counted_over_all_pieces() -> None:
    random = np.random.default_rng(4)
    made = Spread()
    for _ in range(5):
        longitude, latitude = random.normal(0, 0.1, (2, 20_000))
        longitude[:2000], latitude[:2000] = 0.5, 0.5
        made.add(longitude, latitude, np.arange(20_000))
    [told] = made.warnings(None, Origins(), rejected=False)
    assert told.rows == 10_000


def test_points_are_counted_from_the_first_row_on() -> None:
    random = np.random.default_rng(5)
    made = Spread()
    for shared in (150, 150, 1100):  # frequent in the last piece alone
        longitude, latitude = random.normal(0, 0.1, (2, 20_000))
        longitude[:shared], latitude[:shared] = 0.5, 0.5
        made.add(longitude, latitude, np.arange(20_000))
    [(_, rows)] = made.points.most_common(1)
    assert rows == 1400


def test_a_cell_knows_its_degree() -> None:
    codes = cells(np.array([-0.05, 0.0, -180, 179.99]), np.array([51.5, -0.01, -90, 90.0]))
    assert [degree(int(one)) for one in codes] == [(-1, 51), (0, -1), (-180, -90), (179, 90)]
