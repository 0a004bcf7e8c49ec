"""Boundaries and streets: read from any vector format, made clean, kept in versions."""
