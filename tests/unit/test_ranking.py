"""What is known of units at the end of a day: from arrays, and from nothing that came later."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy import sparse

from service.analyses.study.ranking import Ground, Held, rank
from spatial import cube, forecast

DAY = 20_000
ROW = sparse.csr_array(np.diag([1, 1, 1], 1) + np.diag([1, 1, 1], -1)).astype(np.int8)
GROUND = Ground.of(ROW, np.array([1.0, 1.0, 1.0, 0.5]))


def held(position, day, code=None, *, months=False, units=4) -> Held:
    code = np.zeros(len(day), dtype=np.intp) if code is None else np.asarray(code)
    weight = np.array([36_500, 100])
    return Held(
        units=units,
        position=np.asarray(position, dtype=np.intp),
        hundredths=weight[code],
        day=np.asarray(day, dtype=np.int64),
        code=code,
        codes=("robbery", "theft"),
        weight=weight,
        family=("robbery", None),
        months=months,
    )


def many(seed: int = 1, number: int = 400) -> Held:
    draw = np.random.default_rng(seed)
    position = draw.choice(4, number, p=[0.7, 0.1, 0.1, 0.1])
    day = DAY - draw.integers(0, 600, number)
    return held(position, day, draw.integers(0, 2, number))


def told(known) -> dict[str, object]:
    shown = {one.name: getattr(known, one.name) for one in fields(known)}
    del shown["outlook"]
    shown |= {"expected": known.outlook.harm, "history": known.outlook.history}
    return shown


def test_what_is_expected_is_what_the_forecast_says_of_all_that_is_held():
    known = rank(many(), GROUND, DAY - 364, DAY)
    given = many()
    counts = cube.build(given.position, given.day, given.code, units=4, codes=given.codes)
    plainly = forecast.expected(
        counts.counts(DAY), [365, 1], ["robbery", None], ROW,
        half_life=forecast.steps_of(days=28), exposure=[1, 1, 1, 0.5],
    )  # fmt: skip
    np.testing.assert_allclose(known.outlook.harm, plainly.harm, rtol=1e-12)
    assert known.outlook.steps == counts.steps(DAY).number
    assert known.outlook.harm.argmax() == 0
    assert (known.outlook.count > 0).all()


def test_what_comes_later_is_not_seen():
    given = many()
    later = held(
        [*given.position, 2, 2, 2], [*given.day, DAY + 1, DAY + 2, DAY + 40], [*given.code, 0, 0, 1]
    )
    before = told(rank(given, GROUND, DAY - 364, DAY))
    after = told(rank(later, GROUND, DAY - 364, DAY))
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name], err_msg=name)


def test_an_offence_that_nobody_recorded_yet_changes_nothing():
    given = many()
    wider = replace(
        given, codes=(*given.codes, "arson"), weight=np.append(given.weight, 99_900),
        family=(*given.family, "robbery"),
    )  # fmt: skip
    one, other = (rank(each, GROUND, DAY - 364, DAY) for each in (given, wider))
    np.testing.assert_array_equal(one.outlook.harm, other.outlook.harm)


def test_a_history_of_no_whole_step_says_so_and_the_rest_is_told():
    known = rank(held([0, 0, 1], [DAY - 9, DAY - 3, DAY]), GROUND, DAY - 9, DAY)
    assert known.outlook.forecast is None
    assert np.isnan(known.outlook.harm).all()
    assert known.outlook.steps == 0
    assert np.isfinite(known.p_own).all()
    assert known.top_steps == 1


def test_the_excess_is_the_windows_and_its_expectation_that_of_the_area_inside():
    known = rank(held([0, 0, 0, 3], [DAY - 100, DAY - 5, DAY, DAY]), GROUND, DAY - 50, DAY)
    np.testing.assert_allclose(known.expected_by_chance, np.array([2, 2, 2, 1]) / 7 * 3 * 365)
    np.testing.assert_allclose(known.excess, [7 / 3, 0, 0, 7 / 3])


def test_incidents_counted_alike_are_tested_as_such():
    given = held([0, 0, 0, 1], [DAY] * 4, [0, 1, 1, 0])
    known = rank(given, GROUND, DAY - 50, DAY, by="count")
    np.testing.assert_allclose(known.excess * known.expected_by_chance, [3, 1, 0, 0])


@pytest.mark.parametrize(
    ("inside", "even"), [(None, True), (np.zeros(4), True), (np.array([1.0, 0, 1, 1]), False)]
)
def test_a_unit_without_ground_or_a_ground_without_outline_is_never_nan(inside, even):
    ground = Ground.of(ROW, inside)
    assert ground.even == even
    known = rank(many(), ground, DAY - 364, DAY)
    assert np.isfinite(known.outlook.harm).all()
    for name in ("p_own", "p_without_worst", "q_own", "months_in_top"):
        assert np.isfinite(getattr(known, name)).all(), name
    assert set(known.basis) <= {"own", "neighbourhood", "both", "none"}
    assert np.isnan(known.excess).sum() == (0 if even else 1)


def test_one_unit_holds_what_chance_would_put_there():
    alone = Ground.of(sparse.csr_array((1, 1), dtype=np.int8), np.array([2.0]))
    known = rank(held([0] * 60, DAY - np.arange(60), units=1), alone, DAY - 59, DAY)
    assert known.excess.tolist() == [1]
    assert known.p_own.tolist() == [1]
    assert known.basis.tolist() == ["none"]
    assert known.outlook.harm[0] > 0


def test_all_incidents_on_one_unit_stand_out():
    known = rank(held([1] * 200, DAY - np.arange(200)), GROUND, DAY - 199, DAY)
    assert known.basis.tolist() == ["none", "own", "none", "none"]
    assert known.outlook.harm.argmax() == 1
    assert known.months_in_top.tolist() == [0, 7, 0, 0]


def test_months_are_counted_where_times_are_known_to_the_month_only():
    days = np.arange("2022-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]") + 14
    end = int(np.datetime64("2023-12-31").astype(np.int64))
    known = rank(held([0] * 24, days.astype(np.int64), months=True), GROUND, end - 364, end)
    assert known.outlook.steps == 24
    assert known.top_steps == 12
    assert known.months_in_top.tolist() == [12, 0, 0, 0]


def test_the_interval_of_several_units_is_that_of_their_sum():
    known = rank(many(), GROUND, DAY - 364, DAY).outlook.forecast
    low, high = known.interval(0.95, np.array([0]))
    assert known.interval_together(np.array([0])) == (low[0], high[0])
    each_low, each_high = known.interval(0.95)
    both_low, both_high = known.interval_together(np.arange(4))
    assert each_low.sum() <= both_low < both_high <= each_high.sum()
    assert both_low < known.harm.sum() < both_high
