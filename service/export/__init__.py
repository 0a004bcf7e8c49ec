"""Runs as files: one writer per format."""
