# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"])'),
    Case("mysql", 'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"])'),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (tag_id) REFERENCES tags (id)")',
    ),
    Case(
        "postgresql",
        """
        op.create_table("kinds", sa.Column("id", sa.BigInteger(), primary_key=True))
        op.create_foreign_key("fk", "orders", "kinds", ["tag_id"], ["id"])
    """,
    ),
    Case(
        "postgresql",
        'op.add_column("orders", sa.Column("kind_id", sa.BigInteger(), sa.ForeignKey("tags.id")))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE orders ADD COLUMN k bigint REFERENCES tags")'),
)
GOOD = (
    Case(
        "postgresql",
        'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)',
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (tag_id) REFERENCES tags (id) NOT VALID")',
    ),
    Case(
        "postgresql",
        'op.create_table("lines", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("order_id", sa.ForeignKey("orders.id"), index=True))',
    ),
    Case(
        "mysql",
        """
        op.execute("SET foreign_key_checks = 0")
        op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"])
        op.execute("SET foreign_key_checks = 1")
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk")'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("orders") as batch:
            batch.create_foreign_key("fk", "tags", ["tag_id"], ["id"])
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A foreign key that reads every row is found."""
    found = findings("foreign-key-validation", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """NOT VALID, checks off and a new child table are not."""
    assert findings("foreign-key-validation", case) == []
