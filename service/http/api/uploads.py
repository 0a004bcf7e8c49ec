"""Vector files that come over HTTP: spooled to disk under the installation's limit, then read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from service.errors import UnreadableFileError
from service.http.layers.limits import is_form, limit_of

BODY_NAME = "body.geojson"

_UNUSUAL = re.compile(r"[^\w.\- ]")

FileLayer = Annotated[
    str | None, Query(max_length=200, description="Layer of the file, where it holds several.")
]
Crs = Annotated[
    str | None,
    Query(
        max_length=100,
        description="Coordinate reference system of a file that does not say its own.",
        examples=["EPSG:27700"],
    ),
]


@asynccontextmanager
async def uploaded(request: Request) -> AsyncIterator[Path]:
    """Spool a vector file, and remove it at the end.

    Parameters
    ----------
    request
        With the file as the field ``file`` of a form, whose name tells its format, or with GeoJSON
        as its body.

    Raises
    ------
    PayloadTooLargeError
        When it is larger than this installation takes.
    UnreadableFileError
        When there is no file.
    """
    with tempfile.TemporaryDirectory(prefix="harmspot-upload-") as folder:
        if is_form(request.headers):
            async with request.form(max_files=1) as form:
                upload = file_of(request, form)
                path = Path(folder, _safe(upload.filename))
                await run_in_threadpool(_copy, upload, path)
        else:
            path = Path(folder, BODY_NAME)
            await _spool(request, path)
        yield path


def request_body(kind: str, example: dict[str, Any]) -> dict[str, Any]:
    """Return how a route that takes a vector file describes its body in OpenAPI.

    Parameters
    ----------
    kind
        What the features are.
    example
        A geometry.
    """
    collection = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "Mill Lane"}, "geometry": example}],
    }
    geojson = {
        "schema": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": {"const": "FeatureCollection"},
                "features": {"type": "array", "items": {"type": "object"}},
            },
            "description": f"A GeoJSON FeatureCollection of {kind} in longitude and latitude.",
        },
        "example": collection,
    }
    form = {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {
                    "type": "string",
                    "format": "binary",
                    "description": f"A file of {kind}; its name tells its format.",
                }
            },
        }
    }
    content = {
        "application/json": geojson,
        "application/geo+json": geojson,
        "multipart/form-data": form,
    }
    return {"requestBody": {"required": True, "content": content}}


def file_of(request: Request, form: FormData) -> UploadFile:
    """Return the file of a form, its field ``file``.

    Raises
    ------
    PayloadTooLargeError
        When it is larger than this installation takes: the form may be, a little.
    UnreadableFileError
        When there is none.
    """
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise UnreadableFileError("The form has no field `file` with a file in it.")
    limit = limit_of(request.scope, request.app.state.settings)
    if upload.size is not None and upload.size > limit.size:
        raise limit.error()
    return upload


def _safe(name: str | None) -> str:
    """Return a client's file name as one that can do nothing but tell a format in a refusal."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return _UNUSUAL.sub("_", last)[-100:].lstrip(". ") or "file"


def _copy(upload: UploadFile, path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file)


async def _spool(request: Request, path: Path) -> None:
    with path.open("wb") as file:
        async for chunk in request.stream():
            await run_in_threadpool(file.write, chunk)
    if path.stat().st_size == 0:
        raise UnreadableFileError(
            "The body is empty: send GeoJSON as the body, or a file in a form."
        )
