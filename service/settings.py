"""Settings of the service, from the environment (prefix ``HARMSPOT_``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    log_level: str = "INFO"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
