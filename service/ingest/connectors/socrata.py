"""Datasets of Socrata portals, by their SODA API: pages of JSON in the order of the rows' ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlsplit

from service.errors import UnreadableFileError
from service.ingest.connectors import urls
from service.ingest.connectors.fetching import Fetcher
from service.ingest.connectors.origin import AskedSince, Kind
from service.ingest.connectors.rows import Page
from service.ingest.connectors.source import Since, check_columns, no_times, of_source
from service.ingest.profiles.binding import wanted
from service.ingest.profiles.profile import Profile
from spatial.errors import InvalidInputError, Problem

ID: Final = re.compile(r"(?<![a-z0-9])[a-z0-9]{4}-[a-z0-9]{4}(?![a-z0-9-])")
RESOURCE: Final = re.compile(r"/resource/([a-z0-9]{4}-[a-z0-9]{4})(\.\w+)?/?$")
PAGE_ROWS: Final = 20_000

_OURS = ("$offset", "$limit", "$order", "$select", "$query", "$group", "$having")
_TIMES = {"calendar_date", "floating_timestamp", "fixed_timestamp", "date"}
_FIXED = {"fixed_timestamp", "date"}
_ROW_ID = ":id"


@dataclass(frozen=True)
class _Column:
    name: str
    title: str
    kind: str


class Socrata:
    """One dataset.

    Parameters
    ----------
    fetcher
        Asks.
    url
        `https://DOMAIN/resource/abcd-1234.json`, or a page of the portal that has the id in it.
    profile
        What its columns mean.
    page_rows
        How many rows are asked for at once.
    since
        From when on.
    """

    kind: Kind = "socrata"

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        profile: Profile,
        page_rows: int | None,
        since: Since | None,
    ) -> None:
        self._fetcher, self._profile = fetcher, profile
        self._rows = page_rows or PAGE_ROWS
        self._told = urls.shown(url)
        found = ID.findall(urlsplit(url).path)
        if not found:
            raise InvalidInputError(
                f"{self._told} names no dataset of Socrata: its id looks like ijzp-q8t2.",
                [Problem("url", "an address such as https://.../resource/ijzp-q8t2.json")],
            )
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        self._resource = f"{base}/resource/{found[-1]}.json"
        query = urls.parameters(url) if RESOURCE.search(parts.path) else {}
        query.pop("$$app_token", None)
        for one in _OURS:
            if one in query:
                raise InvalidInputError(
                    f"{self._told}: {one} is left to Harmspot, which asks page by page; $where and "
                    "conditions on columns may stand in the address.",
                    [Problem("url", f"leave {one} out")],
                )
        self._where = query.pop("$where", None)
        self._query = query
        self._columns = self._described(f"{base}/api/views/{found[-1]}.json")
        self.since: AskedSince | None = None
        if since is not None:
            self._ask_since(since)

    def profile(self) -> Profile:
        """Return the profile for a table in UTF-8 with commas, whose times are ISO 8601."""
        formats = tuple(dict.fromkeys([*self._profile.time.formats, "iso"]))
        return self._profile.model_copy(
            update={
                "delimiter": ",",
                "encoding": "utf-8",
                "time": self._profile.time.model_copy(update={"formats": formats}),
            }
        )

    def count(self) -> int | None:
        """Return how many rows there are now, as far as it tells."""
        answer = self._fetcher.found_json(self._address({"$select": "count(*)"}))
        try:
            (value,) = answer[0].values()  # type: ignore[index]
            return int(value) if len(answer or ()) == 1 else None
        except (TypeError, ValueError, IndexError, AttributeError, KeyError):
            return None

    def page(self, at: Any, wanted: Callable[[str], bool]) -> Page:
        """Return the rows from a position on."""
        offset = int(at or 0)
        query = {"$order": _ROW_ID, "$limit": str(self._rows), "$offset": str(offset)}
        rows = self._fetcher.json(self._address({"$select": self._selected(), **query}))
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise UnreadableFileError(f"{self._told} answers with JSON that is no list of rows.")
        names = self._named(rows, wanted)
        return Page(
            [
                {name: _plain(one.get(field)) for field, name in names.items() if field in one}
                for one in rows
            ],
            [str(one[_ROW_ID]) for one in rows if one.get(_ROW_ID) is not None],
            offset + len(rows) if rows else None,
            shape="table",
            columns=list(names.values()),
        )

    def _described(self, address: str) -> list[_Column]:
        """Return the dataset's columns; none where the portal does not describe it."""
        told = self._fetcher.found_json(address)
        listed = told.get("columns") if isinstance(told, dict) else None
        if not isinstance(listed, list):
            return []
        columns = [
            _Column(one["fieldName"], str(one.get("name") or ""), str(one.get("dataTypeName")))
            for one in listed
            if isinstance(one, dict) and isinstance(one.get("fieldName"), str)
        ]
        columns = [one for one in columns if not one.name.startswith(":")]
        if columns:
            names = self._names([one.name for one in columns], wanted(self._profile), columns)
            every = [names.get(one.name, one.name) for one in columns]
            check_columns(self._profile, every, self._told, has_points=False)
        return columns

    def _selected(self) -> str:
        if not self._columns:
            return ":*,*"
        names = self._names([one.name for one in self._columns], wanted(self._profile))
        return ",".join([_ROW_ID, *(one for one in names if one != _ROW_ID)])

    def _named(self, rows: list[dict[str, Any]], wanted: Callable[[str], bool]) -> dict[str, str]:
        """Return the columns that are wanted, and what the profile calls them."""
        if self._columns:
            return self._names([one.name for one in self._columns], wanted)
        return self._names(list(dict.fromkeys(name for one in rows for name in one)), wanted)

    def _names(
        self,
        names: list[str],
        wanted: Callable[[str], bool],
        columns: list[_Column] | None = None,
    ) -> dict[str, str]:
        known = self._columns if columns is None else columns
        titles = {one.name: one.title for one in known}
        found: dict[str, str] = {}
        for name in [*names, *((":updated_at", ":created_at", _ROW_ID) if known else ())]:
            if name.startswith(":") and self._profile.attributes == "all":
                continue  # the portal's own, which change whenever it is filled anew
            if wanted(name):
                found[name] = name
            elif wanted(titles.get(name, "")):
                found[name] = titles[name]
        return found

    def _ask_since(self, since: Since) -> None:
        names = [one.name for one in self._columns]
        name = of_source(names, since.column) or next(
            (one.name for one in self._columns if one.title == since.column), None
        )
        if since.column.startswith(":"):
            name, kind = since.column, "fixed_timestamp"
        elif name is None and self._columns:
            raise no_times(since.column, self._told, "not there")
        else:
            name = name or since.column.strip().lower().replace(" ", "_")
            kinds = {one.name: one.kind for one in self._columns}
            kind = kinds.get(name, "calendar_date")
        if kind not in _TIMES:
            raise no_times(name, self._told, f"of type {kind}")
        text = f"{since.moment.astimezone(since.zone):%Y-%m-%dT%H:%M:%S}"
        if kind in _FIXED:
            text = f"{since.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
        condition = f"{name} >= '{text}'"
        self._where = f"({self._where}) AND {condition}" if self._where else condition
        self.since = since.told(name)

    def _address(self, query: Mapping[str, str]) -> str:
        where = {"$where": self._where} if self._where else {}
        return urls.with_query(self._resource, {**self._query, **where, **query})


def _plain(value: Any) -> Any:
    """Return a value as the portal's tables write it: points as WKT, links as their address."""
    if not isinstance(value, dict):
        return value if value is None or isinstance(value, str) else json.dumps(value)
    position = value.get("coordinates")
    if value.get("type") == "Point" and isinstance(position, list) and len(position) >= 2:
        return f"POINT ({position[0]} {position[1]})"
    if value.get("latitude") is not None and value.get("longitude") is not None:
        return f"({value['latitude']}, {value['longitude']})"
    return value["url"] if isinstance(value.get("url"), str) else json.dumps(value)
