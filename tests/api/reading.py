"""Files read by a profile without a database: what would become of their rows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from service.ingest import load_profile
from service.ingest.preview.trial import Trial, tried
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.readers.limits import Limits

OWN: dict[str, Any] = {
    "source": "own",
    "time_zone": "Europe/London",
    "columns": {
        "external_id": "Crime No",
        "offence_name": "Offence",
        "occurred_from": "When",
        "longitude": "Lon",
        "latitude": "Lat",
    },
}


def own(**more: Any) -> Profile:
    """Return the profile of tables with the columns of `OWN`."""
    return profile_of(OWN | more, "own")


def read(
    source: bytes | Path, profile: Profile | str = "generic", name: str | None = None, **limits: int
) -> Trial:
    """Return what would become of a file."""
    if isinstance(profile, str):
        profile = load_profile(profile)
    content = io.BytesIO(source) if isinstance(source, bytes) else source
    return tried(content, profile, file_name=name, limits=Limits(**limits))


def told(trial: Trial, *words: str) -> bool:
    """Tell whether one warning holds some words."""
    return any(all(word in one for word in words) for one in trial.warnings)


def incidents(trial: Trial) -> list[tuple[Any, ...]]:
    """Return the incidents as id, time, precision and place."""
    return [
        (
            one.external_id,
            f"{one.occurred_from:%Y-%m-%d %H:%M}",
            one.time_precision,
            round(one.longitude, 6),
            round(one.latitude, 6),
        )
        for one in trial.rows
    ]
