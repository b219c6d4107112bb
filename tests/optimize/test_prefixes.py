"""Of two indexes of which one begins the other, one is advised."""

import asyncio

from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.model.fix import AddIndex
from asa.optimize import optimize
from asa.workload import digest

FILLED = (
    "CREATE TABLE titles (id int PRIMARY KEY, title text, kind int, year int)",
    """
    INSERT INTO titles SELECT i, md5(i::text) || repeat('-', 90), i % 2, 1925 + (i / 2) % 100
    FROM generate_series(1, 50000) i
    """,
    # What is not on disk yet is not known to be visible to all.
    "CHECKPOINT",
    "VACUUM ANALYZE",
)
PAGE = "SELECT id, title FROM titles WHERE kind = $1::int AND year = $2::int ORDER BY title LIMIT 5"
COUNT = "SELECT count(*) FROM titles WHERE year BETWEEN $1::int AND $2::int"


def test_of_two_that_begin_alike_one_is_advised(postgresql_url: str) -> None:
    """A narrow one would count faster than the wide one that pages need; it is not worth two."""

    async def main() -> list[AddIndex]:
        database = parse_url(postgresql_url)
        async with connection_to(database, autocommit=True) as connection:
            for statement in FILLED:
                await connection.exec_driver_sql(statement)
        log = [record(PAGE, (1, 1930), session=str(n)) for n in range(9)]
        log += [record(COUNT, (1935, 1938), session=f"c{n}") for n in range(3)]
        found = (await optimize(digest(log, dialect="postgresql"), database)).judgement.findings
        return [one.fix for one in found if isinstance(one.fix, AddIndex)]

    advised = asyncio.run(main())
    assert advised
    assert not [
        (one.subject, other.subject)
        for one in advised
        for other in advised
        if one is not other and one.keys == other.keys[: len(one.keys)]
    ]
