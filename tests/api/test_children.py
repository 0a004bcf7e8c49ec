"""The processes that compute: from what they are forked, and how many threads they may start."""

from __future__ import annotations

import multiprocessing.forkserver
import sys
from pathlib import Path

import pytest

from service.jobs import processors
from service.jobs.attempts import Attempt
from service.jobs.children import _Child
from service.store.session import Database

NOBODY = Attempt("no such job", 1, "targets", {}, 1, publish=False, requested_by="nobody")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_children_are_forked_of_a_process_with_the_science_but_no_connection_or_thread(
    database: Database,
):
    child = _Child(database.url.render_as_string(hide_password=False), "INFO")
    try:
        child.ask(NOBODY)  # which opens connections, in the child
        parent = Path("/proc") / str(multiprocessing.forkserver._forkserver._forkserver_pid)
        assert "libllvmlite" in (parent / "maps").read_text()
        threads = [(one / "comm").read_text().strip() for one in (parent / "task").iterdir()]
        assert len([one for one in threads if one != "jemalloc_bg_thd"]) == 1
        held = [one.readlink().as_posix() for one in (parent / "fd").iterdir()]
        assert len([one for one in held if one.startswith("socket:")]) == 1, "beside its own"
    finally:
        child.kill()


@pytest.mark.parametrize(
    ("own", "above", "found"),
    [("max 100000", "max 100000", None), ("150000 100000", "max 100000", 1.5),
     ("400000 100000", "200000 100000", 2.0)],
)  # fmt: skip
def test_a_control_group_bounds_processors_and_so_do_those_above_it(tmp_path, own, above, found):
    group = tmp_path / "slice" / "service"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text(f"{own}\n")
    (group.parent / "cpu.max").write_text(f"{above}\n")
    named = tmp_path / "named"
    named.write_text("1:name=systemd:/else\n0::/slice/service\n")
    assert processors._quota(tmp_path, named) == found


def test_processors_are_those_of_the_affinity_and_one_at_least(monkeypatch):
    monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(processors, "_quota", lambda *_: None)
    assert processors.processors() == 3
    monkeypatch.setattr(processors, "_quota", lambda *_: 0.2)
    assert processors.processors() == 1
