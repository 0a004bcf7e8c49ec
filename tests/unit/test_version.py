"""The software version names the code and libraries that decide what a run holds, no more."""

import ast
import sys
from pathlib import Path

import pytest

from service import version

ROOT = Path(version.__file__).resolve().parents[1]
NOT_NUMERICAL = {
    "adbc_driver_postgresql", "psycopg", "pydantic", "service", "spatial",
    "sqlalchemy",
}  # fmt: skip
"""What deciding code imports and what decides no number: ways to the database, and ourselves."""


@pytest.fixture
def digest(monkeypatch):
    """Tells the version as a process that starts now does."""

    def told() -> str:
        version.software_version.cache_clear()
        version.libraries.cache_clear()
        return version.software_version()

    yield told
    monkeypatch.undo()
    told()


def test_each_module_is_said_to_decide_results_or_not():
    unsaid = [name for name in version.modules() if version.RESULTS.holds(name) is None]
    assert not unsaid, f"say in service/version.py whether these decide what a run holds: {unsaid}"


def test_each_name_that_is_listed_is_one_of_ours():
    known = {name for module in version.modules() for name in _and_above(module)}
    assert version.RESULTS.held | version.RESULTS.others <= known
    assert not version.RESULTS.held & version.RESULTS.others


@pytest.mark.parametrize(
    "file",
    [
        "service/analyses/runs.py",
        "service/store/arrow.py",
        "service/store/models/incidents.py",
        "service/store/repository/boundaries.py",
        "service/store/repository/harm_indexes.py",
        "service/store/repository/streets.py",
        "service/store/session.py",
        "spatial/kernels/permutation.py",
        "spatial/streets/naming.py",
    ],
)
def test_a_change_in_code_that_decides_results_changes_the_version(copied, digest, file):
    before = digest()
    changed = copied / file
    changed.write_text(changed.read_text() + "# changed\n")
    assert digest() != before


@pytest.mark.parametrize(
    "file",
    [
        "service/cli/app.py",
        "service/http/app.py",
        "service/store/cluster/server.py",
        "service/store/models/jobs.py",
        "service/vector/files.py",
        "service/words/saying.py",
        "spatial/synthetic/simulator.py",
    ],
)
def test_a_change_in_other_code_leaves_the_version_as_it_is(copied, digest, file):
    before = digest()
    changed = copied / file
    changed.write_text(changed.read_text() + "# changed\n")
    assert digest() == before


def test_a_module_that_is_renamed_or_moved_between_files_changes_the_version(copied, digest):
    before = digest()
    (copied / "spatial/rates.py").rename(copied / "spatial/shares.py")
    assert digest() != before


def test_two_copies_of_the_code_have_one_version(copied, digest):
    elsewhere = digest()
    for file in copied.rglob("*.py"):
        file.touch()
    assert digest() == elsewhere


@pytest.mark.parametrize("name", version.LIBRARIES)
def test_another_version_of_a_library_that_decides_results_changes_the_version(
    digest, monkeypatch, name
):
    before = digest()
    really = version.version
    monkeypatch.setattr(
        version, "version", lambda asked: "0.0.0" if asked == name else really(asked)
    )
    assert digest() != before


def test_another_geos_or_proj_below_the_same_libraries_changes_the_version(digest, monkeypatch):
    seen = {digest()}
    monkeypatch.setattr("shapely.geos_version_string", "0.0.0")
    seen.add(digest())
    monkeypatch.setattr("pyproj.proj_version_str", "0.0.0")
    seen.add(digest())
    assert len(seen) == 3


def test_each_library_that_deciding_code_imports_is_said_to_decide_or_not():
    imported = set()
    for module in version.modules():
        if version.RESULTS.holds(module):
            file = ROOT.joinpath(*module.split(".")).with_suffix(".py")
            imported |= set(_imports(ast.parse(file.read_text())))
    numerical = imported - NOT_NUMERICAL - set(sys.stdlib_module_names)
    assert numerical == set(version.LIBRARIES), "name in service/version.py those that decide"


def _and_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: at + 1]) for at in range(len(parts))]


def _imports(tree: ast.Module):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.split(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
