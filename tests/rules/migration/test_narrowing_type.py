# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(20), existing_type=sa.String(50))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email TYPE varchar(20)")'),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(20), existing_type=sa.String())',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "bio", type_=sa.String(100), existing_type=sa.Text())',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "age", type_=sa.SmallInteger(), existing_type=sa.Integer(), existing_nullable=True)',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER score TYPE numeric(8,2)")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER seen TYPE date")'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.alter_column("email", type_=sa.String(20), existing_type=sa.String(50))
    """,
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(60), existing_type=sa.String(50))',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "age", type_=sa.BigInteger(), existing_type=sa.Integer())',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE elsewhere ALTER x TYPE varchar(20)")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER score TYPE numeric(12,2)")'),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.Text(), existing_type=sa.String(50))',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "email", type_=sa.String(50), existing_type=sa.String())',
    ),
    Case(
        "postgresql",
        'op.alter_column("elsewhere", "x", type_=sa.String(50), existing_type=sa.String())',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "score", type_=sa.Numeric(10, 2), existing_type=sa.Numeric())',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A type that does not hold every old value is found."""
    found = findings("narrowing-type", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A wider or unknown one is not."""
    assert findings("narrowing-type", case) == []
