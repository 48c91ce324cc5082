"""Measurements of segue beside its peers, each run as `python -m benchmarks.NAME`; results in docs/results."""
