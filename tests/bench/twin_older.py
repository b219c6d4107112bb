"""The twin, which is PostgreSQL 18, beside a PostgreSQL 14 filled with 2.4 million rows.

Costs may differ between the two planners; how each table is read may not.
"""

import asyncio
import re

from tests import postgresql
from tests.bench.films import QUERIES
from tests.bench.result import Result
from tests.bench.twin import WANTED, measured, say

from asa.model.plan import NotPlanned, Plan

__all__ = ["measure"]

VERSION = "14"
READS = re.compile(r" on \S+")


def measure() -> Result:
    """Compare how 120 plans read their tables; those that differ are printed.

    Raises:
        UnmeasuredError: There is no PostgreSQL 14 or 18 here.
    """
    found = asyncio.run(measured(postgresql.start(VERSION)))
    unlike = [
        (sql, own, real)
        for (sql, _), (own, real) in zip(2 * QUERIES, found.pairs, strict=True)
        if leaves(own) != leaves(real)
    ]
    for sql, own, real in unlike:
        say(f"{' '.join(sql.split())[:76]}\n    {leaves(own)}\n    {leaves(real)}")
    count = len(found.pairs)
    share = (count - len(unlike)) / count if found.same else 0.0
    claim = f"twin of {VERSION}: {count - len(unlike)} of {count} read alike"
    return Result(claim, 100 * share, 100 * WANTED, share / WANTED, 1.0, "%")


def leaves(plan: Plan | NotPlanned) -> list[str]:
    """Return how a plan reads each table; by which index says the line."""
    if isinstance(plan, NotPlanned):
        return [plan.reason]
    lines = (line.split("  cost")[0].strip() for line in plan.lines)
    return sorted(line for line in lines if READS.search(line))
