"""What a run rests on, in readable lines: for the run table of a file and for its README."""

from __future__ import annotations

from typing import Any

from service.analyses import registry
from service.analyses.study.units.kinds import kind_of
from service.store import models
from service.words import runs as words
from service.words.catalogue import gettext

LICENCE = (
    "Boundaries and streets keep the licence of their sources, which may ask for attribution. "
    "Incidents, and what is made of them, are the agency's own. A hot spot is a place, not a "
    "verdict on the people who live there."
)


def facts(run: models.AnalysisRun) -> list[tuple[str, str]]:
    """Return what a reader asks first of a run, as names and values."""
    about, asked = run.provenance, run.parameters
    window, area, index = about["window"], about["study_area"], about["harm_index"]
    counts, units = about["incidents"], f"{area['units']:,}"
    left_out = ", ".join(
        f"{many:,} {words.reason(why)}" for why, many in counts["excluded"].items()
    )
    return [
        ("run", run.id),
        ("analysis", registry.of(run).title),
        ("window", f"{window['from']} to {window['to']} ({window['days']} days)"),
        ("study area", _version_of(area) if area["name"] else str(area["fallback"])),
        ("units", gettext(kind_of(asked).counted, many=units, **asked)),
        *((what, _version_of(one)) for what, one in about["references"].items()),
        ("harm index", f"{index['name']}@{index['version']}: {index['title']} ({index['unit']})"),
        ("sources", ", ".join(about["sources"])),
        (
            "incidents",
            f"{counts['used']:,} used of {counts['in_window']:,} in the window; "
            f"{counts['outside']:,} outside the study area; left out: {left_out or 'none'}",
        ),
        ("data version", str(run.data_version)),
        ("software", run.software_version),
        *(("libraries", _listed(found)) for found in [about.get("libraries")] if found),
        ("seed", str(asked["seed"])),
        *(("inference", _inference(found)) for found in [run.result.get("inference")] if found),
        *(("message", text) for text in [run.result.get("message")] if text),
        *(("warning", text) for text in about["warnings"]),
        ("licence", LICENCE),
    ]


def title(run: models.AnalysisRun) -> str:
    """Return a run's name for people, such as ``Patrol targets, 2025-01-01 to 2025-12-31``."""
    window = run.provenance["window"]
    return f"{registry.of(run).title}, {window['from']} to {window['to']}"


def _listed(libraries: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in libraries.items())


def _version_of(named: dict[str, Any]) -> str:
    name = str(named["name"])
    return name if "@" in name else f"{name} (version {named['version']})"


def _inference(found: dict[str, Any]) -> str:
    permutations = found.get("permutations")
    drawn = f", {permutations:,} permutations" if permutations else ""
    return (
        f"{found['statistic']} of {found['value']}, {found['inference']}{drawn}, tail "
        f"{found['tail']}, correction {found['correction']}, alpha {found['alpha']:g}"
    )
