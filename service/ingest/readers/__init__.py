"""Readers: files of each format as batches of text columns."""
