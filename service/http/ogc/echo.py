"""The echo process: it answers with its inputs, so that clients and test suites can try theirs.

Executed without the database, whatever is stored; asked for as a job, it is one that is done. It is
found by its address; the setting
`ogc_echo` puts it into the list of processes, too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from service import __version__
from service.errors import plain
from service.http.ogc.links import JSON, REL, Address, link, own
from service.http.ogc.openapi import as_3_0
from spatial.errors import InvalidInputError, Problem

ID: Final = "echo"
_TITLE: Final = "Echo"
_TEXT: Final = "text/plain"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Measure(_Strict):
    """A quantity with its unit."""

    measurement: float
    uom: str
    reference: str | None = None


class Box(_Strict):
    """A bounding box in a coordinate reference system."""

    bbox: list[float] = Field(min_length=4, max_length=6)
    crs: str | None = None


class Inputs(_Strict):
    """What can be sent to and fro: at least one of them."""

    stringInput: str | None = Field(None, description="A text.")  # noqa: N815
    measureInput: Measure | None = Field(None, description="A quantity.")  # noqa: N815
    dateInput: AwareDatetime | None = Field(  # noqa: N815
        None, description="An instant (RFC 3339).", strict=False
    )
    doubleInput: float | None = Field(None, description="A number.")  # noqa: N815
    arrayInput: list[int] | None = Field(None, description="Whole numbers.")  # noqa: N815
    booleanInput: bool | None = Field(None, description="True or false.")  # noqa: N815
    complexObjectInput: dict[str, Any] | None = Field(  # noqa: N815
        None, description="An object of any members."
    )
    geometryInput: dict[str, Any] | None = Field(  # noqa: N815
        None, description="A geometry as GeoJSON."
    )
    boundingBoxInput: Box | None = Field(None, description="A box.")  # noqa: N815
    featureCollectionInput: dict[str, Any] | None = Field(  # noqa: N815
        None, description="Features as GeoJSON."
    )


def summary(address: Address, *, as_html: bool = False) -> dict[str, Any]:
    """Return what the process is, in short."""
    path = ("processes", ID)
    return {
        "id": ID,
        "title": _TITLE,
        "description": "Answers with its inputs, each as the output of its name: to try a client.",
        "version": __version__,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [
            *own(address, *path, as_html=as_html),
            link(address.of(*path, "execution"), f"{REL}execute", JSON, "Execute it (POST)"),
        ],
    }


def description(address: Address, *, as_html: bool) -> dict[str, Any]:
    """Return the process with its inputs and outputs."""
    whole = Inputs.model_json_schema()
    schemas = {name: _schema(one, whole) for name, one in whole["properties"].items()}
    return summary(address, as_html=as_html) | {
        "inputs": {
            name: {
                "title": name,
                "description": Inputs.model_fields[name].description,
                "schema": schema,
                "minOccurs": 0,
                "maxOccurs": 1,
            }
            for name, schema in schemas.items()
        },
        "outputs": {_output(name): {"title": name, "schema": schemas[name]} for name in schemas},
    }


def execute(inputs: Mapping[str, Any], wanted: Sequence[str], *, as_document: bool) -> Response:
    """Return the inputs as outputs: one as it is, several as a document or in parts.

    Parameters
    ----------
    inputs
        By name, bare or as ``{"value": ...}``.
    wanted
        Names of outputs; none: those of all inputs.
    as_document
        Whether one output, too, is told in a document by its name.

    Raises
    ------
    InvalidInputError
        When an input is none of them, or is of another type, or an output is asked for whose input
        is missing.
    """
    bare = {name: _bare(value) for name, value in inputs.items()}
    try:
        checked = Inputs.model_validate_json(json.dumps(bare))
    except ValidationError as error:
        found = [
            Problem(".".join(map(str, ("inputs", *one["loc"]))), plain(str(one["msg"])))
            for one in error.errors()
        ]
        listed = "; ".join(f"{one.where}: {one.message}" for one in found)
        raise InvalidInputError(f"{listed}.", found) from None
    told = {_output(name): bare[name] for name in checked.model_fields_set}
    missing = [name for name in wanted if name not in told] or ([] if told else ["inputs"])
    if missing:
        raise InvalidInputError(
            f"There is nothing to answer for {', '.join(missing)}: send the input of the same "
            f"name; there are: {', '.join(Inputs.model_fields)}.",
            [Problem(name, "nothing to answer") for name in missing],
        )
    chosen = {name: told[name] for name in (wanted or told)}
    if as_document:
        return JSONResponse(chosen)
    if len(chosen) == 1:
        content, media_type = _part(next(iter(chosen.values())))
        return Response(content, media_type=media_type)
    return _in_parts(chosen)


def _in_parts(chosen: Mapping[str, Any]) -> Response:
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in chosen.items():
        content, media_type = _part(value)
        head = f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-ID: <{name}>\r\n\r\n"
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Response(body, media_type=f"multipart/related; boundary={boundary}")


def _part(value: Any) -> tuple[bytes, str]:
    if isinstance(value, str):
        return value.encode(), _TEXT
    return json.dumps(value).encode(), JSON


def _bare(value: Any) -> Any:
    if isinstance(value, dict) and "value" in value and set(value) <= _QUALIFIED:
        return value["value"]
    return value


def _output(name: str) -> str:
    return name.removesuffix("Input") + "Output"


def _schema(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an input by itself, in the words of OpenAPI 3.0."""
    told = next(one for one in schema["anyOf"] if one != {"type": "null"})
    if "$ref" in told:
        told = whole["$defs"][told["$ref"].rsplit("/", 1)[1]]
    bare: dict[str, Any] = as_3_0({key: one for key, one in told.items() if key != "title"})
    for inner in bare.get("properties", {}).values():
        inner.pop("default", None)
        inner.pop("title", None)
    return bare


_QUALIFIED: Final = {"value", "mediaType", "encoding", "schema", "format"}
