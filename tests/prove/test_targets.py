"""Units ranked by expected harm catch what they are held to, on real and on sample cities."""

from pathlib import Path

from bench.trials.held import held


def test_expected_harm_catches_what_it_is_held_to(shared_data: Path, proved):
    """1 % of the units, the next calendar month's harm, the mean over the origins."""
    found = list(held(shared_data))
    assert [(one.units, one.number, one.origins) for one in found] == [
        (289, 3, 12), (1_838, 18, 12), (980, 10, 24), (6_546, 65, 24), (978, 10, 24),
        (6_533, 65, 24), (980, 10, 24), (988, 10, 24),
    ]  # fmt: skip
    missed = [one for one in found if not one.holds]
    assert not missed
    proved(
        "Expected harm catches what it is held to, in 1 % of the units",
        "\n".join(
            f"- {one.city}: {one.expected:.1f} % of the next month's harm in {one.number} of "
            f"{one.units:,}, at least {one.least} asked; sorting by last year's harm "
            f"{one.sorting:.1f} %"
            for one in found
        ),
    )
