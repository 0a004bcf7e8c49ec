"""Rows without coordinates placed by their address, on request: never silently, never by guess."""
