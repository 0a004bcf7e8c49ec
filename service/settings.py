"""Settings of the service, from the environment (prefix ``HARMSPOT_``)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Everything about the service that differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="HARMSPOT_", extra="ignore")

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
    max_upload_mb: PositiveInt = Field(default=2048, description="Largest body of an upload.")
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
    ogc_incidents: bool = Field(
        default=False,
        description="Whether the OGC API offers incidents, each at its place, to whoever reads it.",
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

    @field_validator("forwarded_allow_ips", "cors_origins", "cors_methods", mode="before")
    @classmethod
    def _separated_by_commas(cls, given: Any) -> Any:
        if isinstance(given, str):
            return [one.strip() for one in given.split(",") if one.strip()]
        return given

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, given: str | None) -> str | None:
        if not given:
            return None
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError(f"{given} is no address: write it as https://host.example/path")
        return given.rstrip("/")

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


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
