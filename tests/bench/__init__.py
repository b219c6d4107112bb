"""Benchmarks: each module measures one promise and says whether it is kept.

A module here has a function `measure` that returns a `Result`; `python -m tests.bench` runs
all of them, or those named, prints one line each, and ends with 1 where one is not kept.
"""
