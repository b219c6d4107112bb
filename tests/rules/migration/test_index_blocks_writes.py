# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.create_index("ix", "orders", ["tag_id"])'),
    Case("postgresql", 'op.execute("CREATE INDEX ix ON orders (tag_id)")'),
    Case(
        "postgresql",
        'op.execute("CREATE UNIQUE INDEX IF NOT EXISTS ix ON public.orders USING btree (lower(note))")',
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer(), index=True))'),
    Case("mysql", 'op.execute("CREATE FULLTEXT INDEX ix ON orders (note)")'),
    Case("mysql", 'op.create_index("ix", "orders", ["tag_id"], mysql_prefix="FULLTEXT")'),
    Case("mysql", 'op.create_index("ix", "orders", [sa.text("(lower(note))")])'),
    Case("mysql", 'op.create_index("ix", "orders", [sa.func.lower(sa.column("note"))])'),
    Case("mysql", 'op.execute("CREATE INDEX ix ON orders (tag_id, (lower(note)) DESC)")'),
    Case("mysql", 'op.execute("ALTER TABLE orders ADD INDEX ix ((lower(note)))")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)
    """,
    ),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix ON orders (tag_id)")
    """,
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer(), index=True))
        op.create_index("ix", "new", ["a"])
    """,
    ),
    Case("mysql", 'op.create_index("ix", "orders", ["tag_id"])'),
    Case("mysql", 'op.execute("CREATE INDEX ix ON orders (note(10) DESC, tag_id)")'),
    Case("mysql", 'op.create_index("ix", "orders", ["note"], mysql_length=10)'),
    Case("sqlite", 'op.create_index("ix", "orders", ["tag_id"])'),
    Case("postgresql", 'op.execute("CREATE TABLE n (a int); CREATE INDEX i ON n (a)")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """An index that makes writers wait is found."""
    found = findings("index-blocks-writes", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """CONCURRENTLY, a new table and MySQL's usual index are not."""
    assert findings("index-blocks-writes", case) == []
