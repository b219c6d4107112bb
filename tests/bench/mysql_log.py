"""`asa digest` reads a slow log at least twice as fast as pt-query-digest, on one core each."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.logs import MYSQL, program, statements, written
from tests.bench.result import Result, processor_times

__all__ = ["measure"]


def measure() -> Result:
    """Read the same log with both, as whole processes."""
    percona = program("pt-query-digest")
    with TemporaryDirectory() as directory:
        log = written(Path(directory), MYSQL, statements())
        ours, theirs = processor_times(
            (str(Path(sys.executable).parent / "asa"), "digest", "--jobs", "1", str(log)),
            (percona, str(log)),
            runs=1,
        )
        megabytes = log.stat().st_size / 1e6
    return Result(
        "slow log: asa digest, pt-query-digest",
        megabytes / ours * 1000,
        megabytes / theirs * 1000,
        theirs / ours,
        wanted=2,
        unit="MB/s",
    )
