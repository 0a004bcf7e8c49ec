"""The briefing sheet: a run of targets on paper, and each of its targets as a picture."""

from __future__ import annotations

from service.briefing.printing import PAPERS, pdf, png
from service.briefing.sheet import MOST_TARGETS, Sheet, read

__all__ = ["MOST_TARGETS", "PAPERS", "Sheet", "pdf", "png", "read"]
