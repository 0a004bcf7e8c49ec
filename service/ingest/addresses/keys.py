"""Names of streets by which others find them: as they are, or without what a row leaves out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from service.ingest.addresses.found import Nowhere
from service.ingest.addresses.names import core


class Keys:
    """The compared names that a network or a gazetteer has.

    Parameters
    ----------
    names
        As `names.plain` makes them.

    Examples
    --------
    >>> keys = Keys(["north main street", "mill lane", "mill road"])
    >>> keys.match("main street")
    ('north main street', 'north main street')
    >>> keys.match("mill")[0].why
    'several'
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._by_core: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in sorted(self._names):
            self._by_core[core(name)].append(name)

    def match(self, name: str) -> tuple[str | Nowhere, str | None]:
        """Return the name that a row means, and that name again where the row leaves words out.

        Only directions and kinds of street may be left out, and only where one street has the
        rest of the name: nothing is guessed.
        """
        if name in self._names:
            return name, None
        words = set(name.split())
        more = [one for one in self._by_core.get(core(name), ()) if words <= set(one.split())]
        if len(more) == 1:
            return more[0], more[0]
        if more:
            listed = ", ".join(more[:3]) + (", ..." if len(more) > 3 else "")
            return Nowhere("several", f"{name} may be {listed}"), None
        return Nowhere("unknown", f"no street is called {name}"), None
