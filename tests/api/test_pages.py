"""Pages for people: what they say, that hostile names stay text, that every link leads on."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient

from service.analyses import properties
from service.export.formats import FORMATS
from service.http.app import create_app
from service.http.pages.routes import JOBS_SHOWN
from service.settings import Settings
from service.store.models import Job
from service.words import saying
from tests.api import published
from tests.databases import Databases

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """A page as its elements: (name, attributes), in order, and the text between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("th", "td"):
            self.text += " "
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("script", "style"):
            self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]

    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def town(databases: Databases) -> Iterator[TestClient]:
    """A service with a published run of targets, and one of each other kind."""
    with (
        databases.empty() as database,
        TestClient(
            create_app(Settings(worker="none"), database), raise_server_exceptions=False
        ) as started,
    ):
        published.stock(started)
        run = published.run(started, patrol_buffer_m=50)
        published.publish(started, run, by=published.HOSTILE)
        for process in ("getis-ord", "concentration"):
            published.run(started, process)
        yield started


def page(client: TestClient, url: str, status: int = 200) -> Page:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    read = Page(answer.text)
    check(read)
    return read


def check(read: Page) -> None:
    """Check what every page owes its readers, and what none may do."""
    for landmark in ("header", "nav", "main", "footer", "h1", "title"):
        assert read.all(landmark), landmark
    assert len(read.all("h1")) == 1
    assert read.all("html")[0]["lang"] == "en"
    assert all(one.get("scope") in ("col", "row") for one in read.all("th"))
    assert all("alt" in one for one in read.all("img"))
    ids = [one["id"] for _, one in read.elements if "id" in one]
    assert len(ids) == len(set(ids))
    for _, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert not urlsplit(attributes.get(name) or "").netloc
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name) is None or attributes[name] in ids
    scripts = read.all("script")
    assert all(one["src"].startswith("/static/") for one in scripts)
    assert "alert(1)" not in str([one for one in read.elements if one[0] == "script"])


def newest(client: TestClient, process: str) -> str:
    return str(client.get(f"/api/v1/runs?process={process}").json()[0]["id"])


def test_the_list_of_runs_says_what_each_was_asked(town):
    read = page(town, "/runs")
    for words in (
        "Where in square does harm gather more than chance would put it?",
        "How few places in square hold how much of the harm?",
        "cells of resolution 9 · 1 Jan 2024 to 31 Dec 2024",
        "Half of the harm in",
        "Published",
    ):
        assert words in read.words()
    only = page(town, "/runs?process=concentration").words()
    assert "Half of the harm in" in only
    assert "does harm gather" not in only
    assert "no run of this kind" in page(town, "/runs?process=horoscope").words()


def test_the_page_of_a_run_tells_targets_account_and_ground(town):
    run = newest(town, "targets")
    read = page(town, f"/runs/{run}")
    document = town.get(f"/api/v1/runs/{run}/targets").json()
    for feature in document["features"]:
        about = feature["properties"]
        assert " ".join(about["note"].split()) in read.words()
        assert f"{about['count']:,}" in read.words()
    counts = document["run"]["incidents"]
    assert f"In the window {counts['in_window']}" in read.words()
    assert f"Used {counts['used']}" in read.words()
    assert f"Before the window {counts['history']['before_window']}" in read.words()
    assert "incidents before the window" in read.words()
    for words in ("square (version 1)", "Getis-Ord Gi*", "permutation", run, "patrol_buffer_m"):
        assert words in read.words()
    assert f"/?run={run}" in [link.get("href") for link in read.all("a")]


def test_every_format_and_layer_of_a_run_can_be_downloaded_from_its_page(town):
    for process, parts in (("targets", {"places"}), ("getis-ord", {"places"}),
                           ("concentration", {"summary", "tables"})):  # fmt: skip
        run = newest(town, process)
        links = [link["href"] for link in page(town, f"/runs/{run}").all("a")]
        exports = [link for link in links if "/export?" in link]
        offered = {re.search(r"format=(\w+)", link).group(1) for link in exports}
        assert offered == {one.name for one in FORMATS.values() if parts & one.of}
        for link in exports:
            assert town.get(link).status_code == 200, link
    layers = {re.search(r"layer=(\w+)", link).group(1) for link in exports if "layer" in link}
    assert layers == {"shares", "lorenz"}


@pytest.mark.parametrize("start", ["/runs", "/jobs"])
def test_every_link_of_a_page_leads_somewhere(town, start):
    town.post("/api/v1/jobs", json={"process": "targets", "parameters": published.QUESTION})
    urls = {start, *(f"/runs/{newest(town, one)}" for one in ("targets", "getis-ord"))}
    seen: set[str] = set()
    for url in urls:
        read = page(town, url)
        linked = [*read.all("a"), *read.all("link")]
        ids = {one["id"] for _, one in read.elements if "id" in one}
        for attributes in linked:
            target = urljoin(url, attributes["href"])
            if attributes["href"].startswith("#"):
                assert attributes["href"][1:] in ids
            elif target not in seen and "/export?" not in target:
                seen.add(target)
                assert town.get(target).status_code == 200, target
    assert len(seen) > 10


def test_hostile_names_stay_text(town):
    run = newest(town, "targets")
    html = town.get(f"/runs/{run}").text
    assert "<script>alert" not in html
    read = page(town, f"/runs/{run}")
    assert '<script>alert(1)</script> & "Söhne" ]]>' in read.text
    assert "{{ 7*7 }}" in read.text
    assert "<script>alert(1)</script>" in page(town, "/runs").text
    for url in ("/runs/%3Cscript%3Ealert(1)%3C/script%3E", "/runs/<svg onload=alert(1)>"):
        answer = town.get(url)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text
        assert "<svg" not in answer.text
    assert "alert" not in str(page(town, '/runs?process="><script>alert(1)</script>').all("script"))


def test_the_page_of_jobs_tells_the_queue_and_what_came_of_each(town):
    asked = {"process": "targets", "parameters": published.QUESTION}
    job = town.post("/api/v1/jobs", json=asked).json()["id"]
    read = page(town, "/jobs")
    (row,) = [one for one in read.all("tr") if one.get("id") == f"job-{job}"]
    assert town.get(row["data-events"], headers={"Last-Event-ID": "-2"}).status_code == 422
    assert read.all("progress")
    assert "waiting" in read.words()
    assert "No worker is there" in read.words()
    assert town.delete(f"/api/v1/jobs/{job}").status_code == 200
    dismissed = page(town, "/jobs?status=dismissed")
    assert f"job-{job}" in [one.get("id") for one in dismissed.all("tr")]
    assert not dismissed.all("script")
    assert f"job-{job}" not in [
        one.get("id") for one in page(town, "/jobs?status=failed").all("tr")
    ]


def test_the_page_of_a_job_tells_what_was_asked_and_is_linked_from_the_list(town):
    asked = {"process": "targets", "parameters": published.QUESTION}
    job = town.post("/api/v1/jobs", json=asked).json()["id"]
    read = page(town, f"/jobs/{job}")
    assert "It waits for a worker" in read.words()
    for name, value in published.QUESTION.items():
        assert f"{name} {value}" in read.words()
    (row,) = [one for one in read.all("tr") if one.get("id") == f"job-{job}"]
    assert row["data-events"] == f"/api/v1/jobs/{job}/events"
    assert [one["src"] for one in read.all("script")] == ["/static/jobs.js"]
    assert f"/jobs/{job}" in [one["href"] for one in page(town, "/jobs").all("a")]
    for link in read.all("a"):
        if not link["href"].startswith("#"):
            assert town.get(link["href"]).status_code == 200, link
    town.delete(f"/api/v1/jobs/{job}")
    dismissed = page(town, f"/jobs/{job}")
    assert "It was dismissed" in dismissed.words()
    assert not dismissed.all("script")
    town.delete(f"/api/v1/jobs/{job}")
    assert "There is no job" in page(town, f"/jobs/{job}", status=404).words()


def test_the_page_of_a_job_links_to_its_run_or_says_why_it_failed(client, tenant):
    published.stock(client)
    run = published.run(client)
    problem = {
        "title": "Invalid input", "detail": published.HOSTILE,
        "errors": [{"where": "parameters.top", "message": "too many"}],
    }  # fmt: skip
    ended = {"process": "targets", "parameters": published.QUESTION, "source": "api"}
    with tenant.unit_of_work() as (session, agency):
        session.add_all(
            [
                Job(id="done", agency_id=agency, status="successful", run_id=run, **ended),
                Job(id="lost", agency_id=agency, status="failed", problem=problem, **ended),
            ]
        )
    done, lost = page(client, "/jobs/done"), page(client, "/jobs/lost")
    assert f"/runs/{run}" in [one["href"] for one in done.all("a")]
    assert "It is done" in done.words()
    assert "It failed: Invalid input" in lost.words()
    assert "parameters.top : too many" in lost.words().replace(
        "parameters.top:", "parameters.top :"
    )
    assert "<script>alert(1)</script>" in lost.text


def test_a_page_that_is_not_there_says_so_to_people(town):
    read = page(town, f"/runs/{'0' * 24}", status=404)
    assert "There is no run" in read.words()
    assert "page" in page(town, "/runs?page=0", status=422).words()
    assert "status" in page(town, "/jobs?status=asleep", status=422).words()
    assert "no run on this page" in page(town, "/runs?page=99").words()


def test_pages_are_kept_and_asked_for_again(town):
    tag = town.get("/runs").headers["etag"]
    assert town.get("/runs", headers={"If-None-Match": tag}).status_code == 304
    assert town.head("/runs").status_code == 200


def test_links_hold_the_path_of_a_proxy(database):
    settings = Settings(root_path="/spots", worker="none")
    with TestClient(create_app(settings, database)) as client:
        read = Page(client.get("/runs").text)
        links = [one["href"] for one in (*read.all("a"), *read.all("link"))]
        assert all(link.startswith(("/spots/", "#")) for link in links)


def test_long_lists_have_pages(client, tenant):
    with tenant.unit_of_work() as (session, agency):
        session.add_all(
            Job(id=f"j{at:03}", agency_id=agency, process="targets", parameters={}, source="api",
                status="successful", progress=100)
            for at in range(JOBS_SHOWN + 3)
        )  # fmt: skip
    first, second = page(client, "/jobs"), page(client, "/jobs?page=2")
    rows = [
        {one["id"] for one in read.all("tr") if (one.get("id") or "").startswith("job-")}
        for read in (first, second)
    ]
    assert [len(found) for found in rows] == [JOBS_SHOWN, 3]
    assert not rows[0] & rows[1]
    assert "/jobs?page=2" in [one["href"] for one in first.all("a")]


@pytest.mark.parametrize(
    ("process", "path", "declared"),
    [("targets", "targets", properties.TARGET), ("getis-ord", "scores", properties.SCORE)],
)
def test_the_table_of_a_run_has_the_columns_that_are_declared_for_it(town, process, path, declared):
    (run,) = town.get("/api/v1/runs", params={"process": process}).json()
    unit = run["provenance"]["harm_index"]["unit"]
    shown = [one for one in declared if one.on_pages and run["parameters"]["unit"] in one.kinds]
    said = page(town, f"/runs/{run['id']}").words()
    assert " ".join(saying.heading(one, unit) for one in shown) in said
    first = town.get(f"/api/v1/runs/{run['id']}/{path}").json()["features"][0]["properties"]
    told = [
        dict(saying.FILTERS)["class_words"](first["class"])
        if one.name == "class"
        else saying.reading(first[one.name], one.reading)
        for one in shown
    ]
    assert " ".join(told) in said
