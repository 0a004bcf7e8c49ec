"""The long proofs: run by `make prove`, which keeps what they find in docs/proofs.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FOUND = pytest.StashKey[dict[str, tuple[str, str]]]()
PREFACE = """# Proofs

What `make prove` found when it last ran, before a release. Each is a test in `tests/prove` that
fails where its claim does not hold; `make test` asks the same of fewer runs. This page is written
by the run: do not edit it.
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-proofs", type=Path, help="where to write what the proofs found")


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
    page, found = session.config.getoption("--write-proofs"), session.config.stash[FOUND]
    if page is None or exitstatus != 0 or not found:
        return
    told = [f"## {claim}\n\n{what}\n" for claim, what in found.values()]
    page.write_text("\n".join([PREFACE, *told]))
