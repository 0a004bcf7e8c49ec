"""Fixtures of the browser tests: Chromium, pages that watch what they do, servers to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.cli.sample_city import AGENCY
from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from tests.api import demo_city
from tests.api.serving import serving
from tests.databases import Databases
from tests.patience import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)

OUT = Path(__file__).resolve().parents[2] / "out"

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
)
"""Quiet enough that every request of the browser is one of the page; WebGL without a screen.

All but WebGL is drawn without the detour over a simulated graphics card.
"""


WITHOUT_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...more);
};
"""


@dataclass
class Watch:
    """What a page has done that it should not do."""

    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def of(self, page: Page) -> None:
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._seen(request.url))

    def _seen(self, url: str) -> None:
        if urlsplit(url).hostname != "127.0.0.1":
            self.elsewhere.append(url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium fonts-dejavu-core")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What pages of this test did; at its end, nothing may be wrong with that."""
    watched = Watch()
    yield watched
    assert watched.elsewhere == []
    assert watched.errors == []


@pytest.fixture
def open_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page at a URL: `open_page(url, dark=True, width=768, height=1024)`."""
    contexts = []

    def opened(
        url: str, *, width: int = 1280, height: int = 720, dark: bool = False, webgl: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if not webgl:
            context.add_init_script(WITHOUT_WEBGL)
        page = context.new_page()
        watch.of(page)
        # The first listener has the browser told to hand choosers over, and nobody waits for that:
        # one that a key opens at once would be the browser's own.
        page.on("filechooser", lambda _: None)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def read_page(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page as `open_page` does, without its map: for what stands beside it.

    Drawing maps without a graphics card takes most of a test's time.
    """
    return partial(open_page, webgl=False)


@pytest.fixture
def server(database: Database) -> Iterator[str]:
    """Base URL of a service on this test's own, empty database."""
    with serving(create_app(Settings(), database)) as url:
        yield url


@pytest.fixture(scope="session")
def demo_server(databases: Databases) -> Iterator[str]:
    """Base URL of a service on what `harmspot demo` stored."""
    with (
        demo_city.copied(databases) as database,
        serving(create_app(Settings(agency=AGENCY), database)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are left for people to look at; git ignores it."""
    OUT.mkdir(exist_ok=True)
    return OUT
