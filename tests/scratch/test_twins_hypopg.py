"""HypoPG on the real database, where its package can be had."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.database.shop import make_shop
from tests.hypopg import VERSION, install, library
from tests.optimize.logs import record
from tests.packages import UnavailableError

from asa.database.engine import connection_to
from asa.model.finding import Proved
from asa.model.fix import keys
from asa.model.plan import NotPlanned, Plan
from asa.optimize import optimize
from asa.rules.query.ddl import add_index
from asa.scratch import Server
from asa.scratch.twins import HypopgTwin, twin_of
from asa.workload import digest

BY_CUSTOMER = "SELECT * FROM orders WHERE customer_id = $1::int"


@pytest.fixture(scope="module")
def hypopg(postgresql_server: Server) -> Iterator[tuple[Path, str]]:
    try:
        with library(postgresql_server.about.version[0]) as found:
            yield found
    except UnavailableError as reason:
        pytest.skip(str(reason))


async def tried(connection: AsyncConnection) -> tuple[Plan, Plan, str, int, int]:
    index = add_index("postgresql", "orders", keys("customer_id"))
    async with twin_of("postgresql", connection, [index]) as twin:
        assert isinstance(twin, HypopgTwin)
        before = await twin.plan(BY_CUSTOMER, (7,))
        after = await twin.plan(BY_CUSTOMER, (7,), added=[index])
        again = await twin.plan(BY_CUSTOMER, (7,))
        assert isinstance(before, Plan)
        assert isinstance(after, Plan)
        assert before == again, "an index of one question is not there for the next"
        hidden = await twin.plan(BY_CUSTOMER, (7,), hidden=["orders_pkey"])
        assert isinstance(hidden, NotPlanned) != twin.hides
        size = await twin.size(index)
    left = await connection.exec_driver_sql("SELECT count(*) FROM hypopg()")
    return before, after, index.name, size, int(left.scalar_one())


def test_an_index_that_only_explain_sees(postgresql_url: str, hypopg: tuple[Path, str]) -> None:
    async def main() -> tuple[Plan, Plan, str, int, int]:
        database = await make_shop(postgresql_url, "ANALYZE")
        async with connection_to(database, autocommit=True) as connection:
            await install(connection, *hypopg)
        async with connection_to(database) as connection:
            return await tried(connection)

    before, after, name, size, left = asyncio.run(main())
    assert (before.cost or 0) > (after.cost or 0)
    assert name in {node.index for node in after.walk()}
    assert any(name in line for line in after.lines)
    assert size > 0
    assert left == 0, "nothing stays in the session"


def test_its_proof_is_labelled_and_comes_before_the_twin(
    postgresql_url: str, hypopg: tuple[Path, str]
) -> None:
    async def main() -> Proved:
        database = await make_shop(postgresql_url, "ANALYZE")
        async with connection_to(database, autocommit=True) as connection:
            await install(connection, *hypopg)
        log = digest([record(BY_CUSTOMER, (7,))], dialect="postgresql")
        (found,) = (await optimize(log, database)).judgement.findings
        assert isinstance(found.proof, Proved)
        return found.proof

    assert asyncio.run(main()).how.startswith(f"hypopg {VERSION}: cost ")
