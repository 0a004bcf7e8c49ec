"""The long proofs: run by `make prove`, which keeps what they find in docs/proofs.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import proofs

HERE = Path(__file__).resolve().parent
FOUND = pytest.StashKey[dict[str, tuple[str, str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-proofs", type=Path, help="where to write what the proofs found")
    parser.addoption(
        "--keep-proofs", action="store_true", help="keep there what others found: a run in pieces"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FOUND] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.prove)


@pytest.fixture
def proved(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Keep a claim and what was found of it: `proved("On noise ...", "141 of 3,000 runs ...")`."""

    def keep(claim: str, found: str) -> None:
        request.config.stash[FOUND][request.node.name] = (claim, found)

    return keep


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the page when every proof held, and none otherwise."""
    at, found = session.config.getoption("--write-proofs"), session.config.stash[FOUND]
    if at is None or exitstatus != 0 or not found:
        return
    keeps = session.config.getoption("--keep-proofs") and at.exists()
    at.write_text(proofs.page(dict(found.values()), at.read_text() if keeps else ""))
