"""Stability: which targets of a list stay when its question is asked a little differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from service.analyses import getis_ord, targets
from service.analyses.contract import Answer, Context, Process
from service.analyses.estimate import Size
from service.analyses.figures import Bars, Column, Figure, Table
from service.analyses.targets_params import TargetsParams
from service.words.catalogue import gettext, gettext_noop
from service.words.runs import counted, tidy
from spatial import rounding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from service.analyses.study.origins import Chosen, Past
    from service.analyses.study.variants import Variant
    from service.store.models import AnalysisRun

SORTS: Final = {
    "resolution": gettext_noop("Another resolution"),
    "grid": gettext_noop("A shifted grid"),
    "window": gettext_noop("Another window"),
    "index": gettext_noop("Another harm index"),
    "bootstrap": gettext_noop("Incidents drawn again"),
}

_STEADY: Final = 0.8
"""Share of variants in which a steady target stays."""


class StabilityParams(TargetsParams):
    """The list that is tried, and how."""

    resamples: Annotated[
        int,
        Field(
            ge=0,
            le=500,
            description="Variants in which incidents are drawn from them again: half of them "
            "without replacement for `expected` (unless `min_incidents` is asked for), as many "
            "with replacement for others.",
        ),
    ] = 20


def run(context: Context, params: StabilityParams) -> Answer:
    """Choose a list, choose it again in every variant, and tell what stays."""
    import numpy as np

    from service.analyses.study import recording
    from service.analyses.study.origins import chosen_at, read
    from service.analyses.study.study import provenance
    from service.analyses.study.variants import variants
    from spatial import stability
    from spatial.backtest import Origin, day_of
    from spatial.errors import DegenerateInputError

    context.progress(0.05, "reading and weighing incidents")
    past, places = read(context, params)
    study = past.study
    first, last = past.held.window(day_of(params.start), day_of(params.end))
    origin = Origin(first, last, last)
    own = chosen_at(past, origin, params)
    held = past.held
    of_window = held.within(origin.first, origin.last)
    owner = own.selection.target_of(len(study.units))
    target = owner[held.position[of_window]]
    weight = held.hundredths[of_window] if params.value == "harm" else np.ones(of_window.sum())
    number, listed = len(own.selection.members), float(study.units.size[owner >= 0].sum())
    parts, told, refused = [], [], []
    every = 7 + 3 + 3 + params.resamples
    for done, one in enumerate(variants(context, params, past, origin, places)):
        context.progress(min(0.3 + 0.55 * done / every, 0.85), "trying variants")
        try:
            other = chosen_at(one.past, one.origin, params)
        except DegenerateInputError as error:
            refused.append({"sort": one.sort, "variant": one.name, "reason": error.message})
            continue
        chosen = other.selection.target_of(len(one.past.study.units)) >= 0
        targeted = (one.position >= 0) & chosen[one.position]
        parts.append((one.sort, stability.kept(target, weight, targeted, number)))
        extent = float(one.past.study.units.size[chosen].sum())
        told.append(_variant(one, own, other, weight[target >= 0], targeted[target >= 0]))
        told[-1]["extent"] = round(extent / listed, 6) if listed else None
    about = provenance(params, context.question, study, past.before)
    about["warnings"] = [
        *about["warnings"],
        *past.before.warnings,
        *recording.cautions(params, study, past.before, held),
        *_warnings(number, refused),
    ]
    shares: dict[str, NDArray[np.float64]] = {
        sort: stability.steadiness(np.array([part for of, part in parts if of == sort]))
        for sort in dict.fromkeys(of for of, _ in parts)
    }
    overall = stability.steadiness(
        np.array([part for _, part in parts]).reshape(len(parts), number)
    )
    return Answer(
        about,
        {
            "targets": number,
            "variants": len(told),
            "least_kept": stability.HALF,
            "steady": int((overall >= _STEADY).sum()),
            "by_target": _targets(
                past, own, params, target, weight, places["location_text"], overall, shares
            ),
            "by_variant": told,
            "refused": refused,
        },
    )


def _targets(
    past: Past,
    own: Chosen,
    params: StabilityParams,
    target: NDArray[np.intp],
    weight: NDArray[Any],
    location_text: pd.Series[str],
    overall: NDArray[np.float64],
    shares: dict[str, NDArray[np.float64]],
) -> list[dict[str, Any]]:
    """Return of each target how it stays, over all variants and by sort."""
    from service.analyses.study.naming import names
    from spatial.targets import target_id

    units, total = past.study.units, weight.sum()
    called = names(units, own.selection, [(past.held.position, location_text)])
    rows = []
    for rank, members in enumerate(own.selection.members):
        name = target_id(params.unit, sorted(units.ids[members]))
        at = target == rank
        rows.append(
            {
                "rank": rank + 1,
                "target_id": name,
                "label": called[rank],
                "share": round(float(weight[at].sum() / total), 6) if total else 0.0,
                "stays": rounding.stored(overall[rank]),
                "by_sort": {sort: rounding.stored(found[rank]) for sort, found in shares.items()},
            }
        )
    return rows


def _variant(
    one: Variant,
    own: Chosen,
    other: Chosen,
    weight: NDArray[Any],
    targeted: NDArray[np.bool_],
) -> dict[str, Any]:
    """Return what a variant makes of the list: how much of its harm it holds, and of its order."""
    from spatial import stability

    total, seen = weight.sum(), one.of_units >= 0
    return {
        "sort": one.sort,
        "variant": one.name,
        "targets": len(other.selection.members),
        "kept": round(float(weight[targeted].sum() / total), 6) if total else None,
        "rank_correlation": rounding.stored(
            stability.rank_correlation(own.score[seen], other.score[one.of_units[seen]])
        ),
    }


def _warnings(targets: int, refused: list[dict[str, str]]) -> list[str]:
    warnings = []
    if not targets:
        warnings.append("The list is empty, so there is no target that could stay.")
    if refused:
        warnings.append(
            f"{len(refused)} variants allow no list and count for nothing; the first "
            f"({refused[0]['sort']} {refused[0]['variant']}): {refused[0]['reason']}"
        )
    return warnings


def headline(run: AnalysisRun) -> str:
    """Return how many targets stay in most variants."""
    result = run.result
    if not result["targets"]:
        return gettext("No targets")
    return gettext(
        "{steady} of {targets} stay in at least {share} of {variants}",
        steady=f"{result['steady']:,}",
        targets=counted(result["targets"], "target", "targets"),
        share=rounding.percent(_STEADY, 0),
        variants=counted(result["variants"], "variant", "variants"),
    )


def question(run: AnalysisRun) -> str:
    """Return what was tried, and where."""
    where = run.provenance["study_area"]["name"]
    if not where:
        return gettext("Which targets stay when the question is asked a little differently?")
    return gettext(
        "Which targets in {area} stay when the question is asked a little differently?",
        area=tidy(where),
    )


def figures(run: AnalysisRun) -> tuple[Figure, ...]:
    """Return how each target stays, and what each sort of variant makes of the list."""
    result = run.result
    sorts = [one for one in SORTS if any(row["sort"] == one for row in result["by_variant"])]
    stays = Table(
        name="targets",
        title=gettext("Which targets stay"),
        description=gettext(
            "{headline}: a target stays where at least half of its harm, in the window of the "
            "list, is in a target of the variant.",
            headline=headline(run),
        ),
        columns=(
            Column(name="rank", title=gettext("Rank"), reads="whole"),
            Column(name="label", title=gettext("Place")),
            Column(name="target_id", title=gettext("Target"), folded=True),
            Column(name="share", title=gettext("Share of all"), reads="share"),
            Column(name="stays", title=gettext("Stays"), reads="share"),
            *(
                Column(name=one, title=gettext(SORTS[one]), reads="share", folded=True)
                for one in sorts
            ),
        ),
        rows=tuple(
            (
                row["rank"],
                row["label"],
                row["target_id"],
                row["share"],
                row["stays"],
                *(row["by_sort"].get(one) for one in sorts),
            )
            for row in result["by_target"]
        ),
    )
    kinds = Table(
        name="variants",
        title=gettext("What differs"),
        description=gettext(
            "By what the question was asked differently: how much of what the list holds the "
            "variants hold on average, how large they are beside it, and how alike they rank units "
            "(Spearman). As many targets of smaller units are a smaller list."
        ),
        columns=(
            Column(name="sort", title=gettext("Variant")),
            Column(name="variants", title=gettext("Number"), reads="whole"),
            Column(name="kept", title=gettext("Of the list held"), reads="share"),
            Column(name="extent", title=gettext("Size beside the list"), reads="number"),
            Column(name="rank_correlation", title=gettext("Rank correlation"), reads="number"),
        ),
        rows=tuple(_of_sort(result["by_variant"], one) for one in sorts),
    )
    if not result["by_target"]:
        return (kinds,)
    bars = Bars(
        name="stays",
        title=gettext("Share of variants in which each target stays"),
        description=gettext(
            "For each target of the list, the share of all variants that hold at least half of "
            "its harm."
        ),
        of=Column(name="target", title=gettext("Target")),
        value=Column(name="stays", title=gettext("Stays"), reads="share"),
        bars=tuple(
            (f"{row['rank']}. {row['label']}", row["stays"], None) for row in result["by_target"]
        ),
    )
    return stays, bars, kinds


def _of_sort(rows: list[dict[str, Any]], sort: str) -> tuple[str, int, *tuple[float | None, ...]]:
    own = [row for row in rows if row["sort"] == sort]

    def mean(name: str) -> float | None:
        known = [row[name] for row in own if row[name] is not None]
        return sum(known) / len(known) if known else None

    told = ("kept", "extent", "rank_correlation")
    return gettext(SORTS[sort]), len(own), *(mean(name) for name in told)


def seconds(size: Size, params: StabilityParams) -> float:
    """Return about how long it takes: a list, and the science of one again for every variant."""
    return targets.seconds(size, params) + (13 + params.resamples) * (
        1e-4 * size.units + 5e-7 * params.permutations + 1e-6 * (size.incidents + size.earlier)
    )


PROCESS = Process(
    name="stability",
    title=gettext_noop("Stability of a list"),
    description=gettext_noop(
        "Which targets of a list stay when its question is asked a little differently: at other "
        "resolutions, on shifted grids, for other windows and harm indexes, and with incidents "
        "drawn again."
    ),
    params=StabilityParams,
    run=run,
    headline=headline,
    question=question,
    figures=figures,
    estimate=seconds,
    refuse=getis_ord.refuse,
)
