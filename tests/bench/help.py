"""`asa --help` is at least twice as fast as `alembic --help`, both as whole processes."""

import sys
from pathlib import Path

from tests.bench.result import Result, alternating

__all__ = ["measure"]


def measure() -> Result:
    """Time both commands as they are installed in this environment."""
    programs = Path(sys.executable).parent
    asa, alembic = alternating(
        (str(programs / "asa"), "--help"), (str(programs / "alembic"), "--help"), runs=11
    )
    return Result("asa --help, alembic --help", asa, alembic, alembic / asa, wanted=2)
