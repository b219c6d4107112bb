"""`asa digest` reads a PostgreSQL log at least 5 times as fast as pgBadger, on one core each."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.logs import POSTGRESQL, program, statements, written
from tests.bench.result import Result, processor_times

__all__ = ["measure"]


def measure() -> Result:
    """Read the same log with both, as whole processes."""
    pgbadger = program("pgbadger")
    with TemporaryDirectory() as directory:
        log = written(Path(directory), POSTGRESQL, statements())
        options = ("--quiet", "--format", "stderr", "--prefix", "%m [%p] %u@%d ")
        ours, theirs = processor_times(
            (str(Path(sys.executable).parent / "asa"), "digest", "--jobs", "1", str(log)),
            (pgbadger, *options, "--outfile", f"{directory}/report.json", str(log)),
            runs=1,
        )
        megabytes = log.stat().st_size / 1e6
    return Result(
        "PostgreSQL log: asa digest, pgbadger",
        megabytes / ours * 1000,
        megabytes / theirs * 1000,
        theirs / ours,
        wanted=5,
        unit="MB/s",
    )
