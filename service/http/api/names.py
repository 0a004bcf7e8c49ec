"""The names that a client may give to what it stores."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
