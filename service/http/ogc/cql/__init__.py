"""Filters in CQL2 (OGC 21-065): read safely, checked, and written as SQL."""
