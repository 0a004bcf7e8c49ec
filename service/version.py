"""Which software this is, to the line: what a stored run names, so that it can be told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from service import __version__

_PACKAGES: Final = {
    name: Path(__file__).resolve().parents[1] / name for name in ("service", "spatial")
}
_READ: Final = frozenset({".css", ".csv", ".html", ".json", ".po", ".py", ".sql", ".toml"})
"""What the files of code that decide something end in."""


@dataclass(frozen=True)
class Code:
    """Some of the modules of Harmspot, with the files that stand in their rooms.

    A name stands for its module and for all below it, unless a longer one says otherwise; that of
    a package's own module ends in ``__init__``.

    Parameters
    ----------
    held
        Names of those that belong to it.
    others
        Names of those that do not: each module has its place in one of the two.
    """

    held: frozenset[str]
    others: frozenset[str]

    def holds(self, module: str) -> bool | None:
        """Tell whether a module belongs to it; None: nobody has said yet."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            if name in self.held or name in self.others:
                return name in self.held
        return None

    def digest(self) -> str:
        """Return a digest of what stands in the files that belong to it, and of where they are."""
        found = hashlib.sha256()
        for name, file in sorted(_files()):
            if self.holds(name):
                found.update(f"{name}{file.suffix}\0".encode() + file.read_bytes() + b"\0")
        return found.hexdigest()


RESULTS: Final = Code(
    held=frozenset(
        {
            "service.analyses",
            "service.store.arrow",
            "service.store.copy",
            "service.store.models",
            "service.store.repository.agencies",
            "service.store.repository.boundaries",
            "service.store.repository.harm_indexes",
            "service.store.repository.incidents",
            "service.store.repository.scores",
            "service.store.repository.streets",
            "service.store.session",
            "service.store.snapshot",
            "spatial",
        }
    ),
    others=frozenset(
        {
            # They read files and merge incidents before an analysis: the content of boundaries,
            # streets and indexes, and the version of the data, stand in its question.
            "service.ingest",
            "service.vector",
            # They tell, draw and send what was found.
            "service.briefing",
            "service.cli",
            "service.drawing",
            "service.export",
            "service.http",
            "service.store.geojson",
            "service.store.view_making",
            "service.store.views",
            "service.styles",
            "service.words",
            # They say who asks and when, where the database is, and what goes wrong.
            "service.__init__",
            "service.analyses.estimate",
            "service.errors",
            "service.jobs",
            "service.logs",
            "service.resources",
            "service.settings",
            "service.access",
            "service.store.__init__",
            "service.store.backup",
            "service.store.cache",
            "service.store.cluster",
            "service.store.disk",
            "service.store.failures",
            "service.store.index_making",
            "service.store.locks",
            "service.store.models.access",
            "service.store.models.jobs",
            "service.store.queue_schema",
            "service.store.repository.__init__",
            "service.store.repository.asked",
            "service.store.repository.batches",
            "service.store.repository.coverage",
            "service.store.repository.profiles",
            "service.store.repository.keys",
            "service.store.repository.publications",
            "service.store.repository.sessions",
            "service.store.repository.runs",
            "service.store.repository.sizes",
            "service.store.repository.study_areas",
            "service.store.repository.targets",
            "service.store.repository.versions",
            "service.store.schema",
            "service.store.tenant",
            "service.version",
            # It makes the data of the sample city.
            "spatial.synthetic",
            # They make the lines of a network when it is loaded: its content is in the question.
            "spatial.streets.simplifying",
            "spatial.streets.street_spaces",
        }
    ),
)
"""The code that decides what a run holds, and all the rest."""

LIBRARIES: Final = (
    "geopandas",
    "h3ronpy",
    "llvmlite",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pyproj",
    "scipy",
    "shapely",
)
"""The libraries that decide what a run holds, beside GEOS and PROJ, which two of them bring."""


@cache
def software_version() -> str:
    """Return the version with a digest of the code and the libraries that decide results.

    Two builds of one version with different code, such as a developer's, never share a run.
    """
    found = hashlib.sha256(RESULTS.digest().encode())
    for name, number in libraries().items():
        found.update(f"{name} {number}\0".encode())
    return f"{__version__}+{found.hexdigest()[:8]}"


@cache
def libraries() -> dict[str, str]:
    """Return the versions of the libraries that decide what a run holds, by name."""
    import pyproj
    import shapely

    found = {name: version(name) for name in LIBRARIES}
    found |= {"GEOS": shapely.geos_version_string, "PROJ": pyproj.proj_version_str}
    return dict(sorted(found.items(), key=lambda one: one[0].lower()))


def modules() -> Iterator[str]:
    """Yield the names of all modules of Harmspot; a package's own ends in ``__init__``."""
    yield from (name for name, file in _files() if file.suffix == ".py")


def _files() -> Iterator[tuple[str, Path]]:
    """Yield the files that decide something, each under the name of its module or as if it were."""
    for package, folder in _PACKAGES.items():
        for file in folder.rglob("*"):
            if file.suffix in _READ:
                yield ".".join((package, *file.relative_to(folder).with_suffix("").parts)), file
