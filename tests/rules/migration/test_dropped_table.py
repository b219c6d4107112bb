import pytest
from tests.rules.migration.corpus import Case, findings

from asa.rules.migration.wording import lost

BAD = (
    Case("postgresql", 'op.drop_table("orders")'),
    Case("mysql", 'op.execute("DROP TABLE IF EXISTS orders, tags")'),
    Case("sqlite", 'op.drop_table("orders")'),
    Case("postgresql", 'op.execute("drop table public.orders")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.create_table("work", sa.Column("a", sa.Integer()))
        op.drop_table("work")
    """,
    ),
    Case("postgresql", 'op.execute("CREATE TEMP TABLE w (a int); DROP TABLE w")'),
    Case(
        "sqlite",
        """
        op.execute("CREATE TABLE users_new (id int)")
        op.execute("DROP TABLE users")
        op.rename_table("users_new", "users")
    """,
    ),
    Case(
        "postgresql",
        'op.create_table("new", sa.Column("a", sa.Integer()))',
        downgrade='op.drop_table("new")',
    ),
    Case("postgresql", 'op.execute("DROP VIEW orders_view")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A dropped table is found."""
    found = findings("dropped-table", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One of this revision, or one made anew, is not."""
    assert findings("dropped-table", case) == []


def test_number_of_lost_rows_in_words() -> None:
    """One row is lost, others are."""
    assert [lost(rows) for rows in (None, 0, 1, 2)] == [
        "its rows are lost",
        "0 rows are lost",
        "1 row is lost",
        "2 rows are lost",
    ]
