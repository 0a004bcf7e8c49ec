"""Incidents that go: what a batch did, a source, cancelled ones, columns kept no more."""
