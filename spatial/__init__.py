"""The science of Harmspot: arrays and tables in, arrays and tables out.

Nothing here knows the web, a database or the file system, so every function is usable from a
notebook alone: ``from spatial import getis_ord``.
"""
