"""Advice about the planner's statistics, taken on real servers."""

import asyncio

from tests.database.shop import make_shop
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.model.finding import Finding
from asa.model.judgement import Judgement
from asa.optimize import optimize
from asa.workload import digest

COLUMNS = tuple(f"c{place}" for place in range(8))
# Each halves the rows for the planner, who does not know that all are alike.
ALIKE = (
    "ALTER TABLE orders " + ", ".join(f"ADD {name} INTEGER" for name in COLUMNS),
    "UPDATE orders SET " + ", ".join(f"{name} = id % 2" for name in COLUMNS),
    "ANALYZE",
)
SQL = "SELECT id FROM orders WHERE " + " AND ".join(
    f"{name} = ${place}" for place, name in enumerate(COLUMNS, 1)
)


def judged(url: str) -> Judgement:
    async def main() -> Judgement:
        log = [record(SQL, (1,) * len(COLUMNS), dialect="postgresql", rows=1_500)] * 20
        result = await optimize(digest(log, dialect="postgresql"), parse_url(url))
        return result.judgement

    return asyncio.run(main())


def misestimates(judgement: Judgement) -> list[Finding]:
    return [found for found in judgement.findings if found.rule == "row-misestimate"]


def test_extended_statistics_mend_the_estimate(postgresql_url: str) -> None:
    asyncio.run(make_shop(postgresql_url, *ALIKE))
    (found,) = misestimates(judged(postgresql_url))
    assert found.summary.endswith("expected, 1,500 came")
    assert found.fix is not None
    advice = found.fix.text

    async def follow() -> None:
        async with connection_to(parse_url(postgresql_url)) as connection:
            for statement in advice.split("; "):
                await connection.exec_driver_sql(statement)
            await connection.commit()

    asyncio.run(follow())
    assert not misestimates(judged(postgresql_url))
