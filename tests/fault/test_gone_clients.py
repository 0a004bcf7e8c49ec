"""Who sends a file and leaves before it is stored leaves no work behind, and nothing stored."""

from __future__ import annotations

import http.client
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.http import waiting
from service.http.app import create_app
from service.ingest.merging.merge import Staging
from service.settings import Settings
from service.store.session import Database
from tests.api.serving import serving
from tests.patience import PATIENCE_S

BATCHES = "/api/v1/incidents/batches"
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
CONTENT = HEADER + "".join(f"{n},theft,2024-01-01,{n},{n}\n" for n in range(2, 81))


def test_a_client_that_leaves_takes_its_batch_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, noticed, go_on = Event(), Event(), Event()
    add, nobody = Staging.add, waiting.to_nobody

    def slow(self: Staging, checked: Any) -> None:
        add(self, checked)
        began.set()
        assert go_on.wait(PATIENCE_S)

    def to_nobody() -> Any:
        noticed.set()
        return nobody()

    monkeypatch.setattr(Staging, "add", slow)
    monkeypatch.setattr(waiting, "to_nobody", to_nobody)
    app = create_app(Settings(worker="none"), database)
    with serving(app) as url:
        host = urlsplit(url).netloc
        leaving = http.client.HTTPConnection(host, timeout=PATIENCE_S)
        leaving.request("POST", f"{BATCHES}?profile=generic", CONTENT)
        assert began.wait(PATIENCE_S)
        leaving.close()
        assert noticed.wait(PATIENCE_S)
        monkeypatch.setattr(Staging, "add", add)
        go_on.set()
        staying = http.client.HTTPConnection(host, timeout=PATIENCE_S)
        staying.request("POST", f"{BATCHES}?profile=generic", CONTENT)
        answer = staying.getresponse()
        said = answer.read()
        assert (answer.status, b'"accepted":79' in said) == (200, True), said
        staying.request("GET", BATCHES)
        assert staying.getresponse().read().count(b'"accepted"') == 1
