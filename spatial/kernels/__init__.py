"""Kernels: the compiled loops beneath the public modules."""
