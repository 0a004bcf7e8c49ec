"""What a backtest comes to: each rule's measures over the origins, and the list against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from spatial import paired, validation
from spatial.backtest import Judged
from spatial.paired import Paired

Value: TypeAlias = Literal["harm", "count"]


@dataclass(frozen=True)
class Verdict:
    """How a rule did over the origins: means over those where a measure is applicable.

    Parameters
    ----------
    name
        The rule.
    captures
        Share of the value that it caught at each origin; None where nothing happened.
    capture_harm, capture_count
        Mean share of harm, and of incidents.
    pai, pei, rri
        Of the value that is judged.
    difference
        The list less this rule, in shares of the value; None for the list itself.
    p_holm
        Its p, corrected for the number of rules.
    """

    name: str
    captures: tuple[float | None, ...]
    capture_harm: float | None
    capture_count: float | None
    pai: float | None
    pei: float | None
    rri: float | None
    difference: Paired | None
    p_holm: float | None


def verdicts(judged: Judged, value: Value = "harm") -> tuple[Verdict, ...]:
    """Sum up a backtest, the list first.

    Parameters
    ----------
    judged
        What was caught.
    value
        What PAI, PEI, RRI and the differences are of.
    """
    moments = range(len(judged.origins))
    harm, count = (
        [
            [validation.capture(hits=min(own[at], total[at]), total=total[at]) for at in moments]
            for own in caught
        ]
        for caught, total in ((judged.harm, judged.all_harm), (judged.count, judged.all_count))
    )
    of_harm = value == "harm"
    captures = harm if of_harm else count
    own = judged.harm if of_harm else judged.count
    total = judged.all_harm if of_harm else judged.all_count
    most = judged.most_harm if of_harm else judged.most_count
    before = judged.harm_before if of_harm else judged.count_before
    all_before = judged.all_harm_before if of_harm else judged.all_count_before
    differences = [paired.paired(captures[0], other) for other in captures[1:]]
    corrected = paired.holm([one.p for one in differences])
    found = []
    for rule, name in enumerate(judged.names):
        found.append(
            Verdict(
                name=name,
                captures=tuple(captures[rule]),
                capture_harm=mean(harm[rule]),
                capture_count=mean(count[rule]),
                pai=mean(
                    [
                        validation.pai(
                            hits=min(own[rule, at], total[at]),
                            total=total[at],
                            area=judged.area[at],
                            total_area=judged.total_area,
                        )
                        for at in moments
                    ]
                ),
                pei=mean(
                    [
                        validation.pei(hits=min(own[rule, at], most[at]), most=most[at])
                        for at in moments
                    ]
                ),
                rri=mean(
                    [
                        validation.rri(
                            before=min(before[rule, at], all_before[at]),
                            after=min(own[rule, at], total[at]),
                            all_before=all_before[at],
                            all_after=total[at],
                        )
                        for at in moments
                    ]
                ),
                difference=differences[rule - 1] if rule else None,
                p_holm=corrected[rule - 1] if rule else None,
            )
        )
    return tuple(found)


def mean(values: list[float | None]) -> float | None:
    """Return the mean of those that are applicable; None where none is.

    Examples
    --------
    >>> mean([0.5, None, 0.25]), mean([None])
    (0.375, None)
    """
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
