import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("mysql", 'op.execute("ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4")'),
    Case(
        "mysql",
        'op.execute("ALTER TABLE `users` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")',
    ),
    Case("mysql", 'op.execute("alter table users convert to charset utf8mb4")'),
)
GOOD = (
    Case("mysql", 'op.execute("ALTER TABLE users DEFAULT CHARACTER SET utf8mb4")'),
    Case(
        "mysql",
        'op.execute("CREATE TABLE n (a text); ALTER TABLE n CONVERT TO CHARACTER SET utf8mb4")',
    ),
    Case("postgresql", 'op.execute("SELECT 1")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A converted table is found."""
    found = findings("charset-conversion", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A new default for new columns is not."""
    assert findings("charset-conversion", case) == []
