"""The reasons for which rows are rejected: one list in code, table and documents."""

import re
from pathlib import Path

from service.ingest.checks.verdicts import REASONS
from service.store.models import REJECTION_REASONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-formats.md"


def test_every_reason_is_stored_and_documented() -> None:
    assert set(REASONS) == set(REJECTION_REASONS)
    assert set(REASONS) <= set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(), re.MULTILINE))
