"""A run in the words of its analysis: what was asked, and what came of it."""

from __future__ import annotations

from typing import Final

from service.analyses import registry
from service.store.models import AnalysisRun
from service.words.catalogue import gettext


def title(run: AnalysisRun) -> str:
    """Return a run's name, such as ``20 targets, 2025-01-01 to 2025-12-31``."""
    window = run.provenance["window"]
    return gettext(
        "{headline}, {first} to {last}",
        headline=headline(run),
        first=window["from"],
        last=window["to"],
    )


def headline(run: AnalysisRun) -> str:
    """Return what a run found, in a few words."""
    return registry.of(run).headline(run)


def question(run: AnalysisRun) -> str:
    """Return what a run was asked, as a sentence."""
    return registry.of(run).question(run)


def process_title(name: str) -> str:
    """Return what people call a process."""
    return gettext(registry.PROCESSES[name].title) if name in registry.PROCESSES else name


FILTERS: Final = {"process_title": process_title, "headline": headline, "question": question}
