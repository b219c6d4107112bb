# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "mysql",
        'op.alter_column("users", "name", type_=sa.String(200), existing_type=sa.String(50))',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "name", new_column_name="full", existing_type=sa.String(50))',
    ),
    Case("mysql", 'op.alter_column("users", "active", nullable=False, existing_type=sa.Boolean())'),
    Case("mysql", 'op.execute("ALTER TABLE users MODIFY name varchar(200)")'),
    Case(
        "mysql", 'op.alter_column("elsewhere", "x", type_=sa.String(9), existing_type=sa.String(5))'
    ),
)
GOOD = (
    Case(
        "mysql",
        'op.alter_column("users", "name", type_=sa.String(200), existing_type=sa.String(50), existing_nullable=False)',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "email", type_=sa.String(60), existing_type=sa.String(50))',
    ),
    Case("mysql", 'op.alter_column("users", "name", server_default="x")'),
    Case("mysql", 'op.execute("ALTER TABLE users MODIFY name varchar(200) NOT NULL")'),
    Case(
        "postgresql",
        'op.alter_column("users", "name", type_=sa.String(200), existing_type=sa.String(50))',
    ),
    Case(
        "mysql",
        'op.alter_column("users", "active", nullable=False, existing_type=sa.Boolean(), existing_server_default=sa.text("true"))',
    ),
    Case("mysql", 'op.execute("ALTER TABLE elsewhere MODIFY x varchar(9)")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """What MySQL will drop is found."""
    found = findings("alter-forgets", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A whole restatement, a nullable column and a default alone are not."""
    assert findings("alter-forgets", case) == []
