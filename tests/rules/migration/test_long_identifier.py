# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps ON orders (tag_id)")',
    ),
    Case(
        "mysql",
        'op.execute("ALTER TABLE users ADD a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps int")',
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD äääääääääääääääääääääääääääääääääääää int")',
    ),
    Case(
        "postgresql",
        'op.execute("CREATE TABLE a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps (id int)")',
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_databas ON orders (tag_id)")',
    ),
    Case(
        "mysql",
        'op.execute("ALTER TABLE users ADD a_name_that_nobody_can_read_and_that_is_longer_than_any_database int")',
    ),
    Case(
        "sqlite",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps ON orders (tag_id)")',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD äääääääääääääääääääääääääääääää int")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A name that the database does not keep is found."""
    found = findings("long-identifier", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One of the greatest length is not."""
    assert findings("long-identifier", case) == []
