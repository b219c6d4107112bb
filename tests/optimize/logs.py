"""Records for the tests, as a capture holds them."""

from asa.model.record import CallSite, Parameters, QueryRecord, RelationshipLoad, Scope

SITE = CallSite("app/api.py", 38, "orders", "items = await order.awaitable_attrs.items")
ORIGIN = CallSite("app/api.py", 31, "orders", "orders = await session.scalars(query)")


def record(
    sql: str,
    parameters: Parameters = None,
    *,
    dialect: str | None = None,
    session: str = "1",
    rows: int = 1,
    **facts: object,
) -> QueryRecord:
    """Return one record."""
    return QueryRecord(
        sql,
        dialect,
        parameters,
        duration_ms=2.0,
        rows=rows,
        call_site=SITE,
        scope=Scope(process=1, session=session),
        **facts,  # type: ignore[arg-type]
    )


def lazy(sql: str, parent: int, path: tuple[str, ...] = ("Order.items",)) -> QueryRecord:
    """Return the record of a collection loaded when it was touched."""
    return record(sql, (parent,), load=RelationshipLoad(path, "lazy", ORIGIN, (True,) * len(path)))
