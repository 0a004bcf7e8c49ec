"""Layers of ArcGIS servers: pages of features in the order of their object ids."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, Final

from service.errors import UnreadableFileError
from service.ingest.connectors import esri, urls
from service.ingest.connectors.fetching import Fetcher
from service.ingest.connectors.origin import AskedSince, Kind
from service.ingest.connectors.refusals import AskAgainError
from service.ingest.connectors.rows import Page
from service.ingest.connectors.source import Since, check_columns, no_times, of_source
from service.ingest.profiles.binding import wanted
from service.ingest.profiles.profile import Profile
from spatial.errors import InvalidInputError, Problem

LAYER: Final = re.compile(r"^(.*/(?:Feature|Map)Server)(?:/(\d+))?(?:/query)?/?$", re.IGNORECASE)
PAGE_ROWS: Final = 1_000

_PLACES = {"esriGeometryPoint", "esriGeometryMultipoint"}
_DATE, _DAY = "esriFieldTypeDate", "esriFieldTypeDateOnly"
_OURS = {
    "f", "geometryPrecision", "orderByFields", "outFields", "outSR", "resultOffset",
    "resultRecordCount", "returnCountOnly", "returnGeometry", "returnIdsOnly", "token",
}  # fmt: skip


class ArcGis:
    """One layer or table.

    Parameters
    ----------
    fetcher
        Asks.
    url
        `https://HOST/.../FeatureServer/0`; `where` and an area may stand in its query.
    profile
        What its fields mean.
    page_rows
        How many rows are asked for at once; the server gives no more than it likes to.
    since
        From when on.
    """

    kind: Kind = "arcgis"

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
        found = LAYER.match(urls.without_query(url))
        if found is None:
            raise InvalidInputError(
                f"{self._told} names no layer: it ends in /FeatureServer/0 or /MapServer/0.",
                [Problem("url", "an address such as https://.../FeatureServer/0")],
            )
        server, layer = found.groups()
        self._layer = f"{server}/{layer if layer is not None else self._only_layer(server)}"
        query = urls.parameters(url)
        self._where = query.pop("where", "") or "1=1"
        self._query = {name: value for name, value in query.items() if name not in _OURS}
        about = self._asked(self._layer, {})
        self._points = about.get("geometryType") is not None
        if self._points and about["geometryType"] not in _PLACES:
            raise UnreadableFileError(
                f"{self._told} is a layer of {about['geometryType'].removeprefix('esriGeometry')}: "
                "incidents are points."
            )
        fields = [one for one in about.get("fields") or () if isinstance(one, dict)]
        self._types = {str(one.get("name")): str(one.get("type")) for one in fields}
        titles = {str(one.get("name")): str(one.get("alias") or "") for one in fields}
        self._names = esri.names(titles, wanted(profile))
        if self._types:
            every = [self._names.get(one, one) for one in self._types]
            check_columns(profile, every, self._told, has_points=self._points)
        self._id = str(about.get("objectIdField") or esri.object_id(self._types) or "OBJECTID")
        self._local = bool(about.get("datesInUnknownTimezone"))
        most = about.get("maxRecordCount")
        self._rows = min(page_rows or PAGE_ROWS, most if isinstance(most, int) and most else 10**6)
        self._pages = esri.pages(about)
        self.since: AskedSince | None = None
        if since is not None:
            self._ask_since(since)
        self._ids: list[int] | None = None
        self._last: int | None = None

    def profile(self) -> Profile:
        """Return the profile for features in degrees, or a table, whose times are ISO 8601."""
        formats = tuple(dict.fromkeys([*self._profile.time.formats, "iso"]))
        update: dict[str, Any] = {
            "delimiter": ",",
            "encoding": "utf-8",
            "time": self._profile.time.model_copy(update={"formats": formats}),
        }
        return self._profile.model_copy(
            update=update | ({"crs": "EPSG:4326"} if self._points else {})
        )

    def count(self) -> int | None:
        """Return how many rows there are now, as far as it tells."""
        told = self._asked(f"{self._layer}/query", {**self._asks(), "returnCountOnly": "true"})
        return told["count"] if isinstance(told.get("count"), int) else None

    def page(self, at: Any, wanted: Callable[[str], bool]) -> Page:
        """Return the rows from a position on."""
        told = self._page_at(int(at or 0)) if self._pages else self._page_of_ids(at)
        rows = told.get("features")
        if not isinstance(rows, list):
            raise UnreadableFileError(f"{self._told} answers without features.")
        if self._points and (told.get("spatialReference") or {}).get("wkid", 4326) != 4326:
            raise UnreadableFileError(
                f"{self._told} does not answer in degrees, as it was asked to: its places would be "
                "misread."
            )
        names = self._names
        if not self._types:
            every = dict.fromkeys(name for one in rows for name in one.get("attributes") or ())
            names = esri.names(dict.fromkeys(every, ""), wanted)
        times = {one for one, kind in self._types.items() if kind == _DATE}
        times |= {one["name"] for one in told.get("fields") or () if one.get("type") == _DATE}
        attributes = [one.get("attributes") or {} for one in rows]
        columns = [
            {
                name: esri.time(one[field], local=self._local) if field in times else one[field]
                for field, name in names.items()
                if field in one
            }
            for one in attributes
        ]
        ids = [str(one[self._id]) for one in attributes if one.get(self._id) is not None]
        after = self._after(at, len(rows), more=bool(told.get("exceededTransferLimit")))
        if not self._points:
            return Page(columns, ids, after, shape="table", columns=list(names.values()))
        features = [
            {"type": "Feature", "geometry": esri.geometry(row.get("geometry")), "properties": one}
            for row, one in zip(rows, columns, strict=True)
        ]
        return Page(features, ids, after)

    def _page_at(self, offset: int) -> dict[str, Any]:
        return self._features(
            {
                "orderByFields": self._id,
                "resultOffset": str(offset),
                "resultRecordCount": str(self._rows),
            }
        )

    def _page_of_ids(self, last: int | None) -> dict[str, Any]:
        """Return features of servers without pages: by their ids, which come all at once."""
        if self._ids is None:
            told = self._asked(f"{self._layer}/query", {**self._asks(), "returnIdsOnly": "true"})
            self._id = str(told.get("objectIdFieldName") or self._id)
            self._ids = sorted(told.get("objectIds") or ())
        begin = 0 if last is None else bisect_right(self._ids, last)
        some = self._ids[begin : begin + self._rows]
        if not some:
            return {"features": []}
        self._last = some[-1]
        span = f"{self._id} >= {some[0]} AND {self._id} <= {some[-1]}"
        return self._features({"where": f"({self._where}) AND {span}"})

    def _after(self, at: int | None, rows: int, *, more: bool) -> int | None:
        if not self._pages:
            return self._last if self._ids and self._last != self._ids[-1] else None
        if more and not rows:
            raise UnreadableFileError(
                f"{self._told} says that there are more rows, and gives none of them."
            )
        return (at or 0) + rows if rows else None

    def _features(self, query: Mapping[str, str]) -> dict[str, Any]:
        fields = ",".join(dict.fromkeys([self._id, *self._names])) if self._types else "*"
        asked = {**self._asks(), "outFields": fields, "outSR": "4326", **query}
        asked["returnGeometry"] = "true" if self._points else "false"
        return self._asked(f"{self._layer}/query", asked)

    def _asks(self) -> dict[str, str]:
        return {**self._query, "where": self._where}

    def _asked(self, address: str, query: Mapping[str, str]) -> dict[str, Any]:
        url = urls.with_query(address, {**query, "f": "json"})
        return self._fetcher.again(lambda: self._answered(url), self._told)

    def _answered(self, url: str) -> dict[str, Any]:
        """Return what a server answers, which it calls a success although it is an error."""
        told = self._fetcher.json(url)
        if not isinstance(told, dict):
            raise UnreadableFileError(f"{self._told} answers with JSON that is no object.")
        error = told.get("error")
        if not isinstance(error, dict):
            return told
        code = error.get("code")
        said = self._fetcher.hide(f"{error.get('message') or ''}".rstrip("."))
        if code in (429, 500, 502, 503, 504):
            raise AskAgainError(f"answers with error {code}: {said}")
        if code in (401, 403, 498, 499):
            raise InvalidInputError(
                f"{self._told} does not let us in ({code}: {said}): set HARMSPOT_ARCGIS_TOKEN.",
                [Problem("url", f"error {code}")],
            )
        raise UnreadableFileError(f"{self._told} refuses ({code}: {said}).")

    def _only_layer(self, server: str) -> int:
        """Return the layer of a server that has one alone."""
        told = self._asked(server, {})
        layers = [
            one
            for name in ("layers", "tables")
            for one in told.get(name) or ()
            if isinstance(one, dict) and not one.get("subLayerIds")
        ]
        if len(layers) != 1:
            listed = ", ".join(f"/{one.get('id')} ({one.get('name')})" for one in layers[:20])
            raise InvalidInputError(
                f"{self._told} has {len(layers)} layers: name one at the end of the address: "
                f"{listed or 'it lists none'}.",
                [Problem("url", "a layer is missing")],
            )
        return int(layers[0]["id"])

    def _ask_since(self, since: Since) -> None:
        name = of_source(list(self._types), since.column) or next(
            (field for field, told in self._names.items() if told == since.column), None
        )
        if name is None and self._types:
            raise no_times(since.column, self._told, "not there")
        name = name or since.column
        kind = self._types.get(name, _DATE)
        if kind not in (_DATE, _DAY):
            raise no_times(name, self._told, f"of type {kind.removeprefix('esriFieldType')}")
        clock = since.zone if self._local else UTC
        moment = since.moment.astimezone(clock)
        written = (
            f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"
            if kind == _DATE
            else f"DATE '{moment:%Y-%m-%d}'"
        )
        self._where = f"({self._where}) AND {name} >= {written}"
        self.since = since.told(name)
