"""PostgreSQL's other indexes, each for a query that no B-tree on a plain column serves."""

import asyncio

import pytest
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl, parse_url
from asa.model.event import silent
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.judgement import Judgement
from asa.optimize.asking import Asking, asked
from asa.scratch import Server
from asa.scratch.twins import twin_of
from asa.workload import digest

ROWS = 20_000
STATEMENTS = (
    """CREATE TABLE posts (id serial PRIMARY KEY, author text, room int, tags text[],
                           body jsonb, words tsvector, shown tsrange)""",
    f"""INSERT INTO posts (author, room, tags, body, words, shown)
        SELECT 'User' || i, i % 500, ARRAY['t' || i % 1000, 'u' || i % 37],
               jsonb_build_object('kind', 'k' || i % 700, 'n', i),
               to_tsvector('simple', md5(i::text)),
               tsrange(timestamp '2026-01-01' + i * interval '1 hour',
                       timestamp '2026-01-01' + i * interval '1 hour' + interval '2 hours')
        FROM generate_series(1, {ROWS}) i""",
    "ANALYZE posts",
)
WORD = "c4ca4238a0b923820dcc509a6f75849b"
DAY = "tsrange('2026-03-01', '2026-03-02')"
LACKING = {
    "SELECT id FROM posts WHERE tags && ARRAY['t7']": "posts USING gin (tags)",
    "SELECT id FROM posts WHERE tags @> ARRAY['t7', 'u3']": "posts USING gin (tags)",
    """SELECT id FROM posts WHERE body @> '{"kind": "k7"}'""": "posts USING gin (body)",
    f"SELECT id FROM posts WHERE words @@ to_tsquery('simple', '{WORD}')": (
        "posts USING gin (words)"
    ),
    f"SELECT id FROM posts WHERE shown && {DAY}": "posts USING gist (shown)",
    # The planner guesses that one row in 200 has the name, and that a few pages hold one.
    "SELECT * FROM posts WHERE lower(author) = 'user7' LIMIT 1": "posts (lower(author))",
    "SELECT * FROM posts WHERE lower(author) = 'user7'": "posts (lower(author))",
    # No index helps an array that is asked for each element.
    "SELECT id FROM posts WHERE 't7' = ANY (tags)": None,
    "SELECT id FROM posts LIMIT 1": None,
    "SELECT id FROM posts WHERE room > 3 LIMIT 1": None,
}


async def judged(database: DatabaseUrl) -> dict[str, Judgement]:
    """Fill the table and judge every statement on one twin of it."""
    async with connection_to(database) as connection:
        for statement in STATEMENTS:
            await connection.exec_driver_sql(statement)
        await connection.commit()
    asking = Asking(1, False, None, {}, Load(), silent)
    async with (
        connection_to(database) as source,
        twin_of("postgresql", source, tables={"posts"}) as twin,
    ):
        assert not isinstance(twin, Unproved), twin
        return {
            sql: (await asked(asking, digest([record(sql, ())] * 10), database, twin)).judgement
            for sql in LACKING
        }


@pytest.fixture(scope="module")
def judgements(postgresql_server: Server) -> dict[str, Judgement]:
    async def main() -> dict[str, Judgement]:
        async with postgresql_server.database() as url:
            return await judged(parse_url(url))

    return asyncio.run(main())


@pytest.mark.parametrize("sql", LACKING)
def test_the_index_that_a_lookup_lacks_is_proved(
    judgements: dict[str, Judgement], sql: str
) -> None:
    judgement = judgements[sql]
    assert not judgement.not_planned
    found = [f for f in judgement.findings if isinstance(f.fix, AddIndex)]
    assert all(isinstance(finding.proof, Proved) for finding in found)
    wanted = LACKING[sql]
    assert [f.fix.subject for f in found if isinstance(f.fix, AddIndex)] == (
        [wanted] if wanted else []
    )
