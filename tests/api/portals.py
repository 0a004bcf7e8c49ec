"""Imitations of what publishes incidents: Socrata, ArcGIS, OGC API Features and a file server.

Each pages, limits, counts and refuses as the real ones do, and can be told to fail.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

Row = dict[str, Any]
DATASET = "ab12-cd34"
PAGE = 10
"""The most rows that any of them gives at once."""


def incidents(many: int, first: int = 0) -> list[Row]:
    """Return invented incidents, one a day, with a column that nobody may ask for."""
    return [
        {
            "id": n,
            "external_id": f"R{n:04}",
            "offence_code": "robbery",
            "occurred_from": datetime(
                2024, 1 + n // 28, 1 + n % 28, n * 7 % 24, 1 + n * 13 % 59, tzinfo=UTC
            ),
            "longitude": round(-0.1 + n / 1000, 6),
            "latitude": 51.5,
            "updated_at": datetime(2024, 12, 1, tzinfo=UTC),
            "victim": f"Name {n}",
        }
        for n in range(first, first + many)
    ]


@dataclass
class Portal:
    """What is published, what was asked, and what shall go wrong."""

    rows: list[Row] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    faults: list[Callable[[Request], Any]] = field(default_factory=list)
    """Tried in order, one for each request for rows: what is returned is the answer, None: none."""
    token: str | None = None
    pages: bool = True
    says_of_pages: Row = field(default_factory=dict)
    described: bool = True
    file: bytes = b""
    version: str = '"1"'
    lead_to: str = ""

    def texts(self) -> list[str]:
        """Return what was asked, as text."""
        return [str(one.url) for one in self.asked]

    async def fault(self, request: Request) -> Response | None:
        self.asked.append(request)
        if not self.faults:
            return None
        answer: Any = self.faults.pop(0)(request)
        return await answer if asyncio.iscoroutine(answer) else answer


def broken(status: int, headers: dict[str, str] | None = None) -> Callable[[Request], Response]:
    return lambda _: JSONResponse({"message": "not now"}, status, headers)


async def silence(request: Request) -> Response:
    """Answer nothing until whoever asks has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def fine(_: Request) -> None:
    """Let one request pass."""


def application(portal: Portal) -> Starlette:
    async def socrata(request: Request) -> Response:
        if (failed := await portal.fault(request)) is not None:
            return failed
        query = request.query_params
        if portal.token and request.headers.get("x-app-token") != portal.token:
            return JSONResponse({"code": "permission_denied", "message": "Invalid app_token"}, 403)
        rows = [one for one in portal.rows if _matches(one, query.get("$where"))]
        if query.get("$select") == "count(*)":
            return JSONResponse([{"count": str(len(rows))}])
        rows = sorted(
            rows, key=lambda one: one["id"] if query.get("$order") == ":id" else -one["id"]
        )
        offset, limit = int(query.get("$offset", 0)), min(int(query.get("$limit", 1000)), PAGE)
        selected = query["$select"].split(",") if "$select" in query else ["*"]
        return JSONResponse([_soda(one, selected) for one in rows[offset : offset + limit]])

    async def view(_: Request) -> Response:
        if not portal.described:
            return JSONResponse({"error": True}, 404)
        kinds = {"occurred_from": "calendar_date", "longitude": "number", "latitude": "number"}
        names = ["external_id", "offence_code", *kinds, "victim"]
        columns = [
            {
                "fieldName": one,
                "name": one.replace("_", " ").title(),
                "dataTypeName": kinds.get(one, "text"),
            }
            for one in names
        ]
        return JSONResponse({"id": DATASET, "columns": columns})

    async def layer(request: Request) -> Response:
        if request.query_params.get("f") != "json":
            return Response("<html>ArcGIS REST Services Directory</html>", media_type="text/html")
        fields = [
            {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
            {"name": "EXTERNAL_ID", "type": "esriFieldTypeString", "alias": "Report no"},
            {"name": "OFFENCE_CODE", "type": "esriFieldTypeString", "alias": "Offence"},
            {"name": "OCCURRED_FROM", "type": "esriFieldTypeDate", "alias": "When"},
            {"name": "VICTIM", "type": "esriFieldTypeString", "alias": "Victim"},
        ]
        return JSONResponse(
            {
                "geometryType": "esriGeometryPoint",
                "fields": fields,
                "maxRecordCount": PAGE,
                **portal.says_of_pages,
            }
        )

    async def query(request: Request) -> Response:
        if (failed := await portal.fault(request)) is not None:
            return failed
        asked = request.query_params
        if portal.token and request.headers.get("x-esri-authorization") != f"Bearer {portal.token}":
            return JSONResponse({"error": {"code": 499, "message": "Token Required"}})
        rows = sorted(
            (one for one in portal.rows if _matches(one, asked["where"])), key=lambda one: one["id"]
        )
        if asked.get("returnCountOnly") == "true":
            return JSONResponse({"count": len(rows)})
        if asked.get("returnIdsOnly") == "true":
            ids = [one["id"] for one in reversed(rows)]
            return JSONResponse({"objectIdFieldName": "OBJECTID", "objectIds": ids})
        if "resultOffset" in asked and not portal.pages:
            return JSONResponse({"error": {"code": 400, "message": "Pagination not supported"}})
        assert asked["outSR"] == "4326"
        begin = int(asked.get("resultOffset", 0))
        some = rows[begin : begin + min(int(asked.get("resultRecordCount", PAGE)), PAGE)]
        fields = asked["outFields"].split(",")
        answer: dict[str, Any] = {"features": [_esri(one, fields) for one in some]}
        if begin + len(some) < len(rows):
            answer["exceededTransferLimit"] = True
        return JSONResponse(answer)

    async def server(_: Request) -> Response:
        return JSONResponse({"layers": [{"id": 0, "name": "crime"}, {"id": 3, "name": "stops"}]})

    async def collections(_: Request) -> Response:
        return JSONResponse({"collections": [{"id": "crime"}, {"id": "stops"}]})

    async def items(request: Request) -> Response:
        if (failed := await portal.fault(request)) is not None:
            return failed
        asked = request.query_params
        begins = asked.get("datetime", "0001-01-01T00:00:00Z/..").split("/")[0]
        since = datetime.fromisoformat(begins)
        rows = [one for one in portal.rows if one["occurred_from"] >= since]
        begin, limit = int(asked.get("offset", 0)), min(int(asked.get("limit", 10)), PAGE)
        some = rows[begin : begin + limit]
        links = [{"rel": "self", "href": str(request.url)}]
        if begin + limit < len(rows):
            following = request.url.include_query_params(offset=begin + limit)
            links += [
                {"rel": "next", "type": "text/html", "href": "/elsewhere"},
                {"rel": "next", "type": "application/geo+json",
                 "href": f"{following.path}?{following.query}"},
            ]  # fmt: skip
        return JSONResponse(
            {
                "type": "FeatureCollection",
                "features": [_feature(one) for one in some],
                "links": links,
                "numberMatched": len(rows),
                "numberReturned": len(some),
            },
            media_type="application/geo+json",
        )

    async def file(request: Request) -> Response:
        if (failed := await portal.fault(request)) is not None:
            return failed
        headers = {"ETag": portal.version, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if wanted and request.headers.get("if-range") == portal.version:
            begin = int(wanted.group(1))
            size = len(portal.file)
            headers["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
            return Response(portal.file[begin:], 206, headers, "text/csv")
        return Response(portal.file, 200, headers, "text/csv")

    async def moved(_: Request) -> Response:
        return RedirectResponse(portal.lead_to, 302)

    return Starlette(
        routes=[
            Route(f"/resource/{DATASET}.json", socrata),
            Route(f"/api/views/{DATASET}.json", view),
            Route("/gis/rest/services/Crime/FeatureServer", server),
            Route("/gis/rest/services/Crime/FeatureServer/0", layer),
            Route("/gis/rest/services/Crime/FeatureServer/0/query", query),
            Route("/ogc/collections", collections),
            Route("/ogc/collections/crime/items", items),
            Route("/files/{name}", file),
            Route("/moved", moved),
        ]
    )


def cut(content: bytes, headers: dict[str, str], *, after: int) -> Response:
    """Return an answer that promises more than it gives before its connection breaks."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content[:after]
        raise ConnectionError("the cable was pulled")

    return StreamingResponse(
        pieces(), headers={**headers, "Content-Length": str(len(content))}, media_type="text/csv"
    )


def as_csv(rows: list[Row]) -> bytes:
    """Return incidents as a table in the layout of the profile `generic`."""
    names = ("external_id", "offence_code", "occurred_from", "longitude", "latitude")
    lines = [
        ",".join(
            one[name].isoformat() if name == "occurred_from" else str(one[name]) for name in names
        )
        for one in rows
    ]
    return "\n".join([",".join(names), *lines, ""]).encode()


def _matches(row: Row, where: str | None) -> bool:
    """Say whether a row fits what is asked: comparisons, joined by AND."""
    for column, sign, text, number in re.findall(
        r"(\w+) (>=|<=) (?:(?:TIMESTAMP )?'([^']+)'|(\d+))", where or ""
    ):
        if number:
            value, bound = row["id"], int(number)
        else:
            value = row[column.lower().removeprefix(":")]
            bound = datetime.fromisoformat(text).replace(tzinfo=UTC)
        if not (value >= bound if sign == ">=" else value <= bound):
            return False
    return True


def _soda(row: Row, selected: list[str]) -> Row:
    whole = {
        ":id": f"row-{row['id']:04}",
        **{name: str(value) for name, value in row.items() if name not in ("id", "updated_at")},
        "occurred_from": f"{row['occurred_from']:%Y-%m-%dT%H:%M:%S}.000",
    }
    if "*" in selected:
        system = ":*" in selected or ":id" in selected
        return {name: value for name, value in whole.items() if system or name[0] != ":"}
    return {name: value for name, value in whole.items() if name in selected}


def _esri(row: Row, fields: list[str]) -> Row:
    whole = {
        "OBJECTID": row["id"],
        "EXTERNAL_ID": row["external_id"],
        "OFFENCE_CODE": row["offence_code"],
        "OCCURRED_FROM": int(row["occurred_from"].timestamp() * 1000),
        "VICTIM": row["victim"],
    }
    return {
        "attributes": {name: value for name, value in whole.items() if name in fields},
        "geometry": {"x": row["longitude"], "y": row["latitude"]},
    }


def _feature(row: Row) -> Row:
    properties = {
        "offence_code": row["offence_code"],
        "occurred_from": row["occurred_from"].isoformat(),
        "victim": row["victim"],
    }
    return {
        "type": "Feature",
        "id": row["external_id"],
        "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        "properties": properties,
    }
