"""Benchmarks: what Lodestone must show, measured as ratios within one run."""
