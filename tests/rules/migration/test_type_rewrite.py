# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.alter_column("users", "age", type_=sa.BigInteger(), existing_type=sa.Integer())',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER age TYPE bigint")'),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.Integer(), existing_type=sa.String(50), postgresql_using=\'email::integer\')',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "score", type_=sa.Numeric(12, 4), existing_type=sa.Numeric(10, 2))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER COLUMN seen SET DATA TYPE date")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email TYPE text USING lower(email)")'),
    Case(
        "mysql",
        'op.alter_column("users", "age", type_=sa.BigInteger(), existing_type=sa.Integer(), existing_nullable=True)',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "email", type_=sa.String(300), existing_type=sa.String(50), existing_nullable=True)',
    ),
    Case("mysql", 'op.execute("ALTER TABLE users MODIFY age bigint")'),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(20), existing_type=sa.String(50))',
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(80), existing_type=sa.String())',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(80), existing_type=sa.String(50))',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.Text(), existing_type=sa.String(50))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email TYPE varchar(80)")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email TYPE text")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email TYPE text USING email::text")'),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ALTER COLUMN email TYPE character varying(60)")',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "score", type_=sa.Numeric(14, 2), existing_type=sa.Numeric(10, 2))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER score TYPE numeric")'),
    Case(
        "mysql",
        'op.alter_column("users", "email", type_=sa.String(60), existing_type=sa.String(50), existing_nullable=True)',
    ),
    Case(
        "postgresql", 'op.alter_column("users", "age", nullable=True, existing_type=sa.Integer())'
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("x", sa.Integer()))
        op.alter_column("new", "x", type_=sa.BigInteger())
    """,
    ),
    Case("mysql", 'op.alter_column("users", "name", nullable=True, existing_type=sa.String(50))'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A change for which the table is written anew is found."""
    found = findings("type-rewrite", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A safe widening is not."""
    assert findings("type-rewrite", case) == []
