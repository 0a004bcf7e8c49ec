"""The service under load: a program of its own, many who ask at once, an upload that does not end.

Nothing here is timed against a limit. What is proved is that everybody is answered rightly and
that memory is bounded; how long it took is kept for people to read.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from service.cli.sample_city import AGENCY
from service.store.session import Database
from tests import coroutines
from tests.api import commands, demo_city
from tests.patience import PATIENCE_S, until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux's /proc to tell how much memory"
)

PATIENT_S = 4 * PATIENCE_S
ROUNDS = 20
ASKERS = 45
ROWS = 3_000_000
ROWS_A_PIECE = 10_000
MEMORY_MB = 700
"""Far below what so many rows take (some 180 MB of text, a GB as objects); they are streamed."""


class Served:
    """A service that runs on its own."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid

    def memory_mb(self) -> float:
        """Return the most memory that its process has held."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


@contextmanager
def served(database: Database, log: Path, **settings: str) -> Iterator[Served]:
    """Run `harmspot serve` on a database."""
    told = {name.upper(): value for name, value in settings.items()}
    environment = commands.environment(
        told | {"DATABASE_URL": demo_city.address(database), "ACCESS": "open"}
    )
    program = [sys.executable, "-m", "service.cli", "serve", "--port", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(program, env=environment, stdout=output, stderr=output)
        try:
            address = re.compile(r"http://127\.0\.0\.1:\d+")
            until(lambda: address.search(log.read_text()), told=log.read_text)
            found = address.search(log.read_text())
            assert found is not None
            yield Served(found[0], process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def client_of(address: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=400)
    return httpx2.AsyncClient(base_url=address, timeout=PATIENT_S, limits=limits)


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def test_all_are_answered_while_many_ask(databases, tmp_path, proved):
    """Equal questions, others that nobody asked yet, stored runs, tiles, items: all at once."""
    took: dict[str, list[float]] = {}
    answers: Counter[tuple[str, int]] = Counter()

    async def ask(client: httpx2.AsyncClient, what: str, path: str) -> httpx2.Response:
        began = time.monotonic()
        answer = await client.get(path)
        took.setdefault(what, []).append(time.monotonic() - began)
        answers[what, answer.status_code] += 1
        return answer

    async def load(address: str) -> None:
        async with client_of(address) as client:
            (run, *_) = (await client.get("/api/v1/runs")).json()
            stored = f"/api/v1/runs/{run['id']}/targets"
            first = (await client.get(stored)).content
            kept = run["parameters"] | {"window": None}
            question = {name: value for name, value in kept.items() if isinstance(value, str | int)}
            for number in range(ROUNDS):
                new = "/api/v1/targets?" + str(httpx2.QueryParams(question | {"seed": number + 2}))
                wait = [ask(client, "a new question", new) for _ in range(ASKERS)]
                reads = [ask(client, "a stored run", stored) for _ in range(ASKERS)]
                others = [
                    ask(client, what, path)
                    for what, path in (
                        ("health", "/healthz"),
                        ("the map's page", "/"),
                        ("items", "/ogc/collections/units/items?limit=1000"),
                        ("the list of runs", "/api/v1/runs"),
                    )
                    for _ in range(5)
                ]
                every = await asyncio.gather(*wait, *reads, *others)
                same = {one.content for one in every[:ASKERS] if one.status_code == 200}
                assert len(same) <= 1
                assert {one.content for one in every[ASKERS : 2 * ASKERS]} == {first}

    with (
        demo_city.copied(databases) as database,
        served(database, tmp_path / "log", agency=AGENCY) as service,
    ):
        coroutines.run(load(service.url), PATIENT_S)
        memory = service.memory_mb()
    refused = {key: many for key, many in answers.items() if key[1] not in (200, 202)}
    assert not refused, refused
    assert all(status == 200 for what, status in answers if what != "a new question")
    told = "; ".join(
        f"{what}: {len(one)} answers, the median after {percentile(one, 0.5):.2f} s, 95 in 100 "
        f"within {percentile(one, 0.95):.2f} s"
        for what, one in sorted(took.items())
    )
    proved(
        "All are answered, and alike, while many ask",
        f"{ROUNDS} times over, {ASKERS} ask a new question together, {ASKERS} read a stored run "
        f"and 20 ask other things at the same moment. No answer was a refusal. {told}. The "
        f"server held {memory:.0f} MB at most.",
    )


def test_an_upload_that_goes_on_and_on_is_streamed(databases, tmp_path, proved):
    """Rows come in pieces, without a length; others are answered meanwhile."""
    health: list[float] = []

    async def body() -> AsyncIterator[bytes]:
        yield b"external_id,offence_code,occurred_from,longitude,latitude\n"
        for begin in range(0, ROWS, ROWS_A_PIECE):
            yield "".join(
                f"s{at},robbery,2024-{at % 12 + 1:02d}-{at % 28 + 1:02d}T{at % 24:02d}:15:00Z,"
                f"{-0.1 + at % 997 / 9970:.5f},{51.5 + at % 991 / 19820:.5f}\n"
                for at in range(begin, begin + ROWS_A_PIECE)
            ).encode()

    async def send(address: str) -> dict[str, int]:
        async with client_of(address) as client:

            async def watch() -> None:
                while True:
                    began = time.monotonic()
                    answer = await client.get("/healthz")
                    assert answer.status_code == 200
                    health.append(time.monotonic() - began)
                    await asyncio.sleep(0.1)

            watching = asyncio.create_task(watch())
            path = "/api/v1/incidents/batches?profile=generic"
            answer = await client.post(path, content=body())
            watching.cancel()
            assert answer.status_code in (200, 201), answer.text
            report: dict[str, int] = answer.json()
            return report

    with (
        databases.empty() as database,
        served(database, tmp_path / "log", max_upload_mb="1000", worker="none") as service,
    ):
        before = service.memory_mb()
        report = coroutines.run(send(service.url), PATIENT_S)
        grown = service.memory_mb() - before
    assert (report["read"], report["accepted"]) == (ROWS, ROWS)
    assert grown < MEMORY_MB
    proved(
        "An upload that goes on and on is streamed",
        f"{ROWS:,} rows in pieces of {ROWS_A_PIECE:,} and without a length: all are stored, the "
        f"server's process grew by {grown:.0f} MB, and {len(health):,} questions after its health "
        f"were answered meanwhile, 95 in 100 within {percentile(health, 0.95):.2f} s.",
    )
