"""Query parameters that take one value are refused when they are given twice."""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def parameters_once(request: Request) -> None:
    """Refuse a request in which a parameter that takes one value has several.

    Raises
    ------
    RequestValidationError
        When one is given twice; each is named.
    """
    times = Counter(name for name, _ in request.query_params.multi_items())
    twice = [name for name, many in times.items() if many > 1]
    route = request.scope.get("route")
    if not twice or not isinstance(route, APIRoute):
        return
    refused = [name for name in twice if name in _single(route)]
    if refused:
        raise RequestValidationError(
            [
                {
                    "type": "given_twice",
                    "loc": ("query", name),
                    "msg": f"is given {times[name]} times and takes one value: give it once",
                    "input": request.query_params.getlist(name),
                }
                for name in refused
            ]
        )


def _single(route: APIRoute) -> frozenset[str]:
    """Return the query parameters of a route that take one value."""
    return frozenset(name for name, kind in _declared(route.dependant) if not _is_list(kind))


def _declared(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for one in dependant.query_params:
        kind = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                yield field.alias or name, field.annotation
        else:
            yield one.alias, kind
    for inner in dependant.dependencies:
        yield from _declared(inner)


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin is Annotated:
        return _is_list(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return any(_is_list(one) for one in get_args(kind))
    return (origin or kind) in (list, tuple, set, frozenset)
