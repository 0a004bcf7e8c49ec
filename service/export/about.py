"""What a run rests on, in readable lines: for the run table of a file and for its README."""

from __future__ import annotations

from typing import Any

from service.analyses import registry
from service.analyses.study.units.kinds import kind_of
from service.store import models
from service.words import runs as words
from service.words import standing
from service.words.catalogue import gettext, gettext_noop, ngettext

LICENCE = gettext_noop(
    "Boundaries and streets keep the licence of their sources, which may ask for attribution. "
    "Incidents, and what is made of them, are the agency's own. A hot spot is a place, not a "
    "verdict on the people who live there."
)


def facts(run: models.AnalysisRun) -> list[tuple[str, str]]:
    """Return what a reader asks first of a run, as names and values."""
    about, asked = run.provenance, run.parameters
    window, area, index = about["window"], about["study_area"], about["harm_index"]
    counts, units = about["incidents"], f"{area['units']:,}"
    return [
        (gettext("run"), run.id),
        (gettext("analysis"), gettext(registry.of(run).title)),
        (
            gettext("window"),
            ngettext(
                "{first} to {last} ({number} day)",
                "{first} to {last} ({number} days)",
                window["days"],
                first=window["from"],
                last=window["to"],
            ),
        ),
        (gettext("study area"), _version_of(area) if area["name"] else str(area["fallback"])),
        (
            gettext("units"),
            gettext(kind_of(asked).counted, many=units, **asked),
        ),
        *((gettext(what), _version_of(one)) for what, one in about["references"].items()),
        (
            gettext("harm index"),
            f"{index['name']}@{index['version']}: {index['title']} ({index['unit']})",
        ),
        (gettext("sources"), ", ".join(about["sources"])),
        (
            gettext("incidents"),
            gettext(
                "{used} used of {in_window} in the window; {outside} outside the study area; left "
                "out: {left_out}",
                used=f"{counts['used']:,}",
                in_window=f"{counts['in_window']:,}",
                outside=f"{counts['outside']:,}",
                left_out=_left_out(counts),
            ),
        ),
        *(
            (
                gettext("incidents before the window"),
                gettext(
                    "{used} used of {held}; {outside} outside the study area; left out: {left_out}",
                    used=f"{before['used']:,}",
                    held=f"{before['before_window']:,}",
                    outside=f"{before['outside']:,}",
                    left_out=_left_out(before),
                ),
            )
            for before in [counts.get("history")]
            if before
        ),
        *((gettext("ranked by"), text) for text in [_ranked_by(asked, window["to"])] if text),
        (gettext("data version"), str(run.data_version)),
        (gettext("software"), run.software_version),
        *((gettext("libraries"), _listed(found)) for found in [about.get("libraries")] if found),
        (gettext("seed"), str(asked["seed"])),
        *((gettext("chosen by"), chosen) for chosen in [standing.chosen_by(run)] if chosen),
        *(
            (
                gettext("inference")
                if standing.hot_spots_chose(run)
                else gettext("hot spots, told beside the list"),
                _inference(found),
            )
            for found in [run.result.get("inference")]
            if found
        ),
        *((gettext("message"), text) for text in [run.result.get("message")] if text),
        *((gettext("warning"), text) for text in words.warnings(run)),
        (gettext("licence"), gettext(LICENCE)),
    ]


def title(run: models.AnalysisRun) -> str:
    """Return a run's name for people, such as ``Patrol targets, 2025-01-01 to 2025-12-31``."""
    window = run.provenance["window"]
    return gettext(
        "{process}, {first} to {last}",
        process=gettext(registry.of(run).title),
        first=window["from"],
        last=window["to"],
    )


def _ranked_by(asked: dict[str, Any], last: str) -> str | None:
    """Return by what targets are ranked where the window does not do it."""
    if asked.get("strategy") != "expected":
        return None
    if asked.get("require", "none") == "none" and asked.get("min_incidents") is None:
        return gettext(
            "what is expected, from all incidents up to {last}: the window only describes them",
            last=last,
        )
    return gettext(
        "what is expected, from all incidents up to {last}: the window only describes them, and "
        "says which meet what is required",
        last=last,
    )


def _left_out(counts: dict[str, Any]) -> str:
    said = [f"{many:,} {words.reason(why)}" for why, many in counts["excluded"].items()]
    return ", ".join(said) or gettext("none")


def _listed(libraries: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in libraries.items())


def _version_of(named: dict[str, Any]) -> str:
    name = str(named["name"])
    if "@" in name:
        return name
    return gettext("{name} (version {version})", name=name, version=named["version"])


def _inference(found: dict[str, Any]) -> str:
    permutations = found.get("permutations")
    drawn = gettext(", {number} permutations", number=f"{permutations:,}") if permutations else ""
    return gettext(
        "{statistic} of {value}, {inference}{drawn}, tail {tail}, correction {correction}, alpha "
        "{alpha}",
        statistic=found["statistic"],
        value=found["value"],
        inference=found["inference"],
        drawn=drawn,
        tail=found["tail"],
        correction=found["correction"],
        alpha=f"{found['alpha']:g}",
    )
