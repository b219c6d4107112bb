"""Cases for the rules that show a query in other SQL."""

from collections.abc import Iterable
from typing import cast

from tests.rules.cases import TOUCH

from asa.model.case import Case
from asa.model.finding import Finding
from asa.model.mapping import MappedClass
from asa.model.rule import Rule
from asa.model.schema import Column, ForeignKey, Index, Schema, Table
from asa.model.workload import ParameterSet, QueryClass, Workload
from asa.sql.fingerprint import fingerprint

USERS = Table(
    "users",
    (Column("id", "INTEGER", False), Column("email", "TEXT", False)),
    (Index("users_pkey", ("id",), unique=True, primary=True),),
    rows=40_000,
)
ORDERS = Table(
    "orders",
    (
        Column("id", "INTEGER", False),
        Column("user_id", "INTEGER"),
        Column("placed", "TIMESTAMP", False),
        Column("paid", "TIMESTAMP"),
        Column("state", "TEXT"),
    ),
    (
        Index("orders_pkey", ("id",), unique=True, primary=True),
        Index("ix_placed", ("placed",)),
    ),
    (ForeignKey(("user_id",), "users", ("id",)),),
    rows=50_000,
)
STATES = Table(
    "states",
    (Column("id", "INTEGER", False), Column("name", "TEXT")),
    (Index("states_pkey", ("id",), unique=True, primary=True),),
    rows=12,
)


def of(
    sql: str,
    *values: object,
    dialect: str = "postgresql",
    total_ms: float | None = 900.0,
    calls: int = 3,
    rows: int | None = None,
) -> Case:
    """Return the case of one statement on orders, users and a small table."""
    query_class = QueryClass(
        fingerprint(sql, dialect),
        sql,
        dialect,
        calls,
        total_ms,
        rows=rows,
        parameter_sets=(ParameterSet(values),) if values else (),
        call_sites=((TOUCH, calls),),
    )
    mapped = (MappedClass("Order", "app", "orders"), MappedClass("User", "app", "users"))
    schema = Schema((USERS, ORDERS, STATES))
    return Case(Workload((query_class,), mapped=mapped), schema, dialect)


def judged(rule: Rule, sql: str, *values: object, **facts: object) -> list[Finding]:
    """Return what a rule finds in one statement."""
    case = of(sql, *values, **facts)  # type: ignore[arg-type]
    return list(cast("Iterable[Finding]", rule.check(case)))


def planned(finding: Finding) -> str:
    """Return the statement that a finding has planned."""
    assert finding.instead is not None
    return finding.instead.sql


def shown(finding: Finding) -> str:
    """Return the rewrite that a finding shows, in one line."""
    return " ".join(dict(finding.evidence)["rewrite"].split())
