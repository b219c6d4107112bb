"""`asa digest` with two processes is at least 1.6 times as fast as with one."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.logs import POSTGRESQL, statements, written
from tests.bench.result import Result, UnmeasuredError, alternating

from asa.workload.workers import processors

__all__ = ["measure"]


def measure() -> Result:
    """Read the same log with one process and with two.

    Raises:
        UnmeasuredError: There is one processor only.
    """
    if processors() < 2:
        raise UnmeasuredError("one processor only")
    with TemporaryDirectory() as directory:
        log = written(Path(directory), POSTGRESQL, statements(1_000_000))
        asa = (str(Path(sys.executable).parent / "asa"), "digest", str(log), "--jobs")
        two, one = alternating((*asa, "2"), (*asa, "1"), runs=1)
        megabytes = log.stat().st_size / 1e6
    return Result(
        "asa digest: two processes, one",
        megabytes / two * 1000,
        megabytes / one * 1000,
        one / two,
        wanted=1.6,
        unit="MB/s",
    )
