"""Pages for people: plain HTML from templates, which load nothing from other hosts."""

from __future__ import annotations

from service.http.pages.rendering import partial, render

__all__ = ["partial", "render"]
