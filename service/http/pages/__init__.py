"""Pages for people: plain HTML from templates, which load nothing from other hosts."""

from __future__ import annotations

from service.http.pages.rendering import HEADERS, render

__all__ = ["HEADERS", "render"]
