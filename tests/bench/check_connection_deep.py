"""With all steps, a healthy check takes under twice the shortest script's time.

All steps: every connection of the pools opened at once, one broken without `pool_pre_ping`,
twenty pings.
"""

import asyncio

from tests.bench.check_connection import beside_the_shortest
from tests.bench.result import Result

__all__ = ["measure"]


def measure() -> Result:
    """Time both as whole processes against the same server."""
    claim = "check-connection --deep, shortest SELECT 1"
    return asyncio.run(beside_the_shortest(claim, 2, "--deep", "--pings", "20"))
