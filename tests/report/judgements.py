"""One judgement with every kind of finding, for all formats."""

from asa.model.finding import Finding, Location, Proved, Refuted, Severity, Unproved
from asa.model.fix import AddIndex, DropIndex, LoaderOption, Rewrite, keys
from asa.model.judgement import Judgement, NotJudged
from asa.model.record import CallSite

LOAD = CallSite("app/api/orders.py", 31, "orders", "orders = await session.scalars(query)")
TOUCH = CallSite("app/api/orders.py", 38, "orders", "items = await order.awaitable_attrs.items")

N_PLUS_ONE = Finding(
    "n-plus-one",
    Severity.ERROR,
    "Order.items",
    "GET /orders, 21 queries",
    (
        ("load", f"{LOAD}   {LOAD.text}"),
        ("touch", f"{TOUCH}   {TOUCH.text}, 20 times"),
        ("queries", "21 -> 2 predicted"),
    ),
    Location(LOAD.file, LOAD.line),
    (("touched here", Location(TOUCH.file, TOUCH.line)),),
    LoaderOption("selectinload(Order.items)", LOAD, ("selectinload",)),
    Unproved("not rerun"),
    24.0,
    ("SELECT items.id FROM items WHERE items.order_id = ?",),
)
MISSING = Finding(
    "missing-index",
    Severity.ERROR,
    "orders (customer_id, created_at)",
    "3.0M rows",
    (
        ("query", "SELECT ... FROM orders WHERE customer_id = ?\nORDER BY created_at LIMIT ?"),
        ("seen", "26 calls, 41 ms in all, app/api/orders.py:31"),
    ),
    fix=AddIndex(
        "orders",
        keys("customer_id", "created_at"),
        "ix_orders_customer_id_created_at",
        "CREATE INDEX ix_orders_customer_id_created_at ON orders (customer_id, created_at)",
    ),
    proof=Proved(
        "SQLite twin",
        ("SCAN orders", "USE TEMP B-TREE FOR ORDER BY"),
        ("SEARCH orders USING INDEX ix_orders_customer_id_created_at (customer_id=?)",),
    ),
    weight=41.0,
)
LOOP = Finding(
    "n-plus-one",
    Severity.WARNING,
    "users by id",
    "tests/test_orders.py::test_a_page_shows_the_customer[postgresql], 5 queries",
    (("query", "SELECT `a`, 100% FROM users, b WHERE id = ?"),),
    Location("app/users.py", 7),
    fix=Rewrite("one query for all: ... FROM users WHERE id IN (...)"),
    proof=Unproved("not rerun"),
)
REDUNDANT = Finding(
    "redundant-index",
    Severity.INFO,
    "ix_a on orders (customer_id)",
    evidence=(("beside", "ix_b: it begins (customer_id, created_at)"),),
    fix=DropIndex("orders", "ix_a", "DROP INDEX ix_a"),
    proof=Proved("SQLite twin: 3 query classes planned without it, none loses"),
)
REFUTED = Finding(
    "missing-index",
    Severity.WARNING,
    "orders (status)",
    proof=Refuted("one value leaves 33% of the rows"),
)
FULL = Judgement(
    (MISSING, N_PLUS_ONE, LOOP, REDUNDANT),
    ("37 query classes", "34 planned", "12 tables"),
    (REFUTED,),
    (NotJudged("tags", "has 12 rows here"), NotJudged("notes", "has 0 rows here")),
    (
        NotJudged("SELECT * FROM a", "cut off in the log"),
        NotJudged("SELECT * FROM b", "cut off in the log"),
        NotJudged("SELECT * FROM c", "more than one statement"),
    ),
)
CLEAN = Judgement((), ("3 query classes", "3 planned", "2 tables"))
EMPTY = Judgement(
    (), ("1 query class", "none planned"), not_planned=(NotJudged("a", "no database"),)
)
