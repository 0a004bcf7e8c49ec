"""What became of the places of two lists, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.export.comparability import Comparability
from spatial import ratios, rounding
from spatial.ratios import CONFIDENCE, Course


def note(
    properties: Mapping[str, Any],
    rank_of: tuple[Callable[[str], int], Callable[[str], int]],
    days: tuple[int, int],
    what: Comparability,
) -> str:
    """Say in plain words what became of a place.

    Parameters
    ----------
    properties
        Of its feature.
    rank_of
        The rank of a target of the later list by its name, and of one of the earlier list.
    days
        Lengths of the later window, and of the earlier one.
    what
        What can be compared.
    """
    now, before = rank_of
    rank, rank_before = properties["rank"], properties["rank_before"]
    says = [
        {
            "new": f"New in the list, at rank {rank}.",
            "gone": f"Gone: it was at rank {rank_before}, and nothing is left.",
            "left": f"Not listed now: it was at rank {rank_before}.",
            "up": f"Up from rank {rank_before} to {rank}.",
            "down": f"Down from rank {rank_before} to {rank}.",
            "same": f"Still at rank {rank}.",
        }[properties["status"]]
    ]
    if properties["split_from"] is not None:
        says.append(f"It was part of the target at rank {before(properties['split_from'])}.")
    if properties["merged_into"] is not None:
        says.append(f"It is part of the target at rank {now(properties['merged_into'])}.")
    if properties["merged_from"]:
        ranks = sorted(before(one) for one in properties["merged_from"])
        says.append(f"It took in what was at rank {', '.join(map(str, ranks))}.")
    if properties["count_ratio"] is not None:
        says += _course_words(properties, days, what)
    return " ".join(says)


def _course_words(
    properties: Mapping[str, Any], days: tuple[int, int], what: Comparability
) -> list[str]:
    on, says = properties["compared_on"], []
    if properties["harm_ratio"] not in (None, properties["count_ratio"]) and not what.by_count:
        told = _by_chance("harm", properties["harm_ratio"])
        says.append(f"Harm a day {told}.")
    told = _by_chance("incidents", properties["count_ratio"])
    says.append(
        f"Incidents a day {told}: {on['count_before']:,} in {_days(days[1])} before, "
        f"{on['count']:,} in {_days(days[0])} now."
    )
    if on["members"] != len(properties["members"]):
        says.append("This is told of the places of both targets together.")
    return says


def _by_chance(of: str, ratio: Mapping[str, Any]) -> str:
    """Say whether a ratio is a change, and within which limits."""
    low, high = ratio["interval"]
    to = "any" if high is None else rounding.figures(high, 2)
    limits = f"{CONFIDENCE:.0%} interval {rounding.figures(low, 2)} to {to}"
    times = "" if ratio["ratio"] is None else f"{rounding.figures(ratio['ratio'], 2)} times, "
    pointing = ratios.direction(ratio["interval"])
    if pointing is not None:
        moved = {"up": "more", "down": "fewer" if of == "incidents" else "less"}[pointing]
    else:
        steady = ratios.steady(ratio["interval"])
        moved = "about as before" if steady else "too little data to tell a change"
    return f"on these units: {moved} ({times}{limits})"


def _days(number: int) -> str:
    return f"{number:,} {'day' if number == 1 else 'days'}"


def of_all(counted: Mapping[Course, int]) -> list[str]:
    """Say of how many places a change can be told."""
    words = {
        "gone": "with nothing left",
        "fallen": "fallen beyond chance",
        "risen": "risen beyond chance",
        "steady": "about as before",
        "too_little_data": "with too little data to tell",
    }
    said = [f"{counted[one]:,} {words[one]}" for one in ratios.COURSES if counted[one]]
    return [f"By the day: {', '.join(said)}."] if said else []


def cautions(counted: Mapping[Course, int]) -> list[str]:
    """Warn of regression to the mean where a change is told."""
    if not any(counted[one] for one in ("gone", "fallen", "risen")):
        return []
    return [
        "Places are listed because they were high: part of each fall from an earlier list, and of "
        "each rise to a later one, is chance that does not come again."
    ]
