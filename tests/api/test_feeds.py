"""What was published reaches briefing tools: valid feeds, stable ids, links that lead there."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from jsonschema import validate

from service.http.app import create_app
from service.settings import Settings
from tests.api import published
from tests.databases import Databases

JSON, ATOM = "/api/v1/feeds/targets.json", "/api/v1/feeds/targets.atom"
NS = "{http://www.w3.org/2005/Atom}"
URL = {"type": "string", "pattern": "^https?://"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
AUTHORS = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": URL,
        "feed_url": URL,
        "next_url": URL,
        "authors": AUTHORS,
        "language": {"type": "string"},
        "_harmspot": {"type": "object", "required": ["about"]},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "content_text"],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": URL,
                    "title": {"type": "string"},
                    "summary": {"type": "string"},
                    "content_text": {"type": "string", "minLength": 1},
                    "date_published": TIME,
                    "date_modified": TIME,
                    "authors": AUTHORS,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "attachments": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["url", "mime_type"],
                            "properties": {"url": URL, "mime_type": {"type": "string"}},
                            "additionalProperties": {"type": ["string", "number"]},
                        },
                    },
                },
                "patternProperties": {"^_": {"type": "object"}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""JSON Feed 1.1, as its text has it."""


@pytest.fixture
def town(client: TestClient) -> TestClient:
    published.stock(client)
    return client


@pytest.fixture(scope="module")
def weeks(databases: Databases) -> Iterator[TestClient]:
    """A service where five runs were published: four of targets, one of concentration."""
    with (
        databases.empty() as database,
        TestClient(create_app(Settings(worker="none"), database)) as started,
    ):
        published.stock(started)
        for top in (1, 2, 3):
            published.publish(started, published.run(started, top=top))
        published.publish(started, published.run(started, top=4, patrol_buffer_m=100))
        published.publish(started, published.run(started, "concentration"))
        yield started


def atom(client: TestClient, url: str = ATOM) -> ElementTree.Element:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    return ElementTree.fromstring(answer.content)


def check_atom(root: ElementTree.Element) -> None:
    """Check what RFC 4287 asks of feeds and entries (4.1.1, 4.1.2, 4.2.7)."""
    assert root.tag == f"{NS}feed"
    for element in (root, *root.findall(f"{NS}entry")):
        for name in ("id", "title", "updated"):
            (only,) = element.findall(f"{NS}{name}")
            assert only.text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{NS}id"))
        dt.datetime.fromisoformat(element.findtext(f"{NS}updated"))
        assert all(one.findtext(f"{NS}name") for one in element.findall(f"{NS}author"))
        assert element.findall(f"{NS}author")
        links = element.findall(f"{NS}link")
        assert all(urlsplit(link.get("href")).scheme for link in links)
        alternates = [link.get("type") for link in links if link.get("rel") == "alternate"]
        assert len(alternates) == len(set(alternates)) == 1
        for link in links:
            assert link.get("rel") in {
                "self", "alternate", "related", "enclosure", "previous", "next",
            }  # fmt: skip
    assert len([link for link in root.findall(f"{NS}link") if link.get("rel") == "self"]) == 1
    ids = [entry.findtext(f"{NS}id") for entry in root.findall(f"{NS}entry")]
    assert len(set(ids)) == len(ids)
    times = [entry.findtext(f"{NS}updated") for entry in root.findall(f"{NS}entry")]
    assert times == sorted(times, reverse=True)
    order = [child.tag for child in root]
    if f"{NS}entry" in order:
        assert set(order[order.index(f"{NS}entry") :]) == {f"{NS}entry"}
    for entry in root.findall(f"{NS}entry"):
        assert entry.find(f"{NS}summary").get("type") == "text"


def test_an_empty_feed_is_valid_too_and_stays_the_same(client):
    feed = client.get(JSON).json()
    validate(feed, JSON_FEED)
    assert feed["items"] == []
    root = atom(client)
    check_atom(root)
    assert client.get(ATOM).content == client.get(ATOM).content


def test_the_json_feed_is_valid(weeks):
    answer = weeks.get(JSON)
    assert answer.headers["content-type"] == "application/feed+json"
    validate(answer.json(), JSON_FEED)
    assert len(answer.json()["items"]) == 4


def test_the_atom_feed_is_valid(weeks):
    root = atom(weeks)
    check_atom(root)
    assert len(root.findall(f"{NS}entry")) == 4


def test_an_entry_tells_the_first_targets_and_what_was_asked(weeks):
    newest = weeks.get(JSON).json()["items"][0]
    run = newest["_harmspot"]["run"]
    targets = weeks.get(f"/api/v1/runs/{run}/targets").json()["features"]
    number = len(targets)
    things = "1 target" if number == 1 else f"{number} targets"
    assert newest["title"] == f"{things}, 2024-01-01 to 2024-12-31"
    first = targets[0]["properties"]
    assert newest["content_text"].startswith("1. ")
    assert " ".join(first["note"].split()) in newest["content_text"]
    assert newest["summary"].startswith("Which places in square will hold the most harm next?")
    assert newest["authors"] == [{"name": "Sgt Example"}]
    assert newest["_harmspot"]["window"] == {"from": "2024-01-01", "to": "2024-12-31"}
    assert newest["_harmspot"]["targets"] == number


def test_both_feeds_say_the_same(weeks):
    entries = atom(weeks).findall(f"{NS}entry")
    for item, entry in zip(weeks.get(JSON).json()["items"], entries, strict=True):
        assert item["id"] == entry.findtext(f"{NS}id")
        assert item["title"] == entry.findtext(f"{NS}title")
        assert item["date_modified"] == entry.findtext(f"{NS}updated")
        assert entry.findtext(f"{NS}summary") == f"{item['summary']}\n{item['content_text']}"
        files = [one.get("href") for one in entry.findall(f"{NS}link")
                 if one.get("rel") == "enclosure"]  # fmt: skip
        assert files == [one["url"] for one in item["attachments"]]


def test_every_link_of_an_entry_leads_somewhere(weeks):
    entries = [*atom(weeks), *atom(weeks, f"{ATOM}?process=concentration")]
    links = [link for entry in entries for link in entry.findall(f"{NS}link")]
    assert len(links) > 20
    for link in links:
        answer = weeks.get(link.get("href"))
        assert answer.status_code == 200, link.attrib
        assert answer.headers["content-type"].partition(";")[0] == link.get("type")
    newest = weeks.get(JSON).json()["items"][0]
    titles = [one["title"] for one in newest["attachments"]]
    assert titles == ["Targets", "Patrol areas"]


def test_the_feed_is_read_page_by_page_to_its_end(weeks):
    whole = [item["id"] for item in weeks.get(JSON).json()["items"]]
    url, seen = f"{JSON}?limit=3", []
    while url:
        page = weeks.get(url).json()
        validate(page, JSON_FEED)
        seen += [item["id"] for item in page["items"]]
        url = page.get("next_url")
    assert seen == whole
    second = atom(weeks, f"{ATOM}?limit=3&offset=3")
    check_atom(second)
    (before,) = [link for link in second.findall(f"{NS}link") if link.get("rel") == "previous"]
    first = atom(weeks, before.get("href"))
    assert [one.findtext(f"{NS}id") for one in first.findall(f"{NS}entry")] == whole[:3]
    assert first.findtext(f"{NS}id") == second.findtext(f"{NS}id")


def test_the_feed_can_be_of_another_process_or_of_one_unit_only(weeks):
    (other,) = weeks.get(f"{JSON}?process=concentration").json()["items"]
    assert other["title"].startswith("Half of the harm in ")
    assert other["summary"].startswith("How few places in square hold how much of the harm?")
    assert other["tags"] == ["concentration", "h3"]
    assert len(weeks.get(f"{JSON}?unit=h3").json()["items"]) == 4
    assert weeks.get(f"{JSON}?unit=segment").json()["items"] == []
    ids = {atom(weeks, f"{ATOM}?{one}").findtext(f"{NS}id")
           for one in ("", "process=concentration", "unit=h3", "unit=segment")}  # fmt: skip
    assert len(ids) == 4
    refused = weeks.get(f"{JSON}?process=horoscope")
    assert refused.status_code == 404
    assert "targets" in refused.json()["detail"]
    assert weeks.get(f"{JSON}?unit=acre").status_code == 422
    assert weeks.get(f"{JSON}?limit=101").status_code == 422


def test_a_run_published_again_comes_to_the_top_under_its_old_id(town):
    first, second = published.run(town, top=1), published.run(town, top=2)
    for run in (first, second):
        published.publish(town, run)
    before = town.get(JSON).json()["items"]
    assert [item["_harmspot"]["run"] for item in before] == [second, first]
    published.publish(town, first, by="Insp Other")
    after = town.get(JSON).json()["items"]
    assert [item["_harmspot"]["run"] for item in after] == [first, second]
    assert after[0]["id"] == before[1]["id"]
    assert after[0]["date_modified"] > before[1]["date_modified"]
    assert after[0]["authors"] == [{"name": "Insp Other"}]


@pytest.mark.parametrize("url", [JSON, ATOM])
def test_a_feed_that_did_not_change_is_not_sent_again(town, url):
    published.publish(town, published.run(town, top=1))
    first = town.get(url)
    since = first.headers["last-modified"]
    assert town.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    again = town.get(url, headers={"If-Modified-Since": since})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["last-modified"] == since
    earlier = format_datetime(parsedate_to_datetime(since) - dt.timedelta(seconds=1), usegmt=True)
    assert town.get(url, headers={"If-Modified-Since": earlier}).status_code == 200
    published.publish(town, published.run(town, top=2))
    changed = town.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_hostile_names_are_text_and_nothing_else(weeks):
    entry = atom(weeks).find(f"{NS}entry")
    assert [child.tag for child in entry.find(f"{NS}summary")] == []
    text = entry.findtext(f"{NS}summary")
    assert '<script>alert(1)</script> & "Söhne" ]]> \ufffd[31m {{ 7*7 }}' in text
    assert b"<script" not in weeks.get(ATOM).content
    for item in weeks.get(JSON).json()["items"]:
        assert not [one for one in item["content_text"] if one < " " and one != "\n"]
        lines = item["content_text"].split("\n")
        assert all(re.match(r"\d\. |And ", line) for line in lines), lines


def test_links_begin_with_the_public_address(database):
    settings = Settings(public_url="https://harm.example/spots", worker="none")
    with TestClient(create_app(settings, database)) as client:
        published.stock(client, place="High Street")
        published.publish(client, published.run(client))
        feed = client.get(JSON).json()
        (item,) = feed["items"]
        addresses = re.findall(r"https?://[^\"]+", json.dumps([feed["feed_url"], item]))
        assert len(addresses) > 5
        assert all(one.startswith("https://harm.example/spots/") for one in addresses)
        assert all(
            link.get("href").startswith("https://harm.example/spots/")
            for link in atom(client).iter(f"{NS}link")
        )
