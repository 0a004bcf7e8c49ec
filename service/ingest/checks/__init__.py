"""Checks: raw rows become incidents, or are rejected with their reason."""
