"""Fixtures of the browser tests: Chromium, pages that watch what they do, servers to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

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
        page.on("console", self._said)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)

    def leave(self, page: Page) -> None:
        page.remove_listener("console", self._said)
        page.remove_listener("pageerror", self._failed)
        page.remove_listener("request", self._asked)

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(said.text)

    def _failed(self, error: Error) -> None:
        self.errors.append(str(error))

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.elsewhere.append(request.url)


class Tabs:
    """Pages that one test after the other uses: to open one anew takes longer than most tests."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[bool, list[Page]] = {True: [], False: []}

    def take(self, webgl: bool) -> Page:
        """Return a page on which nobody has left a trace."""
        while self._idle[webgl]:
            page = self._idle[webgl].pop()
            if not page.is_closed():
                return page
        context = self._browser.new_context(reduced_motion="reduce", locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        if not webgl:
            context.add_init_script(WITHOUT_WEBGL)
        page = context.new_page()
        # The first listener has the browser told to hand choosers over, and nobody waits for that:
        # one that a key opens at once would be the browser's own.
        page.on("filechooser", lambda _: None)
        return page

    def give_back(self, page: Page, webgl: bool) -> None:
        """Remove the traces of a test from a page, for the next one."""
        page.unroute_all(behavior="ignoreErrors")
        if page.url.startswith("http"):
            page.evaluate("sessionStorage.clear(), localStorage.clear()")
        page.context.clear_cookies()
        page.goto("about:blank")
        page.emulate_media(media="null")
        self._idle[webgl].append(page)


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


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    """The pages that the tests of this worker use one after the other."""
    return Tabs(browser)


@pytest.fixture
def open_page(tabs: Tabs, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page at a URL: `open_page(url, dark=True, width=768, height=1024)`.

    A page whose `kept` is false is for what cannot be undone, such as `add_init_script`.
    """
    opened: list[tuple[Page, bool, bool]] = []

    def open_at(
        url: str,
        *,
        width: int = 1280,
        height: int = 720,
        dark: bool = False,
        webgl: bool = True,
        kept: bool = True,
    ) -> Page:
        page = tabs.take(webgl)
        opened.append((page, webgl, kept))
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        watch.of(page)
        page.goto(url)
        return page

    yield open_at
    for page, webgl, kept in opened:
        watch.leave(page)
        if kept:
            tabs.give_back(page, webgl)
        else:
            page.context.close()


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
