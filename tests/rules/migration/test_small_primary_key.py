# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql", 'op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True))'
    ),
    Case(
        "mysql", 'op.create_table("events", sa.Column("id", sa.SmallInteger(), primary_key=True))'
    ),
    Case("postgresql", 'op.execute("CREATE TABLE events (id serial PRIMARY KEY)")'),
    Case(
        "mysql",
        'op.execute("CREATE TABLE `e` (`id` int NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`))")',
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.create_table("events", sa.Column("id", sa.BigInteger(), primary_key=True))',
    ),
    Case(
        "postgresql",
        'op.create_table("pairs", sa.Column("a", sa.Integer(), primary_key=True), sa.Column("b", sa.Integer(), primary_key=True))',
    ),
    Case(
        "postgresql",
        'op.create_table("e", sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True))',
    ),
    Case("postgresql", 'op.create_table("e", sa.Column("id", sa.Uuid(), primary_key=True))'),
    Case("sqlite", 'op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True))'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A 32-bit key is found."""
    found = findings("small-primary-key", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A 64-bit, foreign, composite or other key is not."""
    assert findings("small-primary-key", case) == []
