"""Workers under what happens to them: many jobs at once, kills, dismissals, stops, a lost database.

The workers are programs of their own on one database, as `harmspot worker` runs them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from service import jobs
from service.ingest import ingest, load_profile
from service.jobs.worker import working
from service.settings import Settings
from service.store.cluster.embedded import start
from service.store.models import AnalysisRun, Job
from service.store.repository import publications
from service.store.session import Database
from service.store.tenant import Tenant
from tests.databases import Databases
from tests.patience import PATIENCE_S, until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs Linux's /proc to tell who computes"
)

STALLED_S = 12.0
"""Longer than a living worker is ever silent, also where eight programs share a processor."""
PATIENCE = {
    "HARMSPOT_WORKER_HEARTBEAT_S": "0.5",
    "HARMSPOT_WORKER_STALLED_S": str(STALLED_S),
    "HARMSPOT_WORKER_GRACE_S": "0.5",
}
YEAR = {"index": "count", "from": "2024-01-01", "to": "2024-12-31"}
LONG = YEAR | {"bootstrap": 6_000, "resolution": 10}


def stock(tenant: Tenant, folder: Path, number: int) -> None:
    """Give an agency incidents that gather in the middle of a city."""
    draw = np.random.default_rng(1)
    places = zip(draw.normal(-0.1, 0.02, number), draw.normal(51.5, 0.015, number), strict=True)
    lines = ["external_id,offence_code,occurred_from,longitude,latitude"]
    lines += [
        f"i{at},robbery,2024-05-{at % 28 + 1:02d}T22:15:00Z,{x:.6f},{y:.6f}"
        for at, (x, y) in enumerate(places)
    ]
    file = folder / "incidents.csv"
    file.write_text("\n".join(lines))
    with tenant.unit_of_work() as (session, agency):
        ingest(session, agency, file, load_profile("generic"), file_name=file.name)


class Crew:
    """The workers of a database, and what is asked of them."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        self.tenant = tenant
        self._folder = folder
        self._programs: list[subprocess.Popen[bytes]] = []

    def of(self, number: int) -> list[subprocess.Popen[bytes]]:
        """Return living workers, as many as that, started where they are missing."""
        self._programs = [one for one in self._programs if one.poll() is None]
        while len(self._programs) < number:
            self._programs.append(self._start())
        assert len(self._programs) == number
        return self._programs

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HARMSPOT_")}
        address = self.tenant.database.url.render_as_string(hide_password=False)
        with (self._folder / f"worker-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "service.cli", "worker", "--concurrency", "1"],
                env=kept | PATIENCE | {"HARMSPOT_DATABASE_URL": address},
                stdout=log,
                stderr=log,
            )

    def told(self) -> str:
        """Return what the workers logged."""
        logs = sorted(self._folder.glob("worker-*.log"))
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def dismissed(self) -> None:
        """Kill every worker."""
        for program in self._programs:
            program.kill()
            program.wait()

    def submit(self, process: str = "concentration", **parameters: object) -> str:
        with self.tenant.unit_of_work() as (session, agency):
            return jobs.submit(session, agency, process, parameters, source="api").id

    def job(self, job_id: str) -> Job:
        with self.tenant.unit_of_work() as (session, agency):
            return jobs.find(session, agency, job_id)

    def jobs(self) -> list[Job]:
        with self.tenant.unit_of_work() as (session, agency):
            return jobs.newest(session, agency, limit=1000)

    def finished(self, job_id: str) -> Job:
        return self.when(job_id, lambda job: job.status in jobs.FINISHED)

    def computing(self, job_id: str) -> Job:
        """Wait until a job is well under way."""
        return self.when(job_id, lambda job: job.status == "running" and job.progress >= 30)

    def when(self, job_id: str, wanted: Callable[[Job], bool]) -> Job:
        """Wait until a job is as wanted, and return it."""

        def found() -> Job | None:
            job = self.job(job_id)
            return job if wanted(job) else None

        def told() -> str:
            job = self.job(job_id)
            return f"{job.status}, {job.progress} %, {job.message}\n{self.told()}"

        job = until(found, told=told)
        assert job is not None
        return job

    def scalar(self, query: str, **values: object) -> object:
        with self.tenant.unit_of_work() as (session, _):
            return session.scalar(text(query), values)

    def runs_of(self, job_id: str) -> int:
        """Return how many runs are stored that could answer a job."""
        seed = self.job(job_id).parameters["seed"]
        query = "SELECT count(*) FROM analysis_run WHERE parameters ->> 'seed' = :seed"
        return int(str(self.scalar(query, seed=str(seed))))

    def entries(self) -> object:
        return self.scalar("SELECT count(*) FROM procrastinate_jobs")


@pytest.fixture(scope="module")
def crew(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Crew]:
    folder = tmp_path_factory.mktemp("workers")
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        tenant.equip()
        stock(tenant, folder, 3_000)
        made = Crew(tenant, folder)
        try:
            yield made
        finally:
            made.dismissed()
            if request.session.testsfailed:
                sys.stderr.write(made.told())


def children(pid: int) -> set[int]:
    """Return the processes that a process started and that still live."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found.add(int(entry.parent.name))
    return found


def computing(pid: int) -> set[int]:
    """Return the processes that compute for a worker: forked of the one that it started."""
    return {one for child in children(pid) for one in children(child)}


def seconds_computed(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def who_computes(workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Return the worker whose child uses the processor."""

    def computed(worker: subprocess.Popen[bytes]) -> float:
        return sum(seconds_computed(child) for child in computing(worker.pid))

    before = [computed(worker) for worker in workers]

    def busiest() -> subprocess.Popen[bytes] | None:
        used = [computed(worker) - was for worker, was in zip(workers, before, strict=True)]
        return workers[used.index(max(used))] if max(used) > 0.3 else None

    found = until(busiest)
    assert found is not None
    return found


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, be it that nobody has buried it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_twenty_at_once_on_two_workers_all_finish_and_never_go_back(crew: Crew) -> None:
    crew.of(2)
    asked = [crew.submit(**YEAR, seed=seed, bootstrap=199) for seed in range(1, 21)]
    progress = dict.fromkeys(asked, 0)

    def all_finished() -> dict[str, Job] | None:
        found = {job.id: job for job in crew.jobs() if job.id in progress}
        for name, job in found.items():
            assert job.progress >= progress[name]
            progress[name] = job.progress
        return found if all(job.status in jobs.FINISHED for job in found.values()) else None

    found = until(all_finished, told=crew.told)
    assert found is not None
    assert {job.status for job in found.values()} == {"successful"}
    assert {job.attempts for job in found.values()} == {1}
    assert len({job.run_id for job in found.values()}) == 20
    assert set(progress.values()) == {100}
    until(lambda: crew.entries() == 0, told=crew.told)


def test_the_same_question_twice_at_once_is_computed_once(crew: Crew) -> None:
    crew.of(2)
    first, second = (crew.submit(**YEAR, seed=40, bootstrap=999) for _ in range(2))
    assert crew.finished(first).run_id == crew.finished(second).run_id
    assert crew.runs_of(first) == 1


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(crew: Crew) -> None:
    workers = crew.of(2)
    job = crew.submit(**LONG, seed=50)
    waiting = [crew.submit(**YEAR, seed=seed, bootstrap=99) for seed in (51, 52)]
    for short in waiting:
        crew.finished(short)
    crew.computing(job)
    victim = who_computes(workers)
    orphans = children(victim.pid) | computing(victim.pid)
    victim.kill()
    victim.wait()
    until(lambda: all(is_gone(orphan) for orphan in orphans))
    taken = crew.when(job, lambda now: now.attempts == 2)
    assert taken.progress >= 30  # it starts again, but does not go back
    answered = crew.finished(job)
    assert (answered.status, answered.attempts, crew.runs_of(job)) == ("successful", 2, 1)
    assert {crew.job(short).attempts for short in waiting} == {1}


def test_a_running_job_that_is_dismissed_ends_in_its_midst_and_stores_nothing(crew: Crew) -> None:
    (worker,) = crew.of(1)
    job = crew.submit(**LONG, seed=60)
    crew.computing(job)
    before = computing(worker.pid)
    with crew.tenant.unit_of_work() as (session, agency):
        assert jobs.dismiss(session, agency, job).status == "dismissed"
    backends = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"
    until(
        lambda: not (crew.entries() or crew.scalar(backends, name=f"harmspot job {job}")),
        told=crew.told,
    )
    assert len(computing(worker.pid)) < len(before)
    assert crew.job(job).status == "dismissed"
    assert crew.job(job).progress < 100
    assert crew.runs_of(job) == 0


def test_a_job_whose_process_is_killed_is_begun_again_by_the_same_worker(crew: Crew) -> None:
    (worker,) = crew.of(1)
    job = crew.submit(**LONG, seed=70)
    crew.computing(job)
    busiest = max(computing(worker.pid), key=seconds_computed)
    os.kill(busiest, signal.SIGKILL)
    assert crew.when(job, lambda now: now.attempts == 2).status == "running"
    with crew.tenant.unit_of_work() as (session, agency):
        jobs.dismiss(session, agency, job)
    assert worker.poll() is None


def test_a_job_that_was_begun_three_times_is_given_up_with_a_reason(crew: Crew) -> None:
    crew.of(1)
    with crew.tenant.unit_of_work() as (session, agency):
        job = jobs.submit(session, agency, "concentration", YEAR | {"seed": 80}, source="api")
        job.attempts = 3
    failed = crew.finished(job.id)
    assert (failed.status, crew.runs_of(job.id), crew.entries()) == ("failed", 0, 0)
    assert failed.problem is not None
    assert failed.problem["title"] == "Given up"
    assert "3 times" in failed.problem["detail"]


def test_a_refused_job_fails_once_and_a_published_one_is_published(crew: Crew) -> None:
    crew.of(1)
    refused = crew.submit(**YEAR | {"from": "1999-01-01", "to": "1999-12-31"}, seed=90)
    with crew.tenant.unit_of_work() as (session, agency):
        published = jobs.submit(
            session,
            agency,
            "concentration",
            YEAR | {"seed": 91, "bootstrap": 99},
            source="schedule",
            requested_by="schedule weekly",
            publish=True,
        ).id
    failed = crew.finished(refused)
    assert (failed.status, failed.attempts, failed.run_id) == ("failed", 1, None)
    assert failed.problem is not None
    assert failed.problem["type"].endswith("/no-incidents")
    answered = crew.finished(published)
    with crew.tenant.unit_of_work() as (session, agency):
        latest = publications.latest(session, agency, "concentration")
        assert isinstance(latest, AnalysisRun)
        assert latest.id == answered.run_id


def test_a_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish(crew: Crew) -> None:
    (worker,) = crew.of(1)
    job = crew.submit(**LONG, seed=100)
    waiting = crew.submit(**LONG, seed=101)
    crew.computing(job)
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0
    left = [crew.job(one) for one in (job, waiting)]
    assert [(one.status, one.attempts) for one in left] == [("accepted", 0)] * 2
    todo = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
    assert crew.scalar(todo) == 2
    assert crew.scalar("SELECT count(*) FROM procrastinate_workers") in (0, 1)
    assert left[0].progress >= 30
    for one in left:
        with crew.tenant.unit_of_work() as (session, agency):
            jobs.dismiss(session, agency, one.id)


def test_a_job_that_takes_too_long_is_ended_and_says_what_to_change(crew: Crew) -> None:
    crew.dismissed()
    hasty = Settings(worker_concurrency=1, job_limit_s=0.5)
    job = crew.submit(**LONG, seed=120)
    with working(crew.tenant.database, hasty):
        failed = crew.finished(job)
    assert (failed.status, failed.attempts, crew.runs_of(job)) == ("failed", 1, 0)
    assert failed.problem is not None
    assert "HARMSPOT_JOB_LIMIT_S" in failed.problem["detail"]


def test_a_restart_of_the_database_delays_a_job_and_no_more(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="harmspot-"))
    folder.chmod(0o755)
    cluster = start(folder / "cluster")
    try:
        database = Database.at(cluster.url)
        database.upgrade()
        crew = Crew(Tenant(database, "default"), tmp_path)
        crew.tenant.equip()
        stock(crew.tenant, tmp_path, 3_000)
        patience = Settings(
            worker_concurrency=1, worker_heartbeat_s=0.5, worker_stalled_s=STALLED_S
        )
        with working(database, patience):
            job = crew.submit(**YEAR, bootstrap=3_000, seed=110)
            crew.computing(job)
            cluster.stop()
            cluster = start(folder / "cluster")
            answered = crew.finished(job)
            assert (answered.status, crew.runs_of(job)) == ("successful", 1)
            # What the restart broke off counts only where nothing was left to say that it did.
            assert answered.attempts in (1, 2)
            until(lambda: crew.entries() == 0, told=crew.told)
        database.dispose()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
