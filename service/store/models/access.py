"""Who may come in: keys of programs, codes that let a person in once, and sessions of browsers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models.base import Base


class ApiKey(Base):
    """A key by which a program is known; its secret is kept as a digest alone."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256"),
        CheckConstraint("jsonb_typeof(roles) = 'array'", name="roles"),
        Index("ix_api_key_agency_id", "agency_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_sha256: Mapped[bytes]
    name: Mapped[str]
    """Who or what has it."""
    roles: Mapped[list[Any]]
    first: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the service made it by itself when it had none."""
    created_by: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class LoginCode(Base):
    """A code by which a person comes in once."""

    __tablename__ = "login_code"
    __table_args__ = (Index("ix_login_code_agency_id", "agency_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    code_sha256: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str]
    """Who is let in."""
    roles: Mapped[list[Any]]
    created_by: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class LoginSession(Base):
    """A browser in which a person is known, until it is told to forget or has rested too long."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_agency_id", "agency_id"),
        Index("ix_session_key_id", "key_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    cookie_sha256: Mapped[bytes] = mapped_column(unique=True)
    csrf_token: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[Any]]
    key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"))
    """The key that it was begun with, which ends it when it ends."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
