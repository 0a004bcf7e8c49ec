"""What every request to the OGC API says: which rows, in which form, by which parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from sqlalchemy.orm import Session

from service.analyses.study.units.kinds import KINDS
from service.errors import nearest
from service.http.ogc import collections, queries, rows, views
from service.http.ogc.collections import Collection
from service.http.ogc.crs import Bounds
from service.http.ogc.links import Address
from service.http.ogc.queries import Source
from service.http.ogc.rows import Choice, RunAbout
from service.settings import Settings
from service.store.cache import Cache
from service.store.tenant import Tenant
from service.store.views import View
from service.store.views import declared as declared_views
from spatial.errors import InvalidInputError, Problem

Form = Literal["json", "html"]

Extent = tuple[Bounds | None, tuple[Any, Any] | None]


@dataclass
class Known:
    """What the application knows of the views, and need not ask again."""

    views: dict[str, View] = field(default_factory=declared_views)
    runs: Cache[RunAbout] = field(default_factory=Cache)
    counts: Cache[int] = field(default_factory=Cache)
    extents: Cache[Extent] = field(default_factory=Cache)


@dataclass(frozen=True)
class Reader:
    """An open transaction that reads the collections for one request."""

    session: Session
    agency: int
    choice: Choice
    known: Known

    def source(self, collection: Collection) -> Source:
        """Return the rows of a collection that the request is about."""
        question = rows.question(collection, self.choice)
        run_id = None if question is None else question.ask(self.session, self.agency)
        return self.source_of(collection, run_id)

    def source_of(self, collection: Collection, run_id: str | None) -> Source:
        """Return the rows of a collection, whose run is known already where it has one."""
        chosen = rows.choose(
            self.session, self.agency, collection, self.choice, self.known.runs, run_id
        )
        return Source(
            chosen, self.known.views[collection.id], as_text=self.choice.objects == "text"
        )

    def count(self, source: Source) -> int:
        """Return how many features there are; counted once, since rows never change."""
        question = (source.collection.id, source.rows.version, source.where().as_string(None))
        return self.known.counts.recall(question, lambda: queries.count(self.session, source))

    def extent(self, source: Source) -> Extent:
        """Return where and when all rows of the choice are; found out once."""
        whole = Source(source.rows, source.view)
        question = (whole.collection.id, whole.rows.version)
        return self.known.extents.recall(question, lambda: queries.extent(self.session, whole))


@dataclass(frozen=True)
class Asked:
    """A request, and what answers it."""

    request: Request
    choice: Choice
    form: Form
    address: Address
    settings: Settings

    @property
    def as_html(self) -> bool:
        """Whether a person asks."""
        return self.form == "html"

    def pinned(self, source: Source) -> Asked:
        """Return the request as it would name the very rows that it chose: for links.

        A client that follows them stays with the run, the network's or the layer's version that it
        was shown first.
        """
        pins = source.rows.pins
        address = Address(self.address.root, {**self.address.carried, **pins})
        return replace(self, choice=replace(self.choice, **pins), address=address)

    def collection(self, name: str) -> Collection:
        """Return an offered collection; see `collections.find`."""
        return collections.find(self.settings, name)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a transaction that reads what the agency may see."""
        state = self.request.app.state
        tenant: Tenant = state.tenant
        with views.reading(tenant) as (session, agency):
            yield Reader(session, agency, self.choice, state.ogc)

    @contextmanager
    def reading_of(self, collection: Collection) -> Iterator[tuple[Reader, Source]]:
        """Open such a transaction for one collection alone, with the rows that are asked for."""
        state = self.request.app.state
        question = rows.question(collection, self.choice) or views.NO_QUESTION
        with views.asking(state.tenant, question) as (session, agency, run_id):
            reader = Reader(session, agency, self.choice, state.ogc)
            yield reader, reader.source_of(collection, run_id)


_CARRIED: Final = ("run_id", "unit", "network", "layer", "objects")
OBJECTS: Final = ("json", "text")
_OF_PAGES: Final = ("text/html", "text/*", "application/xhtml+xml")


def _form(request: Request, f: str | None) -> Form:
    if f in ("json", "html"):
        return f  # type: ignore[return-value] # the tuple above says which
    if f is not None:
        raise InvalidInputError(f"f must be json or html, not {f!r}.", [Problem("f", "not a form")])
    # A browser names HTML; a client that takes anything gets what programs read.
    weights = {"html": 0.0, "json": 0.0}
    for one in request.headers.get("accept", "").lower().split(","):
        media_type, *rest = (part.strip() for part in one.split(";"))
        form = "html" if media_type in _OF_PAGES else "json"
        said = [part[2:] for part in rest if part.startswith("q=")]
        try:
            weight = float(said[0]) if said else 1.0
        except ValueError:
            weight = 0.0
        if media_type not in ("*/*", ""):
            weights[form] = max(weights[form], weight)
    return "html" if weights["html"] > 0 and weights["html"] >= weights["json"] else "json"


# Coroutines, though they wait for nothing: the framework would send each to a thread otherwise.
async def _choice(
    run_id: Annotated[
        str | None, Query(description="A run by its id; by default the one published last.")
    ] = None,
    unit: Annotated[
        str | None,
        Query(description=f"Of the runs on this unit of place: {', '.join(KINDS)}."),
    ] = None,
    network: Annotated[
        str | None,
        Query(
            description="A street network, NAME or NAME@VERSION, or several versions with commas "
            "between; by default the newest of all."
        ),
    ] = None,
    layer: Annotated[
        str | None,
        Query(
            description="A boundary layer, NAME or NAME@VERSION, or several versions with commas "
            "between; by default the newest of all."
        ),
    ] = None,
    objects: Annotated[
        str | None,
        Query(
            description="How properties that are objects or lists are written: as they are, or as "
            "the text of their JSON, for clients that keep plain values alone.",
            json_schema_extra={"enum": list(OBJECTS)},
        ),
    ] = None,
) -> Choice:
    for name, value in (("run_id", run_id), ("network", network), ("layer", layer)):
        if value is not None and "\0" in value:
            raise InvalidInputError(f"{name} holds a NUL character.", [Problem(name, "NUL")])
    if objects not in (None, *OBJECTS):
        raise InvalidInputError(
            f"objects must be {' or '.join(OBJECTS)}, not {objects!r}.",
            [Problem("objects", "not a way to write them")],
        )
    return Choice(run_id, unit, network, layer, objects)


async def _asked(
    request: Request,
    choice: Annotated[Choice, Depends(_choice)],
    f: Annotated[
        str | None,
        Query(
            description="Form of the answer; by default as the header Accept says.",
            json_schema_extra={"enum": ["json", "html"]},
        ),
    ] = None,
) -> Asked:
    return _of(request, choice, _form(request, f))


async def _asked_for_tile(
    request: Request,
    choice: Annotated[Choice, Depends(_choice)],
    f: Annotated[
        str | None,
        Query(description="Form of the answer.", json_schema_extra={"enum": ["mvt"]}),
    ] = None,
) -> Asked:
    return _of(request, choice, _only("mvt", f))


async def _asked_as_json(
    request: Request,
    choice: Annotated[Choice, Depends(_choice)],
    f: Annotated[
        str | None,
        Query(description="Form of the answer.", json_schema_extra={"enum": ["json"]}),
    ] = None,
) -> Asked:
    return _of(request, choice, _only("json", f))


async def _asked_as_page(
    request: Request,
    choice: Annotated[Choice, Depends(_choice)],
    f: Annotated[
        str | None,
        Query(description="Form of the answer.", json_schema_extra={"enum": ["html"]}),
    ] = None,
) -> Asked:
    return _of(request, choice, _only("html", f))


async def _asked_to_execute(
    request: Request,
    f: Annotated[
        str | None,
        Query(
            description="Form of what is told of a job; results have the form of their output.",
            json_schema_extra={"enum": ["json"]},
        ),
    ] = None,
) -> Asked:
    return _of(request, Choice(), _only("json", f))


async def _asked_of_work(
    request: Request,
    f: Annotated[
        str | None,
        Query(
            description="Form of the answer; by default as the header Accept says.",
            json_schema_extra={"enum": ["json", "html"]},
        ),
    ] = None,
) -> Asked:
    return _of(request, Choice(), _form(request, f))


def _only(form: str, f: str | None) -> Form:
    """Return the form of an answer that is told to people alone, or to programs alone."""
    if f not in (None, form):
        raise InvalidInputError(f"f must be {form}, not {f!r}.", [Problem("f", "not a form")])
    return "html" if form == "html" else "json"


def _of(request: Request, choice: Choice, form: Form) -> Asked:
    given = {name: getattr(choice, name) for name in _CARRIED}
    carried = {name: value for name, value in given.items() if value is not None}
    # The root path of a mounted application holds the path under which it is mounted.
    root = f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
    address = Address(root, carried)
    return Asked(request, choice, form, address, request.app.state.settings)


AskedDep = Annotated[Asked, Depends(_asked)]
AskedForTileDep = Annotated[Asked, Depends(_asked_for_tile)]
AskedAsJsonDep = Annotated[Asked, Depends(_asked_as_json)]
AskedAsPageDep = Annotated[Asked, Depends(_asked_as_page)]
AskedToExecuteDep = Annotated[Asked, Depends(_asked_to_execute)]
AskedOfWorkDep = Annotated[Asked, Depends(_asked_of_work)]
"""What is asked of processes and jobs, which choose no rows."""


def declared(request: Request) -> set[str]:
    """Return the names of the query parameters that the route of a request declares."""
    return set(_declared(request.scope["route"].dependant))


async def refuse_unknown(request: Request) -> None:
    """Refuse query parameters that the route does not declare, as the standard wants.

    Raises
    ------
    InvalidInputError
        When there is one; the message lists those that there are.
    """
    refuse_others(request, declared(request))


def refuse_others(request: Request, known: Iterable[str]) -> None:
    """Refuse query parameters other than those known; see `refuse_unknown`."""
    names = sorted(known)
    unknown = [name for name in dict.fromkeys(request.query_params.keys()) if name not in names]
    if unknown:
        raise InvalidInputError(
            f"There is no parameter {', '.join(unknown)} here; there are: {', '.join(names)}."
            f"{nearest(unknown[0], names)}",
            [Problem(name, "unknown parameter") for name in unknown],
        )


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _declared(inner)
