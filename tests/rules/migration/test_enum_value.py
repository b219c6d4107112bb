import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.execute("ALTER TYPE status ADD VALUE 'archived'")
        op.execute("UPDATE orders SET status = 'archived' WHERE id = 5")
    """,
    ),
    Case(
        "postgresql",
        """
        op.execute("ALTER TYPE status ADD VALUE 'archived'")
        op.alter_column("orders", "status", server_default="archived")
    """,
    ),
    Case("postgresql", "op.execute(\"ALTER TYPE status ADD VALUE 'archived'\")", version=(11, 4)),
    Case(
        "postgresql",
        """
        op.execute("ALTER TYPE status ADD VALUE IF NOT EXISTS 'archived' AFTER 'done'")
        op.execute("ALTER TABLE orders ADD CONSTRAINT c CHECK (status <> 'archived') NOT VALID")
    """,
    ),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE status ADD VALUE 'archived'")
        op.execute("UPDATE orders SET status = 'archived' WHERE id = 5")
    """,
    ),
    Case("postgresql", "op.execute(\"ALTER TYPE status ADD VALUE 'archived'\")"),
    Case("postgresql", "op.execute(\"ALTER TYPE status ADD VALUE 'archived'\")", version=(16, 1)),
    Case(
        "postgresql",
        """
        op.execute("ALTER TYPE status ADD VALUE 'archived'")
        op.execute("ALTER TYPE status ADD VALUE 'archived2'")
    """,
    ),
    Case(
        "postgresql",
        """
        op.execute("CREATE TYPE status AS ENUM ('a'); ALTER TYPE status ADD VALUE 'archived'")
        op.execute("SELECT 'archived'")
    """,
        version=(17, 2),
    ),
    Case("postgresql", "op.execute(\"ALTER TYPE status RENAME VALUE 'a' TO 'b'\")"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A value used before it is committed is found."""
    found = findings("enum-value", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One committed first, or not used, is not."""
    assert findings("enum-value", case) == []
