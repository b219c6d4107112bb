# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.execute("ALTER TABLE orders ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)")',
    ),
    Case(
        "postgresql",
        'op.create_exclude_constraint("no_overlap", "orders", (sa.column("during"), "&&"), using="gist")',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE orders ADD EXCLUDE USING gist (during WITH &&)")'),
)
GOOD = (
    Case("postgresql", 'op.create_check_constraint("ck", "orders", "id > 0")'),
    Case(
        "postgresql",
        'op.execute("CREATE TABLE b (during tsrange, EXCLUDE USING gist (during WITH &&))")',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """An exclusion constraint of an old table is found."""
    found = findings("exclusion-constraint", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Another constraint is not."""
    assert findings("exclusion-constraint", case) == []
