"""`asa demo` walks the whole road in under a minute."""

import sys
from pathlib import Path

from tests.bench.result import Result, alternating

__all__ = ["measure"]

LIMIT_MS = 60_000


def measure() -> Result:
    """Time the demo as it is installed in this environment."""
    (demo,) = alternating((str(Path(sys.executable).parent / "asa"), "demo"), runs=1)
    return Result("asa demo, a minute", demo, LIMIT_MS, LIMIT_MS / demo, wanted=1)
