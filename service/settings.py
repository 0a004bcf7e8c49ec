"""Settings of the service, from the environment (prefix ``HARMSPOT_``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt, SecretStr
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
    log_level: str = "INFO"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
