import asyncio
import re
from contextlib import suppress

import pytest
from sqlalchemy.engine import make_url
from tests.rules.model.corpus import Case, findings

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.rules.model.reserved_word import ALSO, EVERYWHERE

BAD = (
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "user"
            id: Mapped[int] = mapped_column(primary_key=True)
    """
    ),
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "order"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,
        dialect="sqlite",
    ),
    Case(user="rank: Mapped[int]", dialect="mysql"),
    Case(user="group: Mapped[str]", dialect=None),
)
GOOD = (
    Case(user="key: Mapped[str]"),
    Case(user="values: Mapped[str]", dialect=None),
    Case(user="name: Mapped[str]"),
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "user"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,
        dialect="sqlite",
    ),
    Case(user="rank: Mapped[int]"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("reserved-word", case)
    assert found
    for finding in found:
        assert re.search("reserved word", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("reserved-word", case) == []


def test_the_database_refuses_the_words_unquoted(database_url: str) -> None:
    dialect = make_url(database_url).get_backend_name()
    words = EVERYWHERE.split()
    # MySQL reserves more than MariaDB, of which a test may run.
    words += ALSO[dialect].split() if dialect != "mysql" else []

    async def accepted() -> list[str]:
        taken = []
        async with connection_to(parse_url(database_url), autocommit=True) as connection:
            for number, word in enumerate(words):
                with suppress(Exception):  # each driver has its own
                    await connection.exec_driver_sql(f"CREATE TABLE t{number} ({word} int)")
                    taken.append(word)
        return taken

    assert asyncio.run(accepted()) == []
