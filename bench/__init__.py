"""Side-by-side benchmarks: ratios of one run, never absolute times."""
