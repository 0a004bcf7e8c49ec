"""Incidents from where others publish them: Socrata, ArcGIS, OGC API Features, files over HTTP."""
