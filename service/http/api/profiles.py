"""Profiles: what the columns of a source mean, shipped and the agency's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import BaseModel, Field

from service.http.api.names import Name
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.ingest.profiles import stored as stored_profiles
from service.ingest.profiles.loading import known_profiles
from service.ingest.profiles.profile import Profile
from service.ingest.profiles.toml import as_toml, as_written

router = APIRouter(prefix="/profiles")

_TOML = "application/toml"


class ProfileAbout(BaseModel):
    """A profile that files can be read by."""

    name: str
    title: str
    source: str = Field(description="Name under which incidents are stored.")
    shipped: bool = Field(description="Whether it ships with Harmspot and cannot be replaced.")

    @classmethod
    def of(cls, profile: Profile) -> ProfileAbout:
        """Return what is told of a profile."""
        return cls(
            name=profile.name,
            title=profile.title or profile.name,
            source=profile.source,
            shipped=profile.name in known_profiles(),
        )


@router.get("", summary="List profiles", responses=problems())
def get_profiles(tenant: TenantDep) -> list[ProfileAbout]:
    """Return all profiles, the shipped ones first."""
    with tenant.unit_of_work() as (session, agency):
        return [ProfileAbout.of(one) for one in stored_profiles.every(session, agency)]


@router.get(
    "/{name}",
    summary="Read a profile",
    description="With the keys of its TOML file, or that file itself.",
    response_model=dict[str, Any],
    responses=problems(404, 422) | {200: {"content": {_TOML: {"schema": {"type": "string"}}}}},
)
def get_profile(
    tenant: TenantDep,
    name: Annotated[str, Path(max_length=100, examples=["police-uk"])],
    format: Annotated[Literal["json", "toml"], Query()] = "json",  # noqa: A002 - the API's name
) -> dict[str, Any] | Response:
    """Return one profile."""
    with tenant.unit_of_work() as (session, agency):
        profile = stored_profiles.find(session, agency, name)
    if format == "json":
        return as_written(profile)
    return Response(
        as_toml(profile),
        media_type=_TOML,
        headers={"Content-Disposition": f'attachment; filename="{profile.name}.toml"'},
    )


@router.put(
    "/{name}",
    summary="Store a profile",
    description="It has the keys of a profile's TOML file and is checked as one. `extends` names "
    "a shipped profile, never a file. A profile stored before under the name is replaced; a "
    "shipped one cannot be.",
    responses=problems(409, 413, 422),
)
def put_profile(
    tenant: TenantDep,
    name: Name,
    written: Annotated[
        dict[str, Any],
        Body(
            examples=[
                {
                    "time_zone": "Europe/London",
                    "crs": "EPSG:27700",
                    "columns": {
                        "external_id": "Ref",
                        "offence_name": "Offence",
                        "occurred_from": "Committed",
                        "longitude": "Easting",
                        "latitude": "Northing",
                    },
                    "time": {"formats": ["%d/%m/%Y %H:%M"]},
                }
            ]
        ),
    ],
) -> ProfileAbout:
    """Store a profile of the agency's own."""
    with tenant.unit_of_work() as (session, agency):
        return ProfileAbout.of(stored_profiles.keep(session, agency, name, written))
