"""On what a list stands, in words: what chose it, and what its terms mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from service.store.models import AnalysisRun
from service.words.catalogue import gettext, gettext_noop
from service.words.runs import value_of
from spatial import rounding

BASES: Final = {
    "own": gettext_noop("beyond chance, also without its worst incident"),
    "both": gettext_noop("beyond chance, its own harm and its surroundings"),
    "neighbourhood": gettext_noop("beyond chance by its surroundings alone"),
    "none": gettext_noop("chance can explain it"),
}
"""What each `basis` says."""

_SHORT: Final = {
    "own": gettext_noop("own"),
    "both": gettext_noop("both"),
    "neighbourhood": gettext_noop("around"),
    "none": gettext_noop("none"),
}
"""The same where there is room for a word, which `short_bases` explains."""

_NAMES: Final = _SHORT | {"neighbourhood": gettext_noop("neighbourhood")}

_REQUIRED: Final = {
    "beyond-chance": gettext_noop("{chosen}; only places that chance cannot explain"),
    "without-worst": gettext_noop(
        "{chosen}; only places that chance cannot explain, even without their worst incident"
    ),
}


def chosen_by(run: AnalysisRun) -> str | None:
    """Return what chose the places of a list; None: the run chose none.

    Parameters
    ----------
    run
        The run.
    """
    asked, value = run.parameters, value_of(run)
    strategy = asked.get("strategy")
    if strategy is None:
        return None
    if strategy == "expected":
        chosen = gettext(
            "the {value} that is expected next, at least {times} times the mean of all places",
            value=value,
            times=rounding.figures(asked.get("min_excess") or 0, 3),
        )
    elif strategy == "top":
        chosen = gettext("the {value} of the window, whatever chance can explain", value=value)
    else:
        chosen = gettext("significant hot spots of {value}, by Getis-Ord Gi*", value=value)
    required = _REQUIRED.get(asked.get("require") or "none")
    return chosen if required is None else gettext(required, chosen=chosen)


def hot_spots_chose(run: AnalysisRun) -> bool:
    """Tell whether the statistic of hot spots chose what a run shows: else it stands beside it."""
    return run.parameters.get("strategy") not in ("expected", "top")


def basis(target: dict[str, Any]) -> str | None:
    """Return what the basis of a target says; None: it was stored without."""
    said = target.get("basis")
    return gettext(BASES[said]) if said in BASES else None


def basis_words(name: str) -> str:
    """Return a basis as the interface names it, in the language that is spoken."""
    return gettext(_NAMES[name]) if name in _NAMES else name


def short_basis(target: dict[str, Any]) -> str | None:
    """Return the basis of a target in a word; None: it was stored without."""
    said = target.get("basis")
    return gettext(_SHORT[said]) if said in _SHORT else None


def short_bases() -> str:
    """Return what the words of `short_basis` say."""
    return gettext(
        "Evidence, beside the rank: own, {own}; around, {neighbourhood}; both, {both}; "
        "none, {none}.",
        **{name: gettext(told) for name, told in BASES.items()},
    )


def months_in_top(run: AnalysisRun, target: dict[str, Any]) -> str | None:
    """Return in how many steps a target was among the most harmful units, and what chance gives.

    Parameters
    ----------
    run
        The list, which tells what chance alone would give.
    target
        Its properties.
    """
    told = _top(run)
    if told is None or target.get("months_in_top") is None:
        return None
    return gettext(
        "In the top 1 % of places in {number} of {steps}; chance alone: {chance}.",
        number=f"{target['months_in_top']:,}",
        steps=_steps(run, told["top_steps"]),
        chance=rounding.figures(told["top_by_chance"], 2),
    )


def terms(run: AnalysisRun, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return what some properties of a list mean, those of them that need to be told.

    Parameters
    ----------
    run
        The list.
    names
        Properties that are shown of it.
    """
    top = _top(run)
    said = {
        "expected_harm": (
            gettext("Expected harm"),
            gettext(
                "the mean of the harm to come in the next {step}, from all incidents that are "
                "held, the newer ones more",
                step=_next(run),
            ),
        ),
        "basis": (
            gettext("Basis"),
            gettext(
                "what stands behind a rank: own, {own}; neighbourhood, {neighbourhood}; both, "
                "{both}; none, {none}",
                **{name: gettext(told) for name, told in BASES.items()},
            ),
        ),
        "months_in_top": (
            gettext("Months in the top"),
            gettext("in how many months a place was among the 1 % of places with most harm")
            if top is None
            else gettext(
                "in how many of {steps} a place was among the 1 % of places with most harm; "
                "chance alone puts it there in {chance}",
                steps=_steps(run, top["top_steps"]),
                chance=rounding.figures(top["top_by_chance"], 2),
            ),
        ),
    }
    return [said[name] for name in names if name in said]


def _top(run: AnalysisRun) -> dict[str, Any] | None:
    told = ((run.result.get("inference") or {}).get("own_excess")) or {}
    return told if told.get("top_steps") and told.get("top_by_chance") is not None else None


def _by_month(run: AnalysisRun) -> bool:
    return bool((run.provenance.get("horizon") or {}).get("step") == "month")


def _next(run: AnalysisRun) -> str:
    return gettext("month") if _by_month(run) else gettext("four weeks")


def _steps(run: AnalysisRun, number: int) -> str:
    if _by_month(run):
        return gettext("{number} months", number=f"{number:,}")
    return gettext("{number} spans of four weeks", number=f"{number:,}")
