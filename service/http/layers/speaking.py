"""In which language a request is answered: that of the installation."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from service.words import catalogue


class Speaking:
    """Answers every request in one language.

    Parameters
    ----------
    app
        What is inside.
    language
        As `service.words.catalogue` has it.
    """

    def __init__(self, app: ASGIApp, language: str) -> None:
        self.app, self.language = app, catalogue.find(language).language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, its words in the language."""
        with catalogue.speaking(self.language):
            await self.app(scope, receive, send)
