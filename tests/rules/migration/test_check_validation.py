import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.create_check_constraint("ck", "users", "age > 0")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD CONSTRAINT ck CHECK (age > 0)")'),
    Case("mysql", 'op.create_check_constraint("ck", "users", "age > 0")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD CHECK (age > 0)")'),
)
GOOD = (
    Case(
        "postgresql",
        'op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)',
    ),
    Case(
        "postgresql", 'op.execute("ALTER TABLE users ADD CONSTRAINT ck CHECK (age > 0) NOT VALID")'
    ),
    Case(
        "postgresql",
        'op.create_table("new", sa.Column("a", sa.Integer()), sa.CheckConstraint("a > 0"))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD COLUMN flag text")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A check that reads every row is found."""
    found = findings("check-validation", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """NOT VALID, and a new table's, are not."""
    assert findings("check-validation", case) == []
