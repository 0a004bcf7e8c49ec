"""Logs: one JSON object a line on standard error, never with the values that a failure held."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Set up the process's log.

    Tracebacks are plain: the values of local variables, which may be rows of incidents, stay out.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
