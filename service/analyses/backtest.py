"""Backtest: lists chosen as of then, judged on what came after, beside plain rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from service.analyses import getis_ord, targets
from service.analyses.contract import Answer, Context, Process, Verdict
from service.analyses.estimate import Size
from service.analyses.figures import Column, Course, Figure, Line, Table
from service.analyses.targets import TargetsParams
from service.words.catalogue import gettext, gettext_noop, ngettext
from service.words.runs import tidy, value_of
from spatial import rounding

if TYPE_CHECKING:
    from service.analyses.study.origins import Backtested
    from service.store.models import AnalysisRun
    from spatial.verdict import Verdict as OfRule

RULES: Final = {
    "list": gettext_noop("The list"),
    "window_harm": gettext_noop("Sorted by harm of the window"),
    "window_count": gettext_noop("Sorted by incidents of the window"),
    "two_years": gettext_noop("Sorted by two years"),
    "memory": gettext_noop("Sorted by a memory that halves in a year"),
    "kernel_density": gettext_noop("Sorted by kernel density"),
    "random": gettext_noop("At random"),
}
"""The list, and the plain rules that it is held against."""

DRAWN: Final = ("kernel_density", "random")
"""Plain rules that are drawn origin by origin beside the list and sorting; the table has all."""


class BacktestParams(TargetsParams):
    """The list that is tested: all that `targets` takes.

    The window is that of the last list: earlier ones are moved back with it, and nothing after its
    last day is read.
    """


def run(context: Context, params: BacktestParams) -> Answer:
    """Judge the list of some parameters at rolling origins."""
    from service.analyses.study.origins import judge
    from service.analyses.study.study import provenance
    from spatial.verdict import verdicts

    done = judge(context, params)
    context.progress(0.86, "comparing")
    past = done.past
    about = provenance(params, context.question, past.study, past.before)
    about["warnings"] = [
        *about["warnings"],
        *past.before.warnings,
        *done.warnings,
        *_warnings(done),
    ]
    return Answer(about, _told(done, verdicts(done.judged, params.value)))


def _told(done: Backtested, found: tuple[OfRule, ...]) -> dict[str, Any]:
    from spatial.backtest import HORIZON_DAYS, told
    from spatial.baselines import HALF_LIFE_DAYS

    judged, units = done.judged, done.past.study.units
    measure, applicable = units.kind.measure, [one for one in found[0].captures if one is not None]
    return {
        "horizon": "month" if done.past.months else f"{HORIZON_DAYS} days",
        "origins": len(judged.origins),
        "judged": len(applicable),
        "empty_lists": int((judged.units == 0).sum()),
        "units": len(units),
        "incidents": int(done.past.cube.number.sum()),
        "area_share": round(float(judged.area.mean() / judged.total_area), 6),
        measure.size_name: round(float(judged.area.mean()), 6),
        "bandwidth_m": done.bandwidth_m,
        "half_life_days": HALF_LIFE_DAYS,
        "rules": [_rule(one) for one in found],
        "at": {
            "from": [told(one.last + 1) for one in judged.origins],
            "to": [told(one.until) for one in judged.origins],
            "units": judged.units.tolist(),
            "harm": [round(float(one), 2) for one in judged.all_harm],
            "count": judged.all_count.astype(int).tolist(),
            "capture": {
                one.name: [rounding.stored(share) for share in one.captures] for one in found
            },
        },
    }


def _rule(one: OfRule) -> dict[str, Any]:
    against = one.difference
    return {
        "rule": one.name,
        "capture_harm": rounding.stored(one.capture_harm),
        "capture_count": rounding.stored(one.capture_count),
        "pai": rounding.stored(one.pai),
        "pei": rounding.stored(one.pei),
        "rri": rounding.stored(one.rri),
        "difference": rounding.stored(against.mean) if against else None,
        "interval": [rounding.stored(against.low), rounding.stored(against.high)]
        if against and against.low is not None
        else None,
        "p": against.p if against else None,
        "p_holm": one.p_holm,
    }


def _warnings(done: Backtested) -> list[str]:
    from spatial.backtest import told

    judged, warnings = done.judged, []
    quiet = [one for one, many in zip(judged.origins, judged.all_count, strict=True) if many == 0]
    if quiet:
        warnings.append(
            f"Nothing was recorded in {len(quiet)} of the {len(judged.origins)} horizons (the "
            f"first from {told(quiet[0].last + 1)} to {told(quiet[0].until)}): their capture is "
            "not applicable, and they are in no mean and no difference."
        )
    if done.refused:
        first = min(done.refused)
        warnings.append(
            f"At {len(done.refused)} of the {len(judged.origins)} origins there could be no list, "
            f"which caught nothing then. The first, {told(judged.origins[first].last)}: "
            f"{done.refused[first]}"
        )
    empty = int((judged.units == 0).sum()) - len(done.refused)
    if empty > 0:
        warnings.append(
            f"At {empty} of the {len(judged.origins)} origins the list was empty: it caught "
            "nothing then, as did every rule that spends as little."
        )
    if done.past.study.units.about().get("fallback"):
        warnings.append(
            "No study area was named, so only places near incidents before the first origin are "
            "judged; what happened elsewhere later is in no share."
        )
    return warnings


def headline(run: AnalysisRun) -> str:
    """Return what the list held of what came after, and in how much of the area."""
    share = run.result["rules"][0][_capture_of(run)]
    if share is None:
        return gettext("Nothing happened that a list could have held")
    return gettext(
        "Lists held {share} of the {value} that came after, in {part} of the {extent}",
        share=rounding.percent(share),
        value=value_of(run),
        part=rounding.percent(run.result["area_share"]),
        extent=_extent(run),
    )


def question(run: AnalysisRun) -> str:
    """Return what was tested, and where."""
    where = run.provenance["study_area"]["name"]
    if not where:
        return gettext(
            "How much of the {value} to come would this list have held?", value=value_of(run)
        )
    return gettext(
        "How much of the {value} to come in {area} would this list have held?",
        value=value_of(run),
        area=tidy(where),
    )


def sentence(run: AnalysisRun) -> str:
    """Return the whole verdict: the list, and the same area sorted by the window, with interval."""
    result = run.result
    by_name = {one["rule"]: one for one in result["rules"]}
    own, plain = by_name["list"], by_name[_sorting(run)]
    if own[_capture_of(run)] is None:
        return gettext("{headline}.", headline=headline(run))
    told = gettext(
        "Over {span} the list held {share} of the {value} of the next {horizon} in {part} of the "
        "{extent}; the same {extent} sorted by {value} of the window before would have held "
        "{other}",
        span=_span(run, result["judged"]),
        share=rounding.percent(own[_capture_of(run)]),
        value=value_of(run),
        horizon=gettext("month") if result["horizon"] == "month" else gettext("four weeks"),
        part=rounding.percent(result["area_share"]),
        extent=_extent(run),
        other=rounding.percent(plain[_capture_of(run)]),
    )
    if plain["interval"] is None:
        return gettext("{headline}.", headline=told)
    low, high = plain["interval"]
    return gettext(
        "{told} (difference {difference} points, {low} to {high}).",
        told=told,
        difference=_points(plain["difference"]),
        low=_points(low),
        high=_points(high),
    )


def verdict(run: AnalysisRun) -> Verdict:
    """Return the sentence, and its numbers: the list, sorting, and by how much they differ."""
    result, capture = run.result, _capture_of(run)
    by_name = {one["rule"]: one for one in result["rules"]}
    plain = by_name[_sorting(run)]
    low, high = plain["interval"] or (None, None)
    return Verdict(
        sentence(run),
        {
            "horizon": result["horizon"],
            "judged": result["judged"],
            "area_share": result["area_share"],
            "value": run.parameters["value"],
            "list": by_name["list"][capture],
            "sorted": plain[capture],
            "difference": plain["difference"],
            "low": low,
            "high": high,
            "p": plain["p"],
        },
    )


def figures(run: AnalysisRun) -> tuple[Figure, ...]:
    """Return the list beside the plain rules, and how they did origin by origin."""
    value, own = value_of(run), _capture_of(run)
    other = "capture_harm" if own == "capture_count" else "capture_count"
    return (
        Table(
            name="rules",
            title=gettext("The list beside plain rules"),
            description=sentence(run),
            columns=(
                Column(name="rule", title=gettext("Rule")),
                Column(
                    name=own,
                    title=gettext("Share of the {value}", value=value),
                    reads="share",
                    description=gettext("Of what came after, on average over the horizons."),
                ),
                Column(
                    name="difference",
                    title=gettext("The list held more by"),
                    reads="share",
                    description=gettext("Share of the list less that of the rule."),
                ),
                Column(name="difference", title=gettext("Interval"), reads="share", interval=True),
                Column(
                    name="verdict",
                    title=gettext("Verdict"),
                    description=gettext(
                        "Who held more, where the interval of the difference leaves out 0."
                    ),
                ),
                Column(
                    name="p_holm",
                    title=gettext("Chance"),
                    reads="chance",
                    description=gettext(
                        "Exact p of flipping signs, corrected for the number of rules."
                    ),
                    folded=True,
                ),
                Column(
                    name=other,
                    title=gettext("Share of incidents")
                    if own == "capture_harm"
                    else gettext("Share of harm"),
                    reads="share",
                    folded=True,
                ),
                Column(
                    name="pai",
                    title=gettext("PAI"),
                    reads="number",
                    description=gettext(
                        "Predictive accuracy index: the share held over the share of the "
                        "{extent}; 1 is what places at random hold.",
                        extent=_extent(run),
                    ),
                    folded=True,
                ),
                Column(
                    name="pei",
                    title=gettext("PEI"),
                    reads="share",
                    description=gettext(
                        "Prediction efficiency index: the share held over the most that the same "
                        "{extent} could have held; 100% is a list that knew what was to come.",
                        extent=_extent(run),
                    ),
                    folded=True,
                ),
                Column(
                    name="rri",
                    title=gettext("RRI"),
                    reads="number",
                    description=gettext(
                        "Recapture rate index: what came after in the places by what they held "
                        "before, against the same of the whole area; above 1, they held on to "
                        "their harm better."
                    ),
                    folded=True,
                ),
            ),
            rows=tuple(
                (
                    gettext(RULES[one["rule"]]),
                    one[own],
                    one["difference"],
                    one["interval"],
                    _verdict(one),
                    one["p_holm"],
                    one[other],
                    one["pai"],
                    one["pei"],
                    one["rri"],
                )
                for one in run.result["rules"]
            ),
        ),
        Line(
            name="captures",
            title=gettext("Horizon by horizon"),
            description=gettext(
                "Share of the {value} of each horizon that the list held, and that the same "
                "{extent} held by plain rules.",
                value=value,
                extent=_extent(run),
            ),
            across=Column(name="from", title=gettext("Horizon from"), reads="day"),
            up=Column(
                name="capture", title=gettext("Share of the {value}", value=value), reads="share"
            ),
            at=run.result["at"]["from"],
            lines=tuple(
                Course(
                    name=name,
                    title=gettext(RULES[name]),
                    values=run.result["at"]["capture"][name],
                )
                for name in ("list", _sorting(run), *DRAWN)
            ),
        ),
    )


def _verdict(rule: dict[str, Any]) -> str | None:
    """Return who held more, where the interval of the difference says so."""
    if rule["interval"] is None:
        return None
    low, high = rule["interval"]
    if low > 0:
        return gettext("the list held more")
    return gettext("the list held less") if high < 0 else gettext("no clear difference")


def _capture_of(run: AnalysisRun) -> str:
    return "capture_count" if run.parameters.get("value") == "count" else "capture_harm"


def _sorting(run: AnalysisRun) -> str:
    """Return the rule that sorts by what the list ranks, in the window."""
    return "window_count" if run.parameters.get("value") == "count" else "window_harm"


def _extent(run: AnalysisRun) -> str:
    return gettext("length of streets") if "length_m" in run.result else gettext("area")


def _span(run: AnalysisRun, horizons: int) -> str:
    if run.result["horizon"] == "month":
        return ngettext("{number} month", "{number} months", horizons)
    return ngettext("{number} span of four weeks", "{number} spans of four weeks", horizons)


def _points(difference: float) -> str:
    """Return a difference of shares in points of a hundred.

    Examples
    --------
    >>> _points(0.0123), _points(-0.1)
    ('1.2', '-10.0')
    """
    return rounding.percent(difference).removesuffix("%")


def seconds(size: Size, params: BacktestParams) -> float:
    """Return about how long it takes: a list, and the science of one again at every origin."""
    return targets.seconds(size, params) + 24 * (
        2e-5 * size.units + 5e-7 * params.permutations + 1e-6 * size.incidents
    )


PROCESS = Process(
    name="backtest",
    title=gettext_noop("Backtest of a list"),
    description=gettext_noop(
        "How much of what came after lists of these parameters would have held: chosen as "
        "of then at up to 24 origins, beside plain rules that spend the same area."
    ),
    params=BacktestParams,
    run=run,
    headline=headline,
    question=question,
    figures=figures,
    estimate=seconds,
    refuse=getis_ord.refuse,
    tests=targets.PROCESS.name,
    told=verdict,
)
