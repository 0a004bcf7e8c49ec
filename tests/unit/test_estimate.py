"""How long a question will take, told before it is computed."""

from service.analyses.estimate import Size
from service.analyses.registry import PROCESSES

YEAR = {"index": "count", "from": "2025-01-01", "to": "2025-12-31"}
TOWN, COUNTRY = Size(20_000, 5_000), Size(1_000_000, 500_000)


def seconds(process: str, size: Size, **params: object) -> float:
    chosen = PROCESSES[process]
    return chosen.estimate(size, chosen.params.model_validate(YEAR | params))


def test_a_town_is_a_matter_of_a_moment_and_a_country_is_not():
    for name in PROCESSES:
        # A list again at each of its origins, or in each of its variants.
        moment = 20 if name in ("backtest", "stability") else 2
        assert seconds(name, TOWN) < moment < seconds(name, COUNTRY), name


def test_targets_take_longer_than_the_hot_spots_that_they_are_made_of():
    assert seconds("targets", TOWN) > seconds("getis-ord", TOWN)


def test_more_resamples_and_permutations_take_longer():
    assert seconds("concentration", TOWN, bootstrap=9_999) > 9 * seconds("concentration", TOWN) / 2
    more = seconds("getis-ord", TOWN, permutations=999_999)
    assert more > seconds("getis-ord", TOWN)
