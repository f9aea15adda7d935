"""Benchmarks: ratios between contestants that take turns on one server, because no two runs on a shared machine compare."""
