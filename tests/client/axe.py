"""What axe-core finds on a page: the rules of accessibility that a program can check."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
_SERIOUS = ("serious", "critical")


def serious_violations(page: Page) -> list[str]:
    """Return each serious or critical violation with the elements that have it."""
    page.evaluate(_AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']][:5]}"
        for one in found["violations"]
        if one["impact"] in _SERIOUS
    ]
