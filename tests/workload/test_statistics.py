"""What a live server counted, without what tools asked of its catalog."""

import pytest

from asa.errors import EmptyLogError
from asa.model.statement_statistics import StatementStatistics, StatementTotals
from asa.workload.selection import Selection
from asa.workload.statistics import digest_of_statistics


def classes(*statements: str) -> list[str]:
    totals = tuple(StatementTotals(sql, 3, 6.0) for sql in statements)
    counted = StatementStatistics("pg_stat_statements", "postgresql", "shop", totals)
    return [found.sql for found in digest_of_statistics(counted, Selection()).classes.values()]


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT relname FROM pg_class WHERE relkind = $1",
        "SELECT * FROM pg_catalog.pg_index i JOIN pg_class c ON c.oid = i.indrelid",
        "select table_name from information_schema.tables",
        "EXPLAIN (FORMAT JSON) EXECUTE asa_0123456789ab($1)",
    ],
)
def test_questions_about_the_catalog_are_left_out(asked: str) -> None:
    wanted = "SELECT * FROM orders WHERE id = $1"
    assert classes(wanted, asked) == [wanted]
    with pytest.raises(EmptyLogError):
        classes(asked)


@pytest.mark.parametrize(
    "kept", ["SELECT pg_sleep($1)", "SELECT * FROM pgbench_accounts", "SELECT * FROM asa_orders"]
)
def test_the_application_s_own_are_kept(kept: str) -> None:
    assert classes(kept) == [kept]
