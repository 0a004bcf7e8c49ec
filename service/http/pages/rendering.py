"""Filling the templates; whatever comes from outside is escaped everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import jinja2

from service.drawing import templates

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"


def render(template: str, root: str, **shown: Any) -> bytes:
    """Return a page.

    Parameters
    ----------
    template
        Name of the template, without suffix.
    root
        Path under which the service is served, with which every link of the page begins.
    shown
        What the page shows.
    """
    return (
        templates.of(_TEMPLATES)
        .get_template(f"{template}.html")
        .render(root=root, **shown)
        .encode()
    )


def partial(file: Path | None) -> jinja2.Template | None:
    """Return the template by which an analysis tells a run itself; None where it has none."""
    return (
        None
        if file is None
        else templates.of(_TEMPLATES).from_string(file.read_text(encoding="utf-8"))
    )
