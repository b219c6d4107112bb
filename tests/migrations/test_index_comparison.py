"""Indexes over expressions: no difference where there is none, and each one that there is."""

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, func, text
from tests.migrations.comparison import Compared

from asa.scratch import Server


def users(folded: str = "lower") -> MetaData:
    """Return the models of a table with indexes over expressions."""
    metadata = MetaData()
    table = Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String(50)),
        Column("old", Integer),
    )
    Index("ix_folded", getattr(func, folded)(table.c.email))
    Index("ix_falling", table.c.old.desc())
    Index("ix_both", table.c.old, text("(concat(email, 'it''s'))"))
    Index("ux_both", func.lower(table.c.email), table.c.old, unique=True)
    return metadata


def test_an_index_over_an_expression_is_compared(mysql_server: Server, mysql_url: str) -> None:
    if mysql_server.about.flavour != "MySQL":
        pytest.skip("MariaDB has no such index")
    assert Compared(mysql_url, users()).drift == []
    assert Compared(mysql_url, users("upper")).drift == [
        "- index ix_folded of users",
        "+ index ix_folded users (upper(users.email))",
    ]
