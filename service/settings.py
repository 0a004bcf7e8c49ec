"""Settings of the service, from the environment (prefix ``HARMSPOT_``)."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import plain
from service.words.catalogue import languages
from spatial.errors import InvalidInputError, Problem

_PREFIX: Final = "HARMSPOT_"
MAX_UNPACKED_MB: Final = 8192
MAX_BATCH_ROWS: Final = 20_000_000
_LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


BasemapKind: TypeAlias = Literal["raster", "pmtiles"]


class Settings(BaseSettings):
    """Everything about the service that differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore")

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL >= 14 with PostGIS >= 3.2; unset: a private cluster is run.",
    )
    data_dir: Path | None = Field(
        default=None,
        description="Where the private cluster lives; unset: the user's data directory.",
    )
    agency: str = Field(
        default="default",
        min_length=1,
        max_length=100,
        description="The agency whose incidents this installation serves.",
    )
    host: str = Field(default="127.0.0.1", description="Address on which `serve` listens.")
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Names and addresses, beside those of this machine for itself and the public "
        "URL's, under which clients may ask for the service, separated by commas.",
        examples=["harm.police.example,10.20.0.7"],
    )
    access: Literal["known", "open"] = Field(
        default="known",
        description="Whom the service answers: those it knows, by key or session; or, on this "
        "machine's own address alone, everybody.",
    )
    session_hours: PositiveFloat = Field(
        default=12.0, description="How long a person is known in a browser after a login."
    )
    session_rest_minutes: PositiveFloat = Field(
        default=120.0, description="How long a browser may rest before it has to log in again."
    )
    tls: bool = Field(
        default=False,
        description="State that what comes to this address was encrypted on its way: by a proxy "
        "in front. Other addresses than this machine's own are not listened on without.",
    )
    insecure: bool = Field(
        default=False,
        description="Listen on other addresses than this machine's own without encryption in "
        "front, with the first admin key, or open to everybody; for trials with invented data.",
    )
    max_upload_mb: PositiveInt = Field(default=2048, description="Largest body of an upload.")
    max_json_mb: PositiveInt = Field(
        default=32,
        description="Largest body that is no file: JSON, and the weights of a harm index.",
    )
    max_unpacked_mb: PositiveInt = Field(
        default=MAX_UNPACKED_MB, description="Largest size of one file once it is unpacked."
    )
    max_batch_rows: PositiveInt = Field(
        default=MAX_BATCH_ROWS, description="Most rows of one file of incidents."
    )
    connect_to: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Hosts, addresses and networks that `ingest URL` may ask although they are not "
        "of the public internet, separated by commas.",
        examples=["gis.police.example,10.20.0.0/16"],
    )
    fetch_timeout_s: PositiveFloat = Field(
        default=60.0, description="Silence after which a source is asked again."
    )
    fetch_dir: Path | None = Field(
        default=None,
        description="Where what is fetched is kept until it is stored; unset: the user's cache.",
    )
    fetch_proxy: SecretStr | None = Field(
        default=None,
        description="The address of a proxy that asks in our place; hosts that CONNECT_TO names "
        "are asked directly.",
    )
    socrata_token: SecretStr | None = Field(
        default=None, description="The app token that is sent to Socrata portals."
    )
    arcgis_token: SecretStr | None = Field(
        default=None, description="The token that is sent to ArcGIS servers."
    )
    quick_s: NonNegativeFloat = Field(
        default=2.0,
        description="A question that is estimated to take no longer is computed while its client "
        "waits; others are jobs.",
    )
    quick_processes: PositiveInt | None = Field(
        default=None,
        description="Such questions that are computed at once; unset: one per processor, at most "
        "2.",
    )
    wait_s: NonNegativeFloat = Field(
        default=10.0,
        description="How long a client waits for an answer before it is told where to ask for it; "
        "a client may say otherwise (`Prefer: wait=30`).",
    )
    worker: Literal["inline", "none"] = Field(
        default="inline",
        description="Whether `serve` also works on jobs, or leaves them to `harmspot worker`.",
    )
    worker_concurrency: PositiveInt | None = Field(
        default=None,
        description="Analyses that a worker computes at once; unset: one per processor, in `serve` "
        "at most 2.",
    )
    worker_heartbeat_s: PositiveFloat = Field(
        default=2.0, description="How often a worker says that it lives."
    )
    worker_stalled_s: PositiveFloat = Field(
        default=10.0,
        description="Silence after which a worker counts as dead and others take its jobs.",
    )
    worker_grace_s: PositiveFloat = Field(
        default=5.0,
        description="How long a worker that is told to stop lets analyses finish before it gives "
        "them back.",
    )
    job_limit_s: PositiveFloat = Field(
        default=4 * 3600.0, description="Longest time that one analysis may take."
    )
    keep_jobs_days: Annotated[NonNegativeInt, Field(le=36_500)] = Field(
        default=90,
        description="How long finished jobs are kept before workers remove them; 0: for ever. "
        "Stored runs are never removed.",
    )
    backtests: bool = Field(
        default=True,
        description="Whether the backtest of each list that the service computes is queued after "
        "it, behind what people ask for.",
    )
    ogc_echo: bool = Field(
        False,
        description="List the process `echo` of the OGC API too, which answers with its inputs: "
        "for who tries a client or runs a suite of tests. It can be executed either way.",
    )
    ogc_incidents: bool = Field(
        default=False,
        description="Whether the OGC API offers incidents, each at its place, to whoever reads it.",
    )
    basemap: str | None = Field(
        default=None,
        description="What the map draws beneath: the address of raster tiles with {z}, {x} and "
        "{y} in it, or of one PMTiles file; unset: streets and boundaries of this service alone.",
        examples=["https://tiles.police.example/{z}/{x}/{y}.png"],
    )
    basemap_attribution: str = Field(
        default="", max_length=500, description="To whom the map says that the basemap belongs."
    )
    language: str = Field(
        default="en",
        description="The language of pages, sheets, feeds and the map: one that "
        "`service/words/catalogues` has.",
    )
    log_level: str = "INFO"
    public_url: str | None = Field(
        default=None,
        description="Address under which clients know the service, where a proxy hides it.",
        examples=["https://harm.police.example/spots"],
    )
    root_path: str = Field(
        default="",
        description="Path under which a proxy serves it; by default that of the public URL.",
        examples=["/spots"],
    )
    forwarded_allow_ips: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.1", "::1"],
        description="Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses "
        "or networks, separated by commas.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Origins whose pages may read from the service, separated by commas; *: any.",
        examples=["https://briefing.police.example"],
    )
    cors_methods: Annotated[list[str], NoDecode] = Field(
        default=["GET", "HEAD"],
        description="What those pages may do, separated by commas.",
    )

    @field_validator(
        "hosts", "connect_to", "forwarded_allow_ips", "cors_origins", "cors_methods", mode="before"
    )
    @classmethod
    def _separated_by_commas(cls, given: Any) -> Any:
        if isinstance(given, str):
            return [one.strip() for one in given.split(",") if one.strip()]
        return given

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, given: SecretStr | None) -> SecretStr | None:
        from sqlalchemy import make_url  # whose weight installations without a server do without
        from sqlalchemy.exc import ArgumentError

        if given is None:
            return None
        try:
            read = make_url(given.get_secret_value())
        except (ArgumentError, ValueError):
            read = None
        if read is None or read.get_backend_name() not in ("postgresql", "postgres"):
            # Not quoted: there may be a password in it. Nor chained, for the same reason.
            raise ValueError(
                "not the address of a PostgreSQL database: write it as postgresql://user@host/name"
            ) from None
        return given

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, given: str) -> str:
        if given not in languages():
            raise ValueError(f"{given} is not spoken: write one of {', '.join(languages())}")
        return given

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, given: str) -> str:
        if given.upper() not in _LOG_LEVELS:
            raise ValueError(f"{given} is no level: write one of {', '.join(_LOG_LEVELS)}")
        return given.upper()

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, given: str | None) -> str | None:
        if not given:
            return None
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError(f"{given} is no address: write it as https://host.example/path")
        return given.rstrip("/")

    @field_validator("basemap")
    @classmethod
    def _is_a_basemap(cls, given: str | None) -> str | None:
        if not given or given == "none":
            return None
        if _kind_of_basemap(given) is None:
            raise ValueError(
                f"{given} is no basemap: write the address of tiles with {{z}}, {{x}} and {{y}} in "
                "it, or of a file that ends in .pmtiles"
            )
        return given

    @property
    def basemap_kind(self) -> BasemapKind | None:
        """What the basemap is; None: there is none."""
        return _kind_of_basemap(self.basemap) if self.basemap else None

    @field_validator("root_path")
    @classmethod
    def _is_a_path(cls, given: str) -> str:
        path = given.rstrip("/")
        if path and not path.startswith("/"):
            raise ValueError(f"{given} is no path: write it as /{path}")
        return path

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, given: list[str]) -> list[str]:
        for origin in given:
            parts = urlsplit(origin)
            if origin != "*" and origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(
                    f"{origin} is no origin: write it as https://host.example, with its port where "
                    "it has one, without a path and without a slash at its end"
                )
        return given

    @field_validator("fetch_proxy")
    @classmethod
    def _is_a_proxy(cls, given: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(given.get_secret_value()) if given is not None else None
        if parts is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            # Not quoted: there may be a password in it.
            raise ValueError("not the address of a proxy: write it as http://proxy.example:3128")
        return given

    @field_validator("connect_to")
    @classmethod
    def _are_hosts(cls, given: list[str]) -> list[str]:
        for one in given:
            try:
                ip_network(one.strip("[]"), strict=False)
            except ValueError:
                if not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", one):
                    raise ValueError(
                        f"{one} is no host: write a name, an address or a network, without port"
                    ) from None
        return given

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, given: list[str]) -> list[str]:
        for one in given:
            if not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?|\[?[0-9a-fA-F:.]+\]?", one):
                raise ValueError(
                    f"{one} is no host: write a name or an address, without port and scheme"
                )
        return given

    @field_validator("cors_methods")
    @classmethod
    def _are_methods(cls, given: list[str]) -> list[str]:
        return [method.upper() for method in given]

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _are_addresses(cls, given: list[str]) -> list[str]:
        for one in given:
            if one != "*":
                ip_network(one, strict=False)
        return given


def _kind_of_basemap(url: str) -> BasemapKind | None:
    if urlsplit(url).path.endswith(".pmtiles"):
        return "pmtiles"
    return "raster" if all(part in url for part in ("{z}", "{x}", "{y}")) else None


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once.

    Raises
    ------
    InvalidInputError
        When some cannot be used; the message names each variable and what would be right.
    """
    try:
        return Settings()
    except ValidationError as error:
        # Without the values: the one that is wrong may hold a password.
        told = error.errors(include_input=False, include_url=False)
    problems = tuple(
        Problem(
            _PREFIX + "_".join(str(part) for part in one["loc"]).upper(),
            plain(one["msg"]),
        )
        for one in told
    )
    listed = "; ".join(f"{one.where}: {one.message}" for one in problems)
    raise InvalidInputError(f"The settings cannot be used. {listed}.", problems)
