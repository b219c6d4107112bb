"""Server defaults: no difference where there is none, and each one that there is."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Numeric, String, Table, text
from sqlalchemy.dialects import mysql, postgresql
from tests.migrations.comparison import Compared

EVERYWHERE: list[tuple[Any, Any]] = [
    (DateTime(), sa.func.now()),
    (DateTime(), text("CURRENT_TIMESTAMP")),
    (DateTime(), "2020-01-01"),
    (sa.Date(), "2020-01-01"),
    (sa.Time(), "10:00"),
    (Boolean(), sa.true()),
    (Boolean(), sa.false()),
    (Integer(), "0"),
    (Integer(), text("-1")),
    (Numeric(10, 2), "1.5"),
    (sa.Float(), text("1e3")),
    (String(20), "x"),
    (String(20), ""),
    (String(20), "it's"),
    (String(40), "a\\b"),
    (String(20), "now()"),
    (String(20), "50% :a"),
    (String(9), text("NULL")),
    (sa.Enum("red", "green", name="colour"), "red"),
    (Integer(), None),
]
OF_DIALECT: dict[str, list[tuple[Any, Any]]] = {
    "postgresql": [
        (sa.JSON(), '{"a":1}'),
        (postgresql.JSONB(), '{"a":1}'),
        (postgresql.JSONB(), text("'[]'::jsonb")),
        (postgresql.ARRAY(String), "{}"),
        (postgresql.ARRAY(sa.Text), text("ARRAY[]::text[]")),
        (postgresql.UUID(), text("gen_random_uuid()")),
        (DateTime(), text("timezone('utc', now())")),
        (DateTime(), text("(now() at time zone 'utc')")),
        (DateTime(timezone=True), "2020-01-01T00:00:00Z"),
        (DateTime(timezone=True), text("now() + interval '1 day'")),
        (sa.Interval(), text("'24:00:00'")),
        (postgresql.INET(), "127.0.0.1"),
        (sa.BigInteger(), text("(extract(epoch from now()) * 1000)::bigint")),
        (sa.Text(), text("lower('A' || 'B')")),
        (sa.CHAR(3), "EUR"),
        (sa.Text(), text("E'a\\nb'")),
    ],
    "mysql": [
        (sa.Text(), text("('txt')")),
        (String(36), text("(uuid())")),
        (String(20), text("(concat('a', 'b'))")),
        (String(20), text(r"(concat('it''s', 'a\\'))")),
        (sa.Date(), text("(curdate() + interval 1 day)")),
        (String(9), text("(case when 1 = 1 then 'a' else 'b' end)")),
        (sa.JSON(), text("(json_object('a', json_array()))")),
        (mysql.DATETIME(fsp=6), text("CURRENT_TIMESTAMP(6)")),
        (mysql.TIMESTAMP(), text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
        (mysql.BIT(1), text("b'0'")),
        (mysql.TINYINT(1), "1"),
        (sa.JSON(), text("('{}')")),
    ],
    "sqlite": [
        (sa.JSON(), "{}"),
        (DateTime(), text("(datetime('now'))")),
        (String(32), text("(lower(hex(randomblob(16))))")),
    ],
}


def wide(url: str) -> MetaData:
    """Return the models of a table with every kind of default."""
    metadata = MetaData()
    listed = [*EVERYWHERE, *OF_DIALECT[url.partition("+")[0]]]
    columns: list[Column[Any]] = [Column("id", Integer, primary_key=True)]
    for number, (kind, default) in enumerate(listed):
        columns.append(Column(f"c{number}", kind, server_default=default))
    columns.append(Column("doubled", Integer, sa.Computed("c7 * 2", persisted=True)))
    if url.startswith("postgresql"):
        columns.append(Column("numbered", Integer, sa.Identity(always=True)))
        following = sa.Sequence("following", metadata=metadata)
        columns.append(Column("follows", Integer, server_default=following.next_value()))
    Table("wide", metadata, *columns)
    return metadata


def prices(**defaults: object) -> MetaData:
    """Return the models of a table whose columns have these defaults."""
    metadata = MetaData()
    kinds = {"amount": Numeric(10, 2), "unit": String(10), "active": Boolean(), "made": DateTime()}
    Table(
        "prices",
        metadata,
        Column("id", Integer, primary_key=True),
        *(Column(n, k, server_default=defaults.get(n)) for n, k in kinds.items()),  # type: ignore[arg-type]
    )
    return metadata


def test_a_wide_table_of_defaults_equals_its_models(database_url: str) -> None:
    assert Compared(database_url, wide(database_url)).drift == []


def test_each_default_that_differs_is_found_written_and_undone(database_url: str) -> None:
    before = prices(amount="1.50", unit="it's", active=sa.true())
    compared = Compared(database_url, before)
    after = prices(unit="kg", active=sa.false(), made=sa.func.now())
    compared.write(after)
    differing = [
        "~ column prices.amount default dropped",
        "~ column prices.unit default set",
        "~ column prices.active default set",
        "~ column prices.made default set",
    ]
    assert compared.drift == differing
    compared.upgrade()
    assert compared.drift == []
    compared.downgrade()
    assert compared.drift == differing


def test_colons_in_a_reflected_default_are_no_parameters(postgresql_url: str) -> None:
    def settings(default: str) -> MetaData:
        metadata = MetaData()
        column = Column("value", sa.JSON(), server_default=default)
        Table("settings", metadata, Column("id", Integer, primary_key=True), column)
        return metadata

    compared = Compared(postgresql_url, settings('{"a":1}'))
    compared.write(settings("{}"))
    compared.upgrade()
    compared.downgrade()
    rows = compared.rows("INSERT INTO settings (id) VALUES (1)", "SELECT value FROM settings")
    assert rows == [({"a": 1},)]
