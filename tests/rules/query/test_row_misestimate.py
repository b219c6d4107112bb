from dataclasses import replace

import pytest
from tests.rules.query.statements import of

from asa.model.activity import Activity, TableActivity
from asa.model.case import Case
from asa.model.finding import Finding, Proved
from asa.model.plan import Access, Plan, PlanNode
from asa.model.server import Server
from asa.rules.query.row_misestimate import RULE

SQL = "SELECT * FROM orders WHERE state = $1"
BOTH = "SELECT * FROM orders WHERE state = $1 AND user_id = $2"


def logged(
    expected: float, came: float | None, *above: str, sql: str = SQL, dialect: str = "postgresql"
) -> Case:
    one = of(sql, "x", 7, dialect=dialect)
    node = PlanNode("Seq Scan", Access.FULL, "orders", rows=expected, actual=came)
    for kind in above:
        node = PlanNode(kind, children=(node,))
    (query_class,) = one.workload.classes
    classes = (replace(query_class, plan=Plan((node,))),)
    return replace(one, workload=replace(one.workload, classes=classes))


def counted(expected: float, rows: int, sql: str = SQL, dialect: str = "postgresql") -> Case:
    one = of(sql, "x", dialect=dialect, rows=rows, calls=2)
    (query_class,) = one.workload.classes
    node = PlanNode("Seq Scan", Access.FULL, "orders", rows=expected)
    return replace(one, plans={query_class.fingerprint: Plan((node,), 900.0)})


def judged(one: Case) -> list[Finding]:
    return list(RULE.check(one))  # type: ignore[call-overload, no-any-return]


def fix(one: Case) -> str:
    (found,) = judged(one)
    assert found.fix is not None
    return found.fix.text


def test_a_plan_that_was_run_shows_the_error() -> None:
    (found,) = judged(logged(12, 48_000))
    assert (found.subject, found.summary) == ("orders", "12 rows expected, 48k came")
    assert found.proof == Proved("measured by the server that logged the plan")


def test_the_advice_goes_by_the_conditions() -> None:
    assert fix(logged(12, 48_000)) == (
        "ALTER TABLE orders ALTER state SET STATISTICS 1000; ANALYZE orders"
    )
    assert fix(logged(12, 48_000, sql=BOTH)) == (
        "CREATE STATISTICS st_orders_state_user_id (dependencies, mcv) "
        "ON state, user_id FROM orders; ANALYZE orders"
    )


def test_old_statistics_come_first() -> None:
    use = TableActivity("orders", 9, changed=30_000)
    one = replace(logged(12, 48_000), activity=Activity(0.0, 9e6, tables=(use,)))
    assert fix(one) == "ANALYZE orders"


def test_the_rows_of_the_log_show_too_few() -> None:
    (found,) = judged(counted(12, 80_000))
    assert found.summary == "12 rows expected, 40k came"
    assert found.proof == Proved("planned here, beside the rows of the log")


def test_mysql_and_mariadb_have_histograms() -> None:
    one = counted(12, 80_000, "SELECT * FROM orders WHERE state = %s", "mysql")
    assert fix(one) == "ANALYZE TABLE orders UPDATE HISTOGRAM ON state"
    mariadb = replace(one, server=Server("mysql", "MariaDB", (11, 4), "11.4"))
    assert fix(mariadb) == "ANALYZE TABLE orders PERSISTENT FOR COLUMNS (state) INDEXES ()"


@pytest.mark.parametrize(
    "one",
    [
        logged(12, 900),
        logged(480, 48_000 - 1),
        logged(12, None),
        logged(48_000, 1, "Limit"),
        logged(48_000, 1, "Nested Loop Semi"),
        counted(12, 1_000),
        counted(12, 900_000),
        counted(50_000, 2),
        counted(12, 80_000, f"{SQL} LIMIT 5"),
    ],
    ids=[
        *("few rows", "not so wrong", "not run", "limit stopped it", "semi join stopped it"),
        *("few came", "more than the table has", "not all read", "limited"),
    ],
)
def test_what_may_be_right_is_left_alone(one: Case) -> None:
    assert not judged(one)


def test_too_many_are_told_where_nothing_stops_the_reading() -> None:
    assert judged(logged(48_000, 1, "Hash Join"))
