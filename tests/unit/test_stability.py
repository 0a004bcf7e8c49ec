"""What stays of targets when the question is asked a little differently, against plain loops."""

import numpy as np
import pytest
from scipy import stats

from spatial import stability
from spatial.errors import InvalidInputError
from spatial.shrinkage import spread_of


def test_what_is_kept_is_what_a_plain_loop_sums():
    draw = np.random.default_rng(2)
    target, harm = draw.integers(-1, 4, 200), draw.integers(0, 9, 200).astype(float)
    targeted = draw.random(200) < 0.4
    found = stability.kept(target, harm, targeted, 5)
    for one in range(4):
        own = target == one
        assert found[one] == pytest.approx(harm[own & targeted].sum() / harm[own].sum())
    assert np.isnan(found[4])


def test_a_target_stays_in_a_variant_that_holds_half_of_its_harm():
    parts = np.array([[0.5, 0.49, np.nan], [1.0, 0.0, np.nan], [0.2, 0.9, np.nan]])
    assert stability.steadiness(parts)[:2] == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan(stability.steadiness(parts)[2])
    assert np.isnan(stability.steadiness(np.empty((0, 2)))).all()


def test_the_rank_correlation_is_spearmans():
    draw = np.random.default_rng(5)
    first, second = draw.integers(0, 6, 60), draw.integers(0, 6, 60)  # of many ties
    expected = stats.spearmanr(first, second).statistic
    assert stability.rank_correlation(first, second) == pytest.approx(expected)
    assert stability.rank_correlation([1, 2], [3, 3]) is None
    assert stability.rank_correlation([], []) is None


def test_a_shift_moves_all_places_alike_and_back():
    draw = np.random.default_rng(7)
    x, y = draw.uniform(179.9, 180, 50), draw.uniform(51, 52, 50)
    by = stability.step(51.5, 120.0, -80.0)
    moved = stability.shift(*stability.shift(x, y, by), (-by[0], -by[1]))
    assert np.allclose(moved, (x, y), atol=1e-9)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: stability.kept([0], [1.0, 2.0], [True], 1),
        lambda: stability.kept([3], [1.0], [True], 1),
        lambda: stability.steadiness([0.5]),
        lambda: stability.rank_correlation([1, 2], [1]),
        lambda: stability.rank_correlation([1, np.nan], [1, 2]),
    ],
)
def test_what_cannot_be_is_refused(ask):
    with pytest.raises(InvalidInputError):
        ask()


def test_halves_cluster_as_all_do_and_repeats_look_like_clusters():
    """Lists of repeats were half as long as the list, and busy targets stayed in none of them."""
    random = np.random.default_rng(1)
    at = np.repeat(np.arange(2_000), random.poisson(1.0, 2_000))

    def spread(drawn):
        count = np.bincount(at[drawn], minlength=2_000).astype(float)
        return spread_of(count, np.full(2_000, count.mean()))

    halves = [spread(stability.drawn_again(len(at), random, halves=True)) for _ in range(20)]
    repeats = [spread(stability.drawn_again(len(at), random, halves=False)) for _ in range(20)]
    assert np.mean(halves) < 0.1
    assert np.mean(repeats) > 0.9


def test_half_of_the_incidents_are_drawn_once_each():
    random = np.random.default_rng(1)
    for number in (1, 2, 7):
        drawn = stability.drawn_again(number, random, halves=True)
        assert len(set(drawn.tolist())) == len(drawn) == number - number // 2
    assert len(stability.drawn_again(7, random, halves=False)) == 7
