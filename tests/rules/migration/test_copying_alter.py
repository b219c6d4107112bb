import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int, ALGORITHM=COPY")'),
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int, LOCK = EXCLUSIVE")'),
    Case("mysql", 'op.execute("ALTER TABLE tags DROP PRIMARY KEY")'),
)
GOOD = (
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int, ALGORITHM=INSTANT")'),
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int, ALGORITHM=INPLACE, LOCK=NONE")'),
    Case("mysql", 'op.execute("ALTER TABLE tags DROP PRIMARY KEY, ADD PRIMARY KEY (id, name)")'),
    Case("mysql", 'op.execute("CREATE TABLE n (a int); ALTER TABLE n ADD b int, ALGORITHM=COPY")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """An ALTER that copies the table is found."""
    found = findings("copying-alter", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One that must not is not."""
    assert findings("copying-alter", case) == []
