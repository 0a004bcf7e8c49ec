"""The pages in another language: whatever they say comes from the catalogue."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from service.words import catalogue
from tests import pseudo_language
from tests.api import published
from tests.api.serving import serving
from tests.patience import PATIENCE_S

SAID = """
() => {
    const said = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const parent = walk.currentNode.parentElement;
        if (parent.closest("script, style, noscript, code, .note, [hidden]")) continue;
        // A link, a moment or a command stands within the sentence that holds it.
        const sentence = parent.matches("a, time, b") ? parent.parentElement : parent;
        said.push(sentence.textContent.includes("⟦") ? "⟦" : walk.currentNode.textContent);
    }
    for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            if (one.getAttribute(name)) said.push(one.getAttribute(name));
    return said.map((one) => one.trim()).filter((one) => /\\p{L}{2}/u.test(one));
}
"""
"""What a page says: its texts, and what it says of its elements to those who do not see them."""


@pytest.fixture
def foreign(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Base URL of a service that speaks the language of no country, with a published run."""
    pseudo_language.write(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    settings = Settings(language=pseudo_language.LANGUAGE)
    with serving(create_app(settings, database)) as url:
        client = httpx2.Client(base_url=url, timeout=PATIENCE_S)
        published.stock(client)
        published.publish(client, published.run(client))
        yield url
    catalogue._find.cache_clear()


DATA = {
    "square", "generic", "count", "1, incidents", "incidents", "robbery", "theft", "Gi*",
    published.HOSTILE,
    "default", "HTTP", "KML",
    "starting", "reading and weighing incidents", "testing for hot spots", "choosing targets",
    "gathering the evidence", "resampling incidents", "ranking units", "done",
    "looking up the question", "reading what was before", "telling what is expected",
    "storing the run",
}  # fmt: skip
"""What the pages show of the town: names that somebody gave, units and symbols, and how far a job
is, which is stored as it was said first."""

WRITTEN = re.compile(
    r"\d+ \w{3,4} \d{4}|(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[\d–:, ]*$|[\d.]+ km²$|t-\w+$|\.\w+$"
    r"|Source generic: |The newest incident is of "
)
"""Dates and days, which the browser writes in its reader's own language; areas; ids of targets; and
what a run stores of its sources and their last incident, which is kept as it was said first."""


def untranslated(page: Page) -> list[str]:
    """Return what a page says without the catalogue, other than the data that it shows."""
    said = page.evaluate(SAID)
    assert any(pseudo_language.OPEN in one for one in said)
    own = [one for one in said if pseudo_language.OPEN not in one]
    return [one for one in own if one not in DATA and not WRITTEN.match(one)]


def test_the_map_says_everything_in_the_language_of_the_installation(
    foreign: str, read_page: Callable[..., Page]
) -> None:
    page = read_page(foreign)
    expect(page.locator("main#desk")).to_be_visible()
    tabs = page.get_by_role("tab")
    for at in range(tabs.count()):
        tabs.nth(at).click()
        assert untranslated(page) == []
    page.locator("#targets button, #targets .row").first.click()
    assert untranslated(page) == []


def test_the_data_page_says_everything_in_the_language_of_the_installation(
    foreign: str, read_page: Callable[..., Page]
) -> None:
    page = read_page(f"{foreign}/data")
    expect(page.locator("h1")).to_contain_text(pseudo_language.OPEN)
    assert untranslated(page) == []


def test_the_pages_say_everything_in_the_language_of_the_installation(
    foreign: str, read_page: Callable[..., Page]
) -> None:
    client = httpx2.Client(base_url=foreign, timeout=PATIENCE_S)
    published.run(client, "concentration")
    asked = {"process": "targets", "parameters": published.QUESTION | {"top": 3}}
    job = client.post("/api/v1/jobs", json=asked).json()["id"]
    runs = [f"/runs/{run['id']}" for run in client.get("/api/v1/runs").json()]
    for path in ("/runs", *runs, "/jobs", f"/jobs/{job}"):
        page = read_page(f"{foreign}{path}")
        expect(page.locator(".lead").first).to_contain_text(pseudo_language.OPEN)
        data = {one.strip() for one in page.locator("dd, table.parameters td").all_text_contents()}
        assert [one for one in untranslated(page) if one not in data] == []
