"""A feed as JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from typing import Any, Final

from service import __version__
from service.http.feeds.entries import Entry, Feed, Place
from service.http.feeds.times import rfc3339

MEDIA_TYPE: Final = "application/feed+json"
_VERSION: Final = "https://jsonfeed.org/version/1.1"
_ABOUT: Final = "docs"


def as_json_feed(feed: Feed, place: Place) -> bytes:
    """Write a page of a feed.

    Parameters
    ----------
    feed
        The page.
    place
        Where it is read, from which its links are made.
    """
    document: dict[str, Any] = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": f"{place.service}runs",
        "feed_url": place.here,
        "language": "en",
        "authors": [{"name": feed.author}],
        "_harmspot": {
            "about": f"{place.service}{_ABOUT}",
            "id": feed.id,
            "updated": rfc3339(feed.updated),
            "software": __version__,
        },
        "items": [_item(entry, place) for entry in feed.entries],
    }
    if place.after is not None:
        document["next_url"] = place.after
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode()


def _item(entry: Entry, place: Place) -> dict[str, Any]:
    run, page = entry.run, entry.links[0]
    return {
        "id": entry.id,
        "url": f"{place.service}{page.path}",
        "title": entry.title,
        "summary": entry.summary,
        "content_text": entry.text,
        "date_published": rfc3339(entry.updated),
        "date_modified": rfc3339(entry.updated),
        "authors": [{"name": entry.author}],
        "tags": [run.process, run.parameters["unit"]],
        "attachments": [
            {
                "url": f"{place.service}{link.path}",
                "mime_type": link.media_type,
                "title": link.title,
            }
            for link in entry.links
            if link.rel == "enclosure"
        ],
        "_harmspot": {
            "about": f"{place.service}{_ABOUT}",
            "run": run.id,
            "process": run.process,
            "unit": run.parameters["unit"],
            "window": {name: run.provenance["window"][name] for name in ("from", "to")},
            "targets": entry.targets,
            "backtest": None if entry.tested is None else vars(entry.tested),
            "links": {
                link.title: f"{place.service}{link.path}"
                for link in entry.links
                if link.rel == "related"
            },
        },
    }
