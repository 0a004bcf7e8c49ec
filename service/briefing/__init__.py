"""The briefing sheet: a run of targets on paper, and each of its targets as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from service.briefing.printing import PAPERS, pdf, png
    from service.briefing.sheet import Sheet, read

__all__ = ["MOST_TARGETS", "PAPERS", "Sheet", "pdf", "png", "read"]

MOST_TARGETS: Final = 100
"""Targets that one briefing tells of: who can patrol more does not do it from one sheet."""


def __getattr__(name: str) -> Any:
    """Return what reads and prints a sheet, which is loaded when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from service.briefing import printing, sheet

    return getattr(printing if name in ("PAPERS", "pdf", "png") else sheet, name)
