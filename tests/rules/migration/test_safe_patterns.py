# ruff: noqa: E501  (a statement of a revision stays on one line)
"""On revisions written as the handbooks say, no rule has anything to say but notes."""

import pytest
from tests.rules.migration.corpus import Case, all_findings

from asa.model.finding import Severity

SAFE = (
    # A whole new table, with what belongs to it.
    Case(
        "postgresql",
        """
        op.create_table(
            "invoices",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("user_id", sa.BigInteger(), nullable=False),
            sa.Column("total", sa.Numeric(10, 2), nullable=False),
            sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
            sa.CheckConstraint("total >= 0", name="ck_invoices_total"),
            sa.UniqueConstraint("user_id", "made", name="uq_invoices"),
        )
        op.create_index("ix_invoices_made", "invoices", ["made"])
        """,
        'op.drop_index("ix_invoices_made", table_name="invoices")\nop.drop_table("invoices")',
    ),
    # An index beside the writers, with the recovery of an invalid one.
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_orders_tag_id")
            op.create_index("ix_orders_tag_id", "orders", ["tag_id"], postgresql_concurrently=True)
        """,
        """
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_tag_id", table_name="orders", postgresql_concurrently=True)
        """,
    ),
    # A nullable column; then one with a constant default.
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("nick", sa.Text()))',
        'op.drop_column("users", "nick")',
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("level", sa.Integer(), server_default="0", nullable=False))',
        'op.drop_column("users", "level")',
    ),
    # A foreign key in two revisions.
    Case(
        "postgresql",
        'op.create_foreign_key("fk_orders_tag", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)',
        'op.drop_constraint("fk_orders_tag", "orders", type_="foreignkey")',
        after="with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_orders_tag_id", "orders", ["tag_id"], postgresql_concurrently=True)',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk_orders_tag")'),
    # NOT NULL by a validated check, in three revisions.
    Case(
        "postgresql",
        'op.create_check_constraint("ck_users_email_nn", "users", "email IS NOT NULL", postgresql_not_valid=True)',
        'op.drop_constraint("ck_users_email_nn", "users", type_="check")',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck_users_email_nn")'),
    Case(
        "postgresql",
        'op.alter_column("users", "email", nullable=False)\nop.drop_constraint("ck_users_email_nn", "users", type_="check")',
        'op.create_check_constraint("ck_users_email_nn", "users", "email IS NOT NULL", postgresql_not_valid=True)\nop.alter_column("users", "email", nullable=True)',
        version=(16, 2),
    ),
    # A unique constraint that takes over a finished index.
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD CONSTRAINT uq_users_email UNIQUE USING INDEX uq_users_email")',
        'op.drop_constraint("uq_users_email", "users", type_="unique")',
    ),
    # Rows in batches.
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            for low in range(0, 3000, 1000):
                op.execute(f"UPDATE users SET age = 0 WHERE age IS NULL AND id BETWEEN {low} AND {low + 999}")
        """,
    ),
    Case(
        "postgresql",
        """
        bind = op.get_bind()
        while bind.execute(sa.text("UPDATE users SET age = 0 WHERE id IN (SELECT id FROM users WHERE age IS NULL LIMIT 1000)")).rowcount:
            pass
        """,
    ),
    # An enum's value, committed before it is used.
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE status ADD VALUE IF NOT EXISTS 'archived'")
        op.execute("UPDATE orders SET status = 'archived' WHERE id = 1")
        """,
    ),
    # Wider types that leave the rows alone.
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(100), existing_type=sa.String(50), existing_nullable=True)',
        'raise NotImplementedError("the longer values would not fit")',
    ),
    # Comments, extensions, functions, grants, views.
    Case("postgresql", "op.execute(\"COMMENT ON COLUMN users.email IS 'DROP TABLE users'\")"),
    Case(
        "postgresql",
        'op.execute("GRANT SELECT ON users TO reader; CREATE EXTENSION IF NOT EXISTS pg_trgm")',
    ),
    Case(
        "postgresql", 'op.create_table_comment("users", "people")', 'op.drop_table_comment("users")'
    ),
    Case(
        "postgresql",
        "op.execute('CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM users; RETURN NEW; END $$ LANGUAGE plpgsql')",
        "op.execute('DROP FUNCTION f()')",
    ),
    Case(
        "postgresql",
        "op.execute('CREATE VIEW v AS SELECT * FROM users')",
        "op.execute('DROP VIEW v')",
    ),
    # Seeds of a table that the revision makes.
    Case(
        "postgresql",
        """
        kinds = op.create_table("kinds", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("name", sa.Text()))
        op.bulk_insert(kinds, [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
        op.execute("UPDATE kinds SET name = 'c'")
        """,
        'op.drop_table("kinds")',
    ),
    # A default, and a column that may be null from now on.
    Case(
        "postgresql",
        'op.alter_column("users", "age", server_default="1")',
        'op.alter_column("users", "age", server_default=None)',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "name", nullable=True)',
        'raise NotImplementedError("NULLs may be there")',
    ),
    # MySQL: one statement, asked to let writers go on.
    Case(
        "mysql",
        'op.execute("ALTER TABLE users ADD COLUMN nick varchar(20), ALGORITHM=INSTANT")',
        'op.drop_column("users", "nick")',
    ),
    Case(
        "mysql",
        'op.create_index("ix_orders_tag_id", "orders", ["tag_id"])',
        'op.drop_index("ix_orders_tag_id", table_name="orders")',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "email", type_=sa.String(60), existing_type=sa.String(50), existing_nullable=True)',
        'raise NotImplementedError("the longer values would not fit")',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "age", server_default="1")',
        'op.alter_column("users", "age", server_default=None)',
    ),
    Case(
        "mysql",
        'op.create_table("a", sa.Column("id", sa.BigInteger(), primary_key=True))\nop.create_table("b", sa.Column("a_id", sa.ForeignKey("a.id")))',
        'op.drop_table("b")\nop.drop_table("a")',
    ),
    # SQLite: batch mode where it changes in place, and where env.py keeps foreign keys off.
    Case(
        "sqlite",
        'with op.batch_alter_table("users") as batch:\n    batch.add_column(sa.Column("nick", sa.Text()))',
        'with op.batch_alter_table("users") as batch:\n    batch.drop_column("nick")',
    ),
    Case(
        "sqlite",
        'with op.batch_alter_table("users") as batch:\n    batch.alter_column("name", nullable=True, existing_type=sa.String(50))',
        'raise NotImplementedError("NULLs may be there")',
        env="# PRAGMA foreign_keys=OFF",
    ),
    Case(
        "sqlite",
        'op.create_index("ix_orders_tag_id", "orders", ["tag_id"])',
        'op.drop_index("ix_orders_tag_id")',
    ),
    # Nothing at all: a merge.
    Case("postgresql", "pass"),
    Case("mysql", "pass"),
)


@pytest.mark.parametrize("case", SAFE, ids=str)
def test_a_safe_revision_is_left_in_peace(case: Case) -> None:
    said = [f"{f.rule} {f.subject}" for f in all_findings(case) if f.severity > Severity.INFO]
    assert said == []


@pytest.mark.parametrize(
    ("rows", "severity"),
    [(12, Severity.INFO), (200_000, Severity.WARNING), (40_000_000, Severity.ERROR)],
)
@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("index-blocks-writes", 'op.create_index("ix", "orders", ["tag_id"])'),
        ("set-not-null", 'op.alter_column("users", "email", nullable=False)'),
        ("type-rewrite", 'op.alter_column("users", "age", type_=sa.BigInteger())'),
        ("check-validation", 'op.create_check_constraint("ck", "users", "age > 0")'),
        ("unbatched-change", 'op.execute("UPDATE users SET age = 1")'),
    ],
)
def test_severity_knows_the_size(rule: str, statement: str, rows: int, severity: Severity) -> None:
    found = all_findings(Case("postgresql", statement, rows=rows))
    assert [f.severity for f in found if f.rule == rule] == [severity]


def test_what_is_safe_is_python_that_can_be_pasted() -> None:
    """Each safe form is code, or a comment, not prose."""
    cases = (
        'op.create_index("ix", "orders", ["tag_id"])',
        'op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"])',
        'op.alter_column("users", "email", nullable=False)',
        'op.create_unique_constraint("uq", "users", ["email"])',
        'op.execute("UPDATE users SET age = 1")',
    )
    for statement in cases:
        for found in all_findings(Case("postgresql", statement)):
            assert found.fix is not None
            compile(found.fix.text, found.rule, "exec")
