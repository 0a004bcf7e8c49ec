"""The pages in a browser: progress that moves by itself, reading without scripts, print."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from service.store.session import Database
from tests.api import published
from tests.patience import PATIENCE_S


def fill(client: TestClient) -> None:
    published.stock(client)
    published.publish(client, published.run(client))


@pytest.fixture
def database(databases) -> Iterator[Database]:
    """Incidents and a published run."""
    with published.copied(databases, "published-square", fill) as made:
        yield made


@pytest.fixture
def town(server: str) -> httpx2.Client:
    """A client of the service."""
    return httpx2.Client(base_url=server, timeout=PATIENCE_S)


def ask(client: httpx2.Client, **changes) -> str:
    asked = {"process": "targets", "parameters": published.QUESTION | changes}
    answer = client.post("/api/v1/jobs", json=asked)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_jobs_go_on_before_the_readers_eyes(town, server, open_page, artefacts):
    done = [ask(town, top=at) for at in range(1, 7)]
    refused = ask(town, index="nonesuch")
    page = open_page(f"{server}/jobs")
    for job in done:
        row = page.locator(f"#job-{job}")
        expect(row.locator(".state")).to_have_text("done")
        expect(row.locator(".outcome a")).to_have_attribute("href", re.compile(r"^/runs/\w{24}$"))
        expect(row.locator("progress")).to_have_count(0)
    expect(page.locator(f"#job-{refused} .outcome")).to_contain_text("no harm index nonesuch")
    expect(page.locator(".lead")).to_contain_text("0 waiting, 0 running")
    expect(page.locator("#news")).not_to_be_empty()
    page.screenshot(path=artefacts / "jobs.png")


def test_a_job_goes_on_before_the_readers_eyes(town, server, open_page, artefacts):
    for wanted, outcome, lead in (
        (ask(town, top=7), "target", "It is done"),
        (ask(town, index="nonesuch"), "no harm index nonesuch", "It failed"),
    ):
        page = open_page(f"{server}/jobs")
        page.locator(f"#job-{wanted} th a").click()
        expect(page).to_have_url(f"{server}/jobs/{wanted}")
        expect(page.locator("progress")).to_have_count(0)
        expect(page.locator(".lead")).to_contain_text(lead)
        page.reload()
        expect(page.locator(".outcome")).to_contain_text(outcome)
        page.screenshot(path=artefacts / "job.png", full_page=True)


def test_a_run_is_read_and_printed_without_scripts(town, server, browser, watch, artefacts):
    run = town.get("/api/v1/runs?process=targets").json()[0]["id"]
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    watch.of(page)
    page.goto(f"{server}/runs/{run}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("target")
    expect(page.get_by_role("table").first).to_contain_text("<script>alert(1)</script>")
    expect(page.get_by_role("navigation")).to_be_visible()
    page.screenshot(path=artefacts / "run-dark.png", full_page=True)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.locator("#downloads")).to_be_hidden()
    expect(page.get_by_role("table").first).to_be_visible()
    page.screenshot(path=artefacts / "run-print.png")
    context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(town, server, open_page, dark):
    run = town.get("/api/v1/runs?process=targets").json()[0]["id"]
    page = open_page("about:blank", dark=dark)
    for path in ("/runs", f"/runs/{run}", "/jobs", f"/jobs/{ask(town)}"):
        page.goto(f"{server}{path}")
        weakest = page.evaluate(WEAKEST_CONTRAST)
        assert weakest[0] >= 4.5, (path, weakest)


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_a_telephone_and_a_desk(town, server, open_page, width):
    run = town.get("/api/v1/runs?process=targets").json()[0]["id"]
    page = open_page("about:blank", width=width)
    for path in ("/runs", f"/runs/{run}", "/jobs", f"/jobs/{ask(town)}"):
        page.goto(f"{server}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


WEAKEST_CONTRAST = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = parts(colour).slice(0, 3).map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((parts(colour)[3] ?? 1) === 1) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    let weakest = [21, ""];
    for (const element of document.querySelectorAll("body *")) {
        const said = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
        if (!said || !element.checkVisibility()) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < weakest[0]) weakest = [ratio, element.outerHTML.slice(0, 80)];
    }
    return weakest;
}"""
