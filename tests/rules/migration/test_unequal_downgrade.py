# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.rename_table("users", "people")
        op.alter_column("people", "name", new_column_name="full")
    """,
        downgrade='op.rename_table("people", "users")',
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("age2", sa.Integer()))',
        downgrade='op.drop_column("users", "age3")',
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Integer()))
        op.create_index("ix", "orders", ["tag_id"])
    """,
        downgrade='op.drop_column("users", "x")',
    ),
    Case(
        "mysql",
        'op.drop_column("users", "bio")',
        downgrade='op.add_column("users", sa.Column("biography", sa.Text()))',
    ),
    Case(
        "postgresql",
        """
        op.create_table("a", sa.Column("id", sa.Integer()))
        op.create_table("b", sa.Column("id", sa.Integer()))
    """,
        downgrade='op.drop_table("a")',
    ),
    Case(
        "postgresql",
        """
        op.create_check_constraint("ck", "users", "age > 0")
        op.create_index("ix", "orders", ["tag_id"])
    """,
        downgrade='op.drop_index("ix", table_name="orders")',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "name", new_column_name="full")',
        downgrade='op.alter_column("users", "full", new_column_name="nam")',
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.drop_table("orders", if_exists=True)',
        downgrade='op.create_table("orders", sa.Column("id", sa.Integer()))',
    ),
    Case(
        "postgresql",
        'op.drop_table("perhaps", if_exists=True)',
        downgrade='op.create_table("perhaps", sa.Column("id", sa.Integer()))',
    ),
    Case(
        "postgresql",
        """
        op.drop_column("orders", "id")
        op.add_column("orders", sa.Column("id", sa.Uuid(), nullable=False))
        op.create_primary_key("pk_uuid", "orders", ["id"])
        op.rename_table("orders", "purchases")
    """,
        downgrade="""
        op.drop_column("purchases", "id")
        op.add_column("purchases", sa.Column("id", sa.Integer(), nullable=False))
        op.create_primary_key("orders_pkey", "purchases", ["id"])
        op.rename_table("purchases", "orders")
    """,
    ),
    Case(
        "postgresql",
        """
        op.drop_constraint("fk", "orders", type_="foreignkey")
        op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"], ondelete="CASCADE")
    """,
        downgrade="""
        op.drop_constraint("fk", "orders", type_="foreignkey")
        op.create_foreign_key(None, "orders", "users", ["user_id"], ["id"])
    """,
    ),
    Case(
        "postgresql",
        'op.create_foreign_key(None, "orders", "tags", ["tag_id"], ["id"])',
        downgrade='op.drop_constraint("orders_tag_id_fkey", "orders", type_="foreignkey")',
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS fk_tag")',
        downgrade='op.execute("ALTER TABLE orders ADD CONSTRAINT fk_tag CHECK (tag_id > 0)")',
    ),
    Case(
        "postgresql",
        """
        op.rename_table("users", "people")
        op.alter_column("people", "name", new_column_name="full")
    """,
        downgrade="""
        op.rename_table("people", "users")
        op.alter_column("users", "full", new_column_name="name")
    """,
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), index=True))',
        downgrade="""
        op.drop_index("ix_users_x", table_name="users")
        op.drop_column("users", "x")
    """,
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), index=True))',
        downgrade='op.drop_column("users", "x")',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "name", new_column_name="full")',
        downgrade='op.alter_column("users", "full", new_column_name="name")',
    ),
    Case(
        "postgresql",
        'op.create_table("a", sa.Column("id", sa.Integer(), index=True), sa.UniqueConstraint("id", name="u"))',
        downgrade='op.drop_table("a")',
    ),
    Case(
        "postgresql",
        'op.drop_table("orders")',
        downgrade="""
        op.create_table("orders", sa.Column("id", sa.Integer()))
        op.create_index("ix_orders_user_id", "orders", ["id"])
    """,
    ),
    Case(
        "postgresql",
        'op.drop_column("users", "bio")',
        downgrade="""
        op.add_column("users", sa.Column("bio", sa.Text()))
        op.create_index("ix_bio", "users", ["bio"])
    """,
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.Text())',
        downgrade='op.alter_column("users", "email", type_=sa.String(50))',
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD CONSTRAINT uq UNIQUE USING INDEX uq")',
        downgrade='op.drop_constraint("uq", "users")',
    ),
    Case(
        "postgresql",
        "op.execute(\"DO $$ BEGIN EXECUTE 'x'; END $$\")",
        downgrade='op.add_column("users", sa.Column("x", sa.Integer()))',
    ),
    Case(
        "postgresql",
        'op.rename_table("users", "people")',
        downgrade='op.rename_table("people", "users")',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """What a downgrade leaves or lacks is found."""
    found = findings("unequal-downgrade", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """The upgrade backwards is not."""
    assert findings("unequal-downgrade", case) == []
