import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")'),
    Case("postgresql", 'op.execute("CLUSTER users USING users_pkey")'),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("VACUUM FULL users")
    """,
    ),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("VACUUM (FULL, ANALYZE) users")
    """,
    ),
    Case("postgresql", 'op.execute("REFRESH MATERIALIZED VIEW sales")'),
    Case("postgresql", 'op.execute("REINDEX TABLE users")'),
    Case("postgresql", 'op.execute("ALTER TABLE users DETACH PARTITION users_1")'),
    Case("postgresql", 'op.execute("ALTER TABLE users SET UNLOGGED")'),
    Case("postgresql", 'op.execute("ALTER TABLE users SET TABLESPACE quick")'),
    Case("mysql", 'op.execute("LOCK TABLES users WRITE")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("VACUUM users")
    """,
    ),
    Case("postgresql", 'op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY sales")'),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("REINDEX TABLE CONCURRENTLY users")
    """,
    ),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE users DETACH PARTITION users_1 CONCURRENTLY")
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users SET (fillfactor = 70)")'),
    Case("postgresql", 'op.execute("CREATE TABLE n (a int); LOCK TABLE n")'),
    Case(
        "postgresql",
        'op.execute("CREATE MATERIALIZED VIEW v AS SELECT 1; REFRESH MATERIALIZED VIEW v")',
    ),
    Case("postgresql", 'op.execute("ANALYZE users")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A command that blocks a whole table is found."""
    found = findings("table-lock", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """The gentle forms are not."""
    assert findings("table-lock", case) == []
