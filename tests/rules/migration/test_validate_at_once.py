# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)
        op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck")
    """,
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD CONSTRAINT ck CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT ck")',
    ),
    Case(
        "postgresql",
        """
        op.create_foreign_key("fk", "orders", "tags", ["tag_id"], ["id"], postgresql_not_valid=True)
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk")
    """,
    ),
)
GOOD = (
    Case("postgresql", 'op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck")'),
    Case(
        "postgresql",
        """
        op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck")
    """,
    ),
    Case(
        "postgresql",
        'op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Validation under the lock that adding took is found."""
    found = findings("validate-at-once", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Validation in another transaction is not."""
    assert findings("validate-at-once", case) == []
