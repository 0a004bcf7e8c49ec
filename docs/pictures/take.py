"""Take the pictures of the map from a running demo: take.py http://127.0.0.1:8000 [FOLDER]."""

from __future__ import annotations

import io
import json
import shutil
import sys
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

WIDTH, HEIGHT = 1280, 800
MOST_BYTES = 400 * 1024
PICTURES = {"h3": "map.png", "segment": "map-streets.png"}
"""The picture of the newest run on each unit of place."""


def take(url: str, folder: Path) -> None:
    """Open the map of a running service, choose the first target of each run and keep the view."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is not installed: apt-get install chromium fonts-dejavu-core")
    newest = newest_runs(url)
    missing = [unit for unit in PICTURES if unit not in newest]
    if missing:
        raise SystemExit(f"{url} has no run of targets on {', '.join(missing)}: run the demo.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        for unit, name in PICTURES.items():
            picture(browser, f"{url}/?run={newest[unit]}", folder / name)
        browser.close()


def newest_runs(url: str) -> dict[str, str]:
    """Return the newest run of targets on each unit of place."""
    address = f"{url}/api/v1/runs?process=targets"
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - the caller's own
        found = json.load(answer)
    return {run["parameters"]["unit"]: run["id"] for run in reversed(found)}


def picture(browser: Browser, url: str, output: Path) -> None:
    """Write what is seen when the first target is chosen."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page.goto(url)
    page.locator(".row").first.click()
    page.mouse.move(0, 0)  # nothing is pointed at
    page.locator("#map[aria-busy=false]").wait_for()
    page.wait_for_timeout(500)
    seen = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    # A map has few colours: a palette holds them in a third of the bytes.
    seen.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(output, optimize=True)
    if output.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{output} has {output.stat().st_size:,} bytes: more than {MOST_BYTES:,}.")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    take(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
