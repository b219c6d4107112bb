import pytest
from tests.rules.migration.corpus import Case, findings

DROP = 'op.drop_constraint("orders_user_id_fkey", "orders", type_="foreignkey")'
BAD = (
    Case("postgresql", DROP),
    Case("mysql", DROP),
    Case("mysql", 'op.execute("ALTER TABLE orders DROP FOREIGN KEY orders_ibfk_1")'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("fk_user", type_="foreignkey")
    """,
    ),
)
GOOD = (
    Case("postgresql", 'op.drop_constraint("uq", "orders", type_="unique")'),
    Case("postgresql", f'{DROP}\nop.drop_column("orders", "user_id")'),
    Case("postgresql", f'{DROP}\nop.drop_table("orders")'),
    Case(
        "postgresql",
        f"""
        {DROP}
        op.create_foreign_key(
            "fk", "orders", "users", ["user_id"], ["id"], postgresql_not_valid=True
        )
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A foreign key that goes without a successor is found."""
    found = findings("dropped-foreign-key", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One that goes with its column or table, or is replaced, is not."""
    assert findings("dropped-foreign-key", case) == []
