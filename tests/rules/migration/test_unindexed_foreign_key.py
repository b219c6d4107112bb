# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.create_table("lines", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("order_id", sa.ForeignKey("orders.id")))',
    ),
    Case(
        "postgresql",
        'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)',
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("orders") as batch:
            batch.create_foreign_key("fk", "tags", ["tag_id"], ["id"])
    """,
    ),
    Case(
        "postgresql",
        'op.execute("CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders)")',
    ),
    Case(
        "postgresql",
        """
        op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)
        op.create_index("ix", "orders", ["tag_id"], postgresql_where=sa.text("tag_id > 5"))
    """,
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.create_table("lines", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("order_id", sa.ForeignKey("orders.id"), index=True))',
    ),
    Case(
        "postgresql",
        'op.create_foreign_key("fk2", "orders", "users", ["user_id"], ["id"], postgresql_not_valid=True)',
    ),
    Case(
        "postgresql",
        'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)',
        after="""
        with op.get_context().autocommit_block():
            op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)
    """,
    ),
    Case(
        "postgresql",
        'op.create_table("pairs", sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True))',
    ),
    Case("mysql", 'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"])'),
    Case(
        "postgresql",
        'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)',
        rows=40,
    ),
    Case(
        "postgresql",
        'op.create_table("profiles", sa.Column("user_id", sa.ForeignKey("users.id"), unique=True))',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A foreign key without an index is found."""
    found = findings("unindexed-foreign-key", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One with an index here, before or after is not."""
    assert findings("unindexed-foreign-key", case) == []
