"""What OGC API Processes tells of analyses and jobs: descriptions, states and links as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from service import __version__
from service.analyses.contract import Process
from service.analyses.registry import PROCESSES
from service.export import documents
from service.http.ogc import echo
from service.http.ogc.links import JSON, REL, Address, link, own
from service.http.ogc.openapi import as_3_0
from service.store.models import Job

CONFORMANCE: Final = tuple(
    f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}"
    for name in (
        "core",
        "ogc-process-description",
        "json",
        "html",
        "oas30",
        "job-list",
        "dismiss",
    )
)
OUTPUT: Final = "result"
"""The one output of every analysis: the document that answers it."""

_UNITS: Final = {
    "_km2": "km2",
    "_m": "m",
    "_days": "d",
    "_minutes": "min",
    "minutes_per_target": "min",
}
"""Units of inputs by the end of their name, as UCUM writes them."""
_RESULT_WORDS: Final = {
    "targets": "Ranked targets as GeoJSON, each with its evidence.",
    "units": "Units of place with their statistic as GeoJSON.",
    "summary": "The answer as JSON.",
}


def process_list(
    address: Address, limit: int, *, as_html: bool, with_echo: bool = False
) -> dict[str, Any]:
    """Return the list of processes; that which only echoes is not among them unless asked for."""
    listed = [summary(process, address) for process in PROCESSES.values()]
    if with_echo:
        listed.append(echo.summary(address))
    return {
        "processes": listed[:limit],
        "links": own(address, "processes", as_html=as_html),
    }


def summary(process: Process[Any], address: Address, *, as_html: bool = False) -> dict[str, Any]:
    """Return what a process is, in short."""
    path = ("processes", process.name)
    return {
        "id": process.name,
        "title": process.title,
        "description": process.description,
        "version": __version__,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [
            *own(address, *path, as_html=as_html),
            link(address.of(*path, "execution"), f"{REL}execute", JSON, "Execute it (POST)"),
        ],
    }


def description(process: Process[Any], address: Address, *, as_html: bool) -> dict[str, Any]:
    """Return a process with its inputs and output, generated from its parameters."""
    schema = process.params.model_json_schema(by_alias=True)
    required = set(schema.get("required", ()))
    media_type = documents.MEDIA_TYPES[process.answered_by]
    result: dict[str, Any] = {"type": "object", "contentMediaType": media_type}
    if media_type != JSON:
        result["allOf"] = [{"$ref": "https://geojson.org/schema/FeatureCollection.json"}]
    return summary(process, address, as_html=as_html) | {
        "inputs": {
            name: _input(name, one, name in required) for name, one in schema["properties"].items()
        },
        "outputs": {
            OUTPUT: {
                "title": process.title,
                "description": _RESULT_WORDS[process.answered_by],
                "schema": result,
            }
        },
    }


def status_info(job: Job, address: Address, *, as_html: bool = False) -> dict[str, Any]:
    """Return how far a job is, with links to what comes next."""
    path = ("jobs", job.id)
    links = [
        *own(address, *path, as_html=as_html),
        link(address.of("processes", job.process), "up", JSON, "The process"),
    ]
    if job.status in ("accepted", "running"):
        links.append(link(address.of(*path, f="json"), "monitor", JSON, "How far it is"))
    elif job.status == "successful":
        links.append(link(address.of(*path, "results"), f"{REL}results", JSON, "The results"))
    elif job.status == "failed":
        links.append(link(address.of(*path, "results"), f"{REL}exceptions", JSON, "Why it failed"))
    moments = {
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.finished_at,
        "updated": job.updated_at,
    }
    return {
        "processID": job.process,
        "type": "process",
        "jobID": job.id,
        "status": job.status,
        "message": job.message,
        "progress": job.progress,
        **{name: _moment(at) for name, at in moments.items() if at is not None},
        "links": links,
    }


def _input(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), None)
    told = as_3_0(schema)
    words = told.pop("description", "")
    told.pop("title", None)
    if told.get("default", ...) is None:  # which says no more than that it may be left out
        del told["default"]
    more = {name.removeprefix("x-"): told.pop(name) for name in list(told) if name[:2] == "x-"}
    if unit is not None:
        more |= {"ogc-unit": unit, "ogc-unitLang": "UCUM"}
    described = {
        "title": name,
        "description": words + (f" Unit: {unit}." if unit else ""),
        "schema": told,
        "minOccurs": 1 if required else 0,
        "maxOccurs": 1,
    }
    if more:
        described["additionalParameters"] = {
            "parameters": [
                {"name": name, "value": value if isinstance(value, list) else [value]}
                for name, value in more.items()
            ]
        }
    return described


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
