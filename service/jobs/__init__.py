"""Analyses that answer later: submitted, queued in PostgreSQL, computed by workers, watched."""

from __future__ import annotations

from service.jobs.store import FINISHED, dismiss, find, newest, submit
from service.jobs.watching import JobWatch
from service.store.models import Job

__all__ = ["FINISHED", "Job", "JobWatch", "dismiss", "find", "newest", "submit"]
