"""The address under which clients know the service, which a proxy may hide from it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


class PublicAddress:
    """Makes every link of an answer lead to where the client came from.

    Parameters
    ----------
    app
        What is inside.
    public_url
        Scheme, host and path of the service as clients write them; None: as each request says.
    root_path
        Path under which a proxy serves it, whether the proxy takes it off or not; by default that
        of `public_url`.
    """

    def __init__(self, app: ASGIApp, public_url: str | None = None, root_path: str = "") -> None:
        self.app = app
        known = urlsplit(public_url or "")
        self._scheme, self._host = known.scheme, known.netloc.encode("idna").decode("ascii")
        self._root_path = (root_path or known.path).rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as if it had come to the public address."""
        if scope["type"] == "http" and (self._host or self._root_path):
            scope = self._as_asked(scope)
        await self.app(scope, receive, send)

    def _as_asked(self, scope: Scope) -> Scope:
        root, path = self._root_path, scope["path"]
        # ASGI's path holds the root path. A mount would look for its files in vain without it.
        if root and path != root and not path.startswith(f"{root}/"):
            path = root + path
        asked = {**scope, "root_path": root, "path": path}
        if self._host:
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            asked["headers"] = [(b"host", self._host.encode()), *others]
            asked["scheme"] = self._scheme
        return asked


def route_path(scope: Scope) -> str:
    """Return the path of a request below the address of the service.

    Examples
    --------
    >>> route_path({"path": "/harm/api/v1/runs", "root_path": "/harm"})
    '/api/v1/runs'
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path
