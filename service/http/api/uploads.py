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
from starlette.types import Message

from service.errors import PayloadTooLargeError, UnreadableFileError

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
    small_enough = limited(request, "cut it to the area that is needed")
    with tempfile.TemporaryDirectory(prefix="harmspot-upload-") as folder:
        if is_form(request):
            async with small_enough.form(max_files=1) as form:
                upload = file_of(form)
                path = Path(folder, _safe(upload.filename))
                await run_in_threadpool(_copy, upload, path)
        else:
            path = Path(folder, BODY_NAME)
            await _spool(small_enough, path)
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


def is_form(request: Request) -> bool:
    """Tell whether the body of a request is a form with files."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def file_of(form: FormData) -> UploadFile:
    """Return the file of a form, its field ``file``.

    Raises
    ------
    UnreadableFileError
        When there is none.
    """
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise UnreadableFileError("The form has no field `file` with a file in it.")
    return upload


def limited(request: Request, remedy: str) -> Request:
    """Return a request whose body is refused once more of it came than this installation takes.

    Parameters
    ----------
    request
        Whose body, of whatever form, is read of what is returned.
    remedy
        What to do about a body that is too large.
    """
    megabytes = request.app.state.settings.max_upload_mb
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > megabytes * 1024 * 1024:
            raise PayloadTooLargeError(
                f"The file is larger than {megabytes:,} MB, the limit of this installation "
                f"(HARMSPOT_MAX_UPLOAD_MB): {remedy}."
            )
        return message

    return Request(request.scope, receive)


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
