"""TPC-H at scale 0.1: after creating the advised indexes its queries take less time.

The data is made by `tpchgen-cli`; the tables have their primary keys and nothing else.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.bench.result import Result, UnmeasuredError

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ScratchError
from asa.model.fix import AddIndex
from asa.model.record import QueryRecord
from asa.optimize import optimize
from asa.scratch import start_server
from asa.workload import digest

__all__ = ["measure"]

SCALE = "0.1"
BUDGET_BYTES = 60_000_000
LONG_MS = 10_000
"""A query that takes longer is run once."""
LEAST_RATIO = 1.2
TABLES = {
    "region": "r_regionkey int PRIMARY KEY, r_name text, r_comment text",
    "nation": "n_nationkey int PRIMARY KEY, n_name text, n_regionkey int, n_comment text",
    "part": "p_partkey int PRIMARY KEY, p_name text, p_mfgr text, p_brand text, p_type text, "
    "p_size int, p_container text, p_retailprice numeric, p_comment text",
    "supplier": "s_suppkey int PRIMARY KEY, s_name text, s_address text, s_nationkey int, "
    "s_phone text, s_acctbal numeric, s_comment text",
    "partsupp": "ps_partkey int, ps_suppkey int, ps_availqty int, ps_supplycost numeric, "
    "ps_comment text, PRIMARY KEY (ps_partkey, ps_suppkey)",
    "customer": "c_custkey int PRIMARY KEY, c_name text, c_address text, c_nationkey int, "
    "c_phone text, c_acctbal numeric, c_mktsegment text, c_comment text",
    "orders": "o_orderkey int PRIMARY KEY, o_custkey int, o_orderstatus text, "
    "o_totalprice numeric, o_orderdate date, o_orderpriority text, o_clerk text, "
    "o_shippriority int, o_comment text",
    "lineitem": "l_orderkey int, l_partkey int, l_suppkey int, l_linenumber int, "
    "l_quantity numeric, l_extendedprice numeric, l_discount numeric, l_tax numeric, "
    "l_returnflag text, l_linestatus text, l_shipdate date, l_commitdate date, "
    "l_receiptdate date, l_shipinstruct text, l_shipmode text, l_comment text, "
    "PRIMARY KEY (l_orderkey, l_linenumber)",
}
QUERIES = (
    """SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate
    FROM customer, orders, lineitem
    WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
      AND o_orderdate < date '1995-03-15' AND l_shipdate > date '1995-03-15'
    GROUP BY l_orderkey, o_orderdate ORDER BY revenue DESC LIMIT 10""",
    """SELECT sum(l_extendedprice * l_discount) FROM lineitem
    WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1994-02-01'
      AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24""",
    """SELECT n_name, sum(l_extendedprice) FROM nation, supplier, lineitem, part
    WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey AND s_nationkey = n_nationkey
      AND p_type = 'ECONOMY ANODIZED STEEL' GROUP BY n_name""",
    """SELECT sum(l_extendedprice) / 7.0 FROM lineitem, part
    WHERE p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container = 'MED BOX'
      AND l_quantity < (SELECT 0.2 * avg(l.l_quantity) FROM lineitem l
                        WHERE l.l_partkey = p_partkey)""",
    """SELECT s_name, count(*) FROM supplier, lineitem, orders, nation
    WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND o_orderstatus = 'F'
      AND l_receiptdate > l_commitdate AND s_nationkey = n_nationkey
      AND n_name = 'SAUDI ARABIA' GROUP BY s_name ORDER BY 2 DESC LIMIT 100""",
    "SELECT * FROM orders WHERE o_custkey = 370 ORDER BY o_orderdate DESC LIMIT 10",
    "SELECT * FROM lineitem WHERE l_partkey = 1552",
    "SELECT ps_supplycost FROM partsupp WHERE ps_suppkey = 93",
    """SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount))
    FROM customer, orders, lineitem
    WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_returnflag = 'R'
      AND o_orderdate >= date '1993-10-01' AND o_orderdate < date '1993-10-15'
    GROUP BY c_custkey, c_name ORDER BY 3 DESC LIMIT 20""",
)


def measure() -> Result:
    """Run the queries without and with the advised indexes, which take at most 60 MB.

    Raises:
        UnmeasuredError: There is no PostgreSQL or no tpchgen-cli here.
    """
    beside = Path(sys.executable).parent / "tpchgen-cli"
    program = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
    if program is None:
        raise UnmeasuredError("no tpchgen-cli, pip install tpchgen-cli")
    with tempfile.TemporaryDirectory(prefix="asa-tpch-") as place:
        make = [program, "csv", "-s", SCALE, "-o", place]
        subprocess.run(make, check=True, capture_output=True)
        return asyncio.run(measured(Path(place)))


async def measured(place: Path) -> Result:
    """Load the tables, take the advice, create what it says, and time both."""
    try:
        server = await start_server("postgresql")
    except ScratchError as error:
        raise UnmeasuredError(error.message) from None
    try:
        async with server.database() as url:
            database = parse_url(url)
            async with connection_to(database, autocommit=True) as connection:
                await load(connection, place)
                cost = await costs(connection)
                before = await times(connection)
            started = time.perf_counter()
            log = [
                QueryRecord(sql, "postgresql", duration_ms=took)
                for sql, took in zip(QUERIES, before, strict=True)
            ]
            result = await optimize(
                digest(log, dialect="postgresql"), database, budget=BUDGET_BYTES
            )
            taken = time.perf_counter() - started
            advised = [f.fix for f in result.judgement.findings if isinstance(f.fix, AddIndex)]
            cost_after, after, size = await created(database, advised)
    finally:
        await server.stop()
    claim = f"TPC-H 0.1: {len(advised)} indexes, {size / 1e6:.0f} of 60 MB"
    sys.stdout.write(f"  {result.explained} EXPLAINs, {taken:.1f} s\n")
    for index in advised:
        sys.stdout.write(f"  {index.subject}\n")
    for sql, one, other in zip(QUERIES, before, after, strict=True):
        sys.stdout.write(f"  {' '.join(sql.split())[:50]:<50} {one:8.1f} to {other:8.1f} ms\n")
    sys.stdout.write(f"  workload cost {cost:.0f} to {cost_after:.0f}\n")
    ratio = sum(before) / sum(after)
    return Result(claim, sum(after), sum(before), ratio, LEAST_RATIO)


async def load(connection: AsyncConnection, place: Path) -> None:
    """Make the tables and copy the rows."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    for table, columns in TABLES.items():
        await connection.exec_driver_sql(f"CREATE TABLE {table} ({columns})")
        file = str(place / f"{table}.csv")
        await driver.copy_to_table(table, source=file, format="csv", header=True)
    await connection.exec_driver_sql("VACUUM ANALYZE")


async def times(connection: AsyncConnection) -> list[float]:
    """Return how long each query takes in milliseconds, the better of two runs."""
    found = []
    for sql in QUERIES:
        runs: list[float] = []
        while len(runs) < 2 and max(runs, default=0.0) < LONG_MS:
            started = time.perf_counter()
            await connection.exec_driver_sql(sql)
            runs.append((time.perf_counter() - started) * 1000)
        found.append(min(runs))
    return found


async def costs(connection: AsyncConnection) -> float:
    """Return what the database itself says that all queries cost."""
    found = [await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}") for sql in QUERIES]
    return sum(float(plan.scalar_one()[0]["Plan"]["Total Cost"]) for plan in found)


async def created(database: DatabaseUrl, advised: list[AddIndex]) -> tuple[float, list[float], int]:
    """Create indexes; return what the queries cost then, their times, and the bytes."""
    size = 0
    async with connection_to(database, autocommit=True) as connection:
        for index in advised:
            await connection.exec_driver_sql(index.ddl)
            told = f"SELECT pg_relation_size('\"{index.name}\"')"
            size += int((await connection.exec_driver_sql(told)).scalar_one())
        await connection.exec_driver_sql("VACUUM ANALYZE")
        return await costs(connection), await times(connection), size
