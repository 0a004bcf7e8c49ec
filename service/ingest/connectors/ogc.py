"""Collections of OGC API Features: pages that are followed from link to link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final
from urllib.parse import urljoin

from service.errors import UnreadableFileError
from service.ingest.connectors import urls
from service.ingest.connectors.fetching import Fetcher
from service.ingest.connectors.origin import AskedSince, Kind
from service.ingest.connectors.refusals import RefusedError
from service.ingest.connectors.rows import Page
from service.ingest.connectors.source import Since
from service.ingest.profiles.profile import Profile
from spatial.errors import InvalidInputError, Problem

COLLECTION: Final = re.compile(r"^(.*/collections)(?:/([^/]+))?(?:/items)?/?$")
PAGE_ROWS: Final = 1_000

_ACCEPT = "application/geo+json, application/json;q=0.9"


class OgcFeatures:
    """One collection.

    Parameters
    ----------
    fetcher
        Asks.
    url
        `https://HOST/.../collections/NAME`, or its items; a filter may stand in its query.
    profile
        What its properties mean.
    page_rows
        How many features are asked for at once; the server gives no more than it likes to.
    since
        From when on, by what the server holds for the time of a feature.
    """

    kind: Kind = "ogc"

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        profile: Profile,
        page_rows: int | None,
        since: Since | None,
    ) -> None:
        self._fetcher, self._profile = fetcher, profile
        self._told = urls.shown(url)
        found = COLLECTION.match(urls.without_query(url))
        if found is None or found.group(2) is None:
            raise self._no_collection(found.group(1) if found else url)
        query = urls.parameters(url)
        for one in ("crs", "offset", "startindex"):
            if one in query:
                raise InvalidInputError(
                    f"{self._told}: leave {one} out, all is read, in degrees.",
                    [Problem("url", f"leave {one} out")],
                )
        named = page_rows or query.pop("limit", None)
        self.since: AskedSince | None = None
        if since is not None:
            if "datetime" in query:
                raise InvalidInputError(
                    "--since-last asks by datetime: leave it out of the address.",
                    [Problem("url", "leave datetime out")],
                )
            query["datetime"] = f"{since.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}/.."
            self.since = since.told("datetime")
        items = f"{found.group(1)}/{found.group(2)}/items"
        self._plain = urls.with_query(items, query)
        self._first = urls.with_query(items, {**query, "limit": str(named or PAGE_ROWS)})
        self._limit_is_ours = named is None
        self._asked: set[str] = set()

    def profile(self) -> Profile:
        """Return the profile for features in degrees."""
        return self._profile.model_copy(update={"crs": "EPSG:4326"})

    def count(self) -> int | None:
        """Return None: each page says how many match."""
        return None

    def page(self, at: Any, wanted: Callable[[str], bool]) -> Page:
        """Return the features at a link."""
        url = str(at or self._first)
        if url in self._asked:
            raise UnreadableFileError(
                f"{self._told} leads in a circle: a page names one before it as the next."
            )
        self._asked.add(url)
        told = self._document(url)
        features = told.get("features") if isinstance(told, dict) else None
        if not isinstance(features, list):
            raise UnreadableFileError(
                f"{self._told} answers with JSON that is no FeatureCollection: is it a collection "
                "of features?"
            )
        matched = told.get("numberMatched")
        return Page(
            [_only(one, wanted) for one in features],
            [str(one["id"]) for one in features if isinstance(one, dict) and "id" in one],
            self._next(url, told.get("links")),
            matched if isinstance(matched, int) else None,
        )

    def _document(self, url: str) -> Any:
        """Return a page; the first by the server's own limit where it refuses ours."""
        try:
            return self._fetcher.json(url, accept=_ACCEPT)
        except RefusedError:
            if url != self._first or not self._limit_is_ours:
                raise
            return self._fetcher.json(self._plain, accept=_ACCEPT)

    def _next(self, url: str, links: Any) -> str | None:
        """Return the address of the next page; None at the end."""
        listed = [
            one
            for one in (links if isinstance(links, list) else ())
            if isinstance(one, dict)
            and one.get("rel") == "next"
            and isinstance(one.get("href"), str)
        ]
        for one in sorted(listed, key=lambda one: "json" not in str(one.get("type", "json"))):
            following = urls.checked(urljoin(url, one["href"]))
            urls.check_step(url, following)
            return following
        return None

    def _no_collection(self, address: str) -> InvalidInputError:
        told = self._fetcher.found_json(address) or {}
        listed = told.get("collections") if isinstance(told, dict) else None
        names = [
            str(one.get("id")) for one in listed or () if isinstance(one, dict) and "id" in one
        ]
        there = f"; there are {', '.join(names[:20])}" if names else ""
        return InvalidInputError(
            f"{self._told} names no collection: it ends in /collections/NAME{there}.",
            [Problem("url", "a collection is missing")],
        )


def _only(feature: Any, wanted: Callable[[str], bool]) -> Any:
    """Return a feature less the properties that nobody wants."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return feature
    kept = {name: value for name, value in properties.items() if wanted(name)}
    return {
        **{name: feature[name] for name in ("type", "id", "geometry") if name in feature},
        "properties": kept,
    }
