"""The table of permissions: what each role may do, and what each route asks for.

Roles are sets of permissions, not a ladder: who loads files reads no targets thereby. A route that
does not stand in `ROUTES` is answered to nobody, and a test holds that each one stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """What can be allowed: a thing and what is done with it."""

    RESULTS_READ = "results:read"
    """Runs, targets, scores, maps, tiles, exports, reference data: aggregates, no incident."""
    INCIDENTS_READ = "incidents:read"
    """Single incidents and rows of files."""
    INCIDENTS_WRITE = "incidents:write"
    """Files of incidents, undoing them, their profiles and sources."""
    ANALYSES_RUN = "analyses:run"
    """Asking for what has to be computed."""
    RESULTS_PUBLISH = "results:publish"
    """Deciding what others see first, and what is computed by the clock."""
    REFERENCE_WRITE = "reference:write"
    """Boundaries, street networks and harm indexes."""
    POSITIONS_READ = "positions:read"
    """Where patrols were; in no role by itself, since it tells of single officers."""
    ACCESS_MANAGE = "access:manage"
    """Keys: making, listing and revoking them."""
    OPERATIONS_READ = "operations:read"
    """How the service fares: its metrics."""


_P = Permission

ROLES: Final[Mapping[str, frozenset[Permission]]] = {
    "viewer": frozenset({_P.RESULTS_READ}),
    "planner": frozenset({_P.RESULTS_READ, _P.ANALYSES_RUN}),
    "analyst": frozenset(
        {
            _P.RESULTS_READ,
            _P.ANALYSES_RUN,
            _P.INCIDENTS_READ,
            _P.RESULTS_PUBLISH,
            _P.REFERENCE_WRITE,
        }
    ),
    "ingester": frozenset({_P.INCIDENTS_WRITE}),
    "tracker": frozenset({_P.RESULTS_READ}),
    "evaluator": frozenset({_P.RESULTS_READ, _P.ANALYSES_RUN}),
    "monitor": frozenset({_P.OPERATIONS_READ}),
    "admin": frozenset(set(_P) - {_P.POSITIONS_READ}),
}
"""What each role may do. Whoever has several may do what any of them may."""

PUBLIC: Final = frozenset[Permission]()
"""What a route asks for that is answered to everybody: health, and the way in."""

ANYBODY: Final = frozenset(_P)
"""What a route asks for that is answered to whoever is known, whatever the role."""

_READ: Final = frozenset({_P.RESULTS_READ})
_RUN: Final = frozenset({_P.ANALYSES_RUN})
_WRITE: Final = frozenset({_P.INCIDENTS_WRITE})
_ROWS: Final = frozenset({_P.INCIDENTS_READ, _P.INCIDENTS_WRITE})
_PUBLISH: Final = frozenset({_P.RESULTS_PUBLISH})
_REFERENCE: Final = frozenset({_P.REFERENCE_WRITE})
_LISTS: Final = frozenset({_P.RESULTS_READ, _P.INCIDENTS_WRITE})
_KEYS: Final = frozenset({_P.ACCESS_MANAGE})

ROUTES: Final[Mapping[str, Mapping[str, frozenset[Permission]]]] = {
    "/healthz": {"GET": PUBLIC},
    "/readyz": {"GET": PUBLIC},
    "/metrics": {"GET": frozenset({_P.OPERATIONS_READ})},
    "/login": {"GET": PUBLIC, "POST": PUBLIC},
    "/static": {"GET": PUBLIC},  # the software's own files, of which the page to log in is made
    "/static-offline-docs": {"GET": PUBLIC},
    "/openapi.json": {"GET": ANYBODY},
    "/docs": {"GET": ANYBODY},
    "/redoc": {"GET": ANYBODY},
    "/": {"GET": _READ},
    "/data": {"GET": _ROWS},
    "/runs": {"GET": _READ},
    "/runs/{run_id}": {"GET": _READ},
    "/jobs": {"GET": _READ},
    "/jobs/{job_id}": {"GET": _READ},
    "/batches/{batch_id}": {"GET": _ROWS},
    "/sources/{name}": {"GET": _ROWS},
    "/api/v1/session": {"GET": ANYBODY, "DELETE": ANYBODY},
    "/api/v1/keys": {"GET": _KEYS, "POST": _KEYS},
    "/api/v1/keys/{prefix}": {"DELETE": _KEYS},
    "/api/v1/installation": {"GET": ANYBODY},
    "/api/v1/words/{language}": {"GET": ANYBODY},
    "/api/v1/incidents": {"POST": _WRITE},
    "/api/v1/incidents/preview": {"POST": _WRITE},
    "/api/v1/incidents/coverage": {"GET": _LISTS},
    "/api/v1/incidents/batches": {"GET": _ROWS, "POST": _WRITE},
    "/api/v1/incidents/batches/{batch_id}": {"GET": _ROWS, "DELETE": _WRITE},
    "/api/v1/incidents/batches/{batch_id}/quality": {"GET": _ROWS},
    "/api/v1/incidents/batches/{batch_id}/rejected": {"GET": _ROWS},
    "/api/v1/sources": {"GET": _LISTS},
    "/api/v1/sources/{name}": {"DELETE": _WRITE},
    "/api/v1/sources/{name}/quality": {"GET": _ROWS},
    "/api/v1/sources/{name}/cancellations": {"POST": _WRITE},
    "/api/v1/profiles": {"GET": _LISTS},
    "/api/v1/profiles/{name}": {"GET": _LISTS, "PUT": _WRITE},
    "/api/v1/harm-indexes": {"GET": _LISTS},
    "/api/v1/harm-indexes/{name}": {"GET": _LISTS, "PUT": _REFERENCE},
    "/api/v1/streets": {"GET": _LISTS},
    "/api/v1/streets/{network}": {"GET": _READ, "PUT": _REFERENCE},
    "/api/v1/streets/{network}/segments": {"GET": _READ},
    "/api/v1/boundaries": {"GET": _LISTS},
    "/api/v1/boundaries/{layer}": {"GET": _READ, "PUT": _REFERENCE},
    "/api/v1/styles": {"GET": _READ},
    "/api/v1/styles/{collection}": {"GET": _READ},
    "/api/v1/{process}": {"GET": _RUN},
    "/api/v1/runs": {"GET": _READ},
    "/api/v1/runs/{run_id}": {"GET": _READ},
    "/api/v1/runs/{run_id}/summary": {"GET": _READ},
    "/api/v1/runs/{run_id}/figures": {"GET": _READ},
    "/api/v1/runs/{run_id}/targets": {"GET": _READ},
    "/api/v1/runs/{run_id}/patrol-areas": {"GET": _READ},
    "/api/v1/runs/{run_id}/scores": {"GET": _READ},
    "/api/v1/runs/{run_id}/export": {"GET": _READ},
    "/api/v1/runs/{run_id}/comparison": {"GET": _READ},
    "/api/v1/runs/{run_id}/briefing": {"GET": _READ},
    "/api/v1/runs/{run_id}/briefing/targets/{target_id}.png": {"GET": _READ},
    "/api/v1/runs/{run_id}/publish": {"POST": _PUBLISH},
    "/api/v1/jobs": {"GET": _READ, "POST": _RUN},
    "/api/v1/jobs/{job_id}": {"GET": _READ, "DELETE": _RUN},
    "/api/v1/jobs/{job_id}/events": {"GET": _READ},
    "/api/v1/schedules": {"GET": _READ},
    "/api/v1/schedules/{name}": {"GET": _READ, "PUT": _PUBLISH, "DELETE": _PUBLISH},
    "/api/v1/feeds/targets.json": {"GET": _READ},
    "/api/v1/feeds/targets.atom": {"GET": _READ},
    "/ogc/": {"GET": _READ},
    "/ogc/conformance": {"GET": _READ},
    "/ogc/api": {"GET": _READ},
    "/ogc/api.html": {"GET": _READ},
    "/ogc/collections": {"GET": _READ},
    "/ogc/collections/{collectionId}": {"GET": _READ},
    "/ogc/collections/{collectionId}/queryables": {"GET": _READ},
    "/ogc/collections/{collectionId}/schema": {"GET": _READ},
    "/ogc/collections/{collectionId}/items": {"GET": _READ},
    "/ogc/collections/{collectionId}/items/{featureId:path}": {"GET": _READ},
    "/ogc/tileMatrixSets": {"GET": _READ},
    "/ogc/tileMatrixSets/{tileMatrixSetId}": {"GET": _READ},
    "/ogc/collections/{collectionId}/tiles": {"GET": _READ},
    "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}": {"GET": _READ},
    "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}/tilejson": {"GET": _READ},
    "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}/style": {"GET": _READ},
    "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": {
        "GET": _READ
    },
    "/ogc/processes": {"GET": _READ},
    "/ogc/processes/{process_id}": {"GET": _READ},
    "/ogc/processes/{process_id}/execution": {"POST": _RUN},
    "/ogc/jobs": {"GET": _READ},
    "/ogc/jobs/{job_id}": {"GET": _READ, "DELETE": _RUN},
    "/ogc/jobs/{job_id}/results": {"GET": _READ},
}
"""By address and method, the permissions of which a caller needs one.

`/api/v1/{process}` stands for the address of every analysis, of those to come too.
"""

OF_SINGLE_INCIDENTS: Final = "incidents"
"""The collection of the OGC API whose features are incidents: it asks for `incidents:read`."""


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what somebody with roles may do; a role that is no more allows nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def roles_with(asked: frozenset[Permission]) -> tuple[str, ...]:
    """Return the roles that have one of some permissions."""
    return tuple(role for role, allowed in ROLES.items() if allowed & asked)
