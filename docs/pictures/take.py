"""Take the picture of the map for the README: take.py http://127.0.0.1:8000 [OUTPUT.png]."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1280, 800
MOST_BYTES = 400 * 1024


def take(url: str, output: Path) -> None:
    """Open the map of a running service, choose its first target and write what is seen."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is not installed: apt-get install chromium fonts-dejavu-core")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(url)
        page.locator(".row").first.click()
        page.locator("#map[aria-busy=false]").wait_for()
        page.mouse.move(0, 0)  # nothing is pointed at
        page.wait_for_timeout(300)
        page.screenshot(path=output)
        browser.close()
    if output.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{output} has {output.stat().st_size:,} bytes: more than {MOST_BYTES:,}.")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    take(
        sys.argv[1],
        Path(sys.argv[2] if len(sys.argv) == 3 else Path(__file__).with_name("map.png")),
    )
