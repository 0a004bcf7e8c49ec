"""The rules of the house (docs/architecture.md), held against the code that lives in it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICE, SPATIAL = ROOT / "service", ROOT / "spatial"

SCIENCE = {
    "geopandas", "h3", "h3ronpy", "libpysal", "llvmlite", "neatnet", "numba", "numpy", "pandas",
    "pyarrow", "pyproj", "scipy", "shapely", "spatial",
}  # fmt: skip
OUTSIDE = {
    "asyncio", "http", "io", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "tempfile",
    "urllib",
}  # fmt: skip
"""Modules of the standard library that reach files, programs or networks."""
OF_THE_MACHINE = {"cpu_count", "environ", "sched_getaffinity", "process_cpu_count"}
"""What the science may ask of the machine: how many processors it may use."""

SQL_ELSEWHERE = {
    "analyses/runs.py": "a run is computed between the lock on its question and an insert that "
    "yields, in one transaction that is told nowhere else",
    "http/ogc/": "filters, pages and tiles compose conditions over the views of the schema `ogc`, "
    "whose columns they know from the request alone",
    "ingest/": "the merge: one transaction over staging tables that exist nowhere else",
    "jobs/": "the protocol of the queue: taking, locking, freeing and watching of entries",
    "export/layers.py": "layers are read by the columns that their format declares",
    "export/rows.py": "layers are read by the columns that their format declares",
}
"""Where SQL is written outside service/store, and why there."""


def modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(folder.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(), str(file))


def imports(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the modules that a module imports, with the names taken of each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, ()) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or "", tuple(one.name for one in node.names)


def top(module: str) -> str:
    return module.partition(".")[0]


def test_the_science_imports_arrays_and_nothing_of_the_world():
    for name, tree in modules(SPATIAL):
        for module, _ in imports(tree):
            assert top(module) in SCIENCE | sys.stdlib_module_names - OUTSIDE, f"{name}: {module}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                assert node.id != "open", f"{name} opens a file"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                of_os = node.value.id == "os" and node.attr not in OF_THE_MACHINE
                assert not of_os, f"{name}: os.{node.attr}"


def test_the_science_can_be_imported_alone():
    for name, tree in modules(SPATIAL):
        assert not [module for module, _ in imports(tree) if top(module) == "service"], name


def test_five_files_stand_at_the_top_of_the_service():
    standing = {file.name for file in SERVICE.iterdir() if file.is_file()}
    assert standing - {"__init__.py", "py.typed"} == {
        "errors.py", "logs.py", "resources.py", "settings.py", "version.py",
    }  # fmt: skip


def test_rooms_of_ingest_leave_at_its_top_what_they_share():
    standing = {file.name for file in (SERVICE / "ingest").iterdir() if file.is_file()}
    assert standing - {"__init__.py"} == {
        "batch.py", "checking.py", "idempotency.py", "load.py", "period.py", "queries.py",
        "report.py", "sources.py",
    }  # fmt: skip


def writes_sql(tree: ast.Module) -> bool:
    """Say whether a module writes statements, rather than passing a session on."""
    passed_on = {"Session", "Connection", "Engine", "make_url"}
    imported = any(
        # All of SQLAlchemy by one name, or what makes statements of it.
        (top(module) == "sqlalchemy" and "exc" not in module and set(names or "*") - passed_on)
        or (module == "psycopg" and "sql" in names)
        for module, names in imports(tree)
    )
    if any(module == "sqlite3" for module, _ in imports(tree)):
        return imported  # its statements are those of a file that it writes
    return imported or any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executemany", "copy")
        and any(
            isinstance(one, ast.JoinedStr)
            or (isinstance(one, ast.Constant) and isinstance(one.value, str))
            for one in node.args
        )
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize(
    "code",
    [
        "import sqlalchemy as sa",
        "from sqlalchemy import select",
        "from psycopg import sql",
        "connection.execute('SELECT 1')",
        "cursor.copy(f'COPY {table} FROM STDIN')",
    ],
)
def test_every_way_to_write_a_statement_is_seen(code):
    assert writes_sql(ast.parse(code))


def test_sql_is_written_in_the_store():
    for name, tree in modules(SERVICE):
        room = name.removeprefix("service/")
        if not room.startswith(("store/", *SQL_ELSEWHERE)):
            assert not writes_sql(tree), f"{name}: move its SQL to service/store/repository"


@pytest.mark.parametrize("place", SQL_ELSEWHERE)
def test_each_exception_is_needed(place):
    found = [tree for name, tree in modules(SERVICE) if name.startswith(f"service/{place}")]
    assert any(map(writes_sql, found))


def test_routes_compute_no_statistics():
    for name, tree in modules(SERVICE / "http"):
        called = {module for module, _ in imports(tree) if top(module) == "spatial"}
        assert called <= {"spatial.errors", "spatial.areas", "spatial.grid"}, f"{name}: {called}"


def test_what_is_below_knows_nothing_of_what_is_above():
    """The store knows no routes and no commands, and neither knows the other."""
    above = {
        "store": ("http", "cli", "jobs", "export", "briefing"),
        "analyses": ("http", "cli", "jobs", "briefing"),
        "ingest": ("http", "cli", "jobs", "export", "briefing", "analyses"),
        "vector": ("http", "cli", "jobs", "export", "briefing", "analyses"),
        "words": ("http", "cli", "jobs", "briefing"),
        "export": ("http", "cli", "jobs", "briefing"),
        "briefing": ("http", "cli", "jobs"),
        "http": ("cli",),
    }
    for room, others in above.items():
        for name, tree in modules(SERVICE / room):
            for module, names in imports(tree):
                for one in (module, *(f"{module}.{taken}" for taken in names)):
                    assert not one.startswith(tuple(f"service.{other}" for other in others)), (
                        f"{name} imports {one}"
                    )
