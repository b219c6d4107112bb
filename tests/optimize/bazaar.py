"""A bazaar on each database, and queries of which it is known which index they lack, or why none.

The tables: 20,000 orders of 2,000 customers in 40 shops, 20,000 items, 20,000 customers' visits
and 12 tags. Nine of ten orders are done, one in a hundred is lost; one in fifty is deleted.
"""

from dataclasses import dataclass, field

from tests.database.shop import KEYS

__all__ = ["CASES", "Case", "statements", "written"]

ROWS = 20_000
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})",
    "postgresql": "WITH n(i) AS (SELECT * FROM generate_series(1, {rows}))",
    "mysql": (
        "WITH RECURSIVE a(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM a WHERE i < 141), "
        "n(i) AS (SELECT x.i * 142 + y.i + 1 FROM a x JOIN a y "
        "WHERE x.i * 142 + y.i < {rows})"
    ),
}
TABLES = (
    """CREATE TABLE customers (id {key}, email VARCHAR(80), name VARCHAR(80), region INTEGER,
                               active {truth}, score INTEGER)""",
    """CREATE TABLE orders (id {key}, customer_id INTEGER, shop_id INTEGER, status VARCHAR(10),
                            placed INTEGER, total INTEGER, deleted_at INTEGER, code VARCHAR(20),
                            note TEXT)""",
    """CREATE TABLE items (id {key}, order_id INTEGER, sku VARCHAR(20), qty INTEGER,
                           price INTEGER)""",
    "CREATE TABLE visits (id {key}, customer_id INTEGER, page VARCHAR(40), at INTEGER)",
    "CREATE TABLE tags (id {key}, label VARCHAR(20))",
    "CREATE INDEX ix_orders_shop ON orders (shop_id, placed)",
    "CREATE UNIQUE INDEX ux_orders_code ON orders (code)",
    "CREATE INDEX ix_visits_page ON visits (page)",
)
FILLED = (
    ("customers", "email, name, region, active, score", 2_000,
     "'u' || i || '@x.org', 'N' || (i % 500), i % 50, {true}, i * 7919 % 1000"),
    ("orders", "customer_id, shop_id, status, placed, total, deleted_at, code, note", ROWS,
     ("1 + i * 7919 % 2000, i * 31 % 40, "
     "CASE WHEN i % 100 = 0 THEN 'lost' WHEN i % 100 < 10 THEN 'open' ELSE 'done' END, "
     "i * 104729 % 100003, i * 7 % 1000, CASE WHEN i % 50 = 1 THEN i END, 'c' || i, "
     "'note ' || i || ' of an order that is wide enough to make the table a large one'")),
    ("items", "order_id, sku, qty, price", ROWS,
     "1 + i * 7919 % 20000, 's' || (i % 4000), 1 + i % 9, i % 500"),
    ("visits", "customer_id, page, at", ROWS,
     "1 + i * 31 % 2000, '/p' || (i % 4000), i"),
    ("tags", "label", 12, "'t' || i"),
)  # fmt: skip
WORDS = {
    "sqlite": {"truth": "BOOLEAN", "true": "i % 100 <> 0"},
    "postgresql": {"truth": "BOOLEAN", "true": "i % 100 <> 0"},
    "mysql": {"truth": "TINYINT(1)", "true": "i % 100 <> 0"},
}
ANALYZE = {
    "sqlite": ("ANALYZE",),
    "postgresql": ("ANALYZE",),
    "mysql": ("ANALYZE TABLE customers, orders, items, visits, tags",),
}


def statements(dialect: str) -> list[str]:
    """Return what makes and fills the bazaar."""
    words = WORDS[dialect]
    made = [t.format(key=KEYS[dialect], **words) for t in TABLES]
    for table, columns, rows, values in FILLED:
        numbers = NUMBERS[dialect].format(rows=rows)
        listed = values.format(**words)
        if dialect == "mysql":
            listed = listed.replace("%", "%%")
            made.append(f"INSERT INTO {table} ({columns}) {numbers} SELECT {listed} FROM n")
        else:
            made.append(f"{numbers} INSERT INTO {table} ({columns}) SELECT {listed} FROM n")
    before = ["SET SESSION sql_mode = 'PIPES_AS_CONCAT'"] if dialect == "mysql" else []
    return [*before, *made, *ANALYZE[dialect]]


@dataclass(frozen=True)
class Case:
    """Some statements and what is to be said of them.

    Attributes:
        log: (statement with `?`, its values, calls).
        lacks: The indexes to be advised; empty for none.
        why: What the reason has to say where none is.
        other: What is right on one database instead of `lacks`, by its make in lower case.
    """

    name: str
    log: tuple[tuple[str, tuple[object, ...], int], ...]
    lacks: frozenset[str] = frozenset()
    why: str = ""
    other: dict[str, frozenset[str]] = field(default_factory=dict)

    def right(self, make: str) -> frozenset[str]:
        """Return the indexes to be advised on a database."""
        return self.other.get(make, self.lacks)


def case(
    name: str,
    sql: str,
    values: tuple[object, ...] = (),
    *lacks: str,
    why: str = "",
    **other: str | tuple[str, ...],
) -> Case:
    """Return a case of one statement, run ten times."""
    differing = {
        make: frozenset((found,) if isinstance(found, str) else found)
        for make, found in other.items()
    }
    return Case(name, ((sql, values, 10),), frozenset(lacks), why, differing)


def written(sql: str, dialect: str) -> str:
    """Return a statement with the placeholders of a dialect's driver."""
    if dialect == "sqlite":
        return sql
    if dialect == "mysql":
        return sql.replace("%", "%%").replace("?", "%s")
    parts = sql.split("?")
    return "".join(part + (f"${n}" if n < len(parts) else "") for n, part in enumerate(parts, 1))


BY_CUSTOMER = "SELECT * FROM orders WHERE customer_id = ?"
CUSTOMER = "orders (customer_id)"
THERE: tuple[str, ...] = ()

CASES = (
    # One column compared
    case("equal", BY_CUSTOMER, (7,), CUSTOMER),
    case("equal text", "SELECT * FROM items WHERE sku = ?", ("s7",), "items (sku)"),
    case("equal, another table", "SELECT * FROM visits WHERE customer_id = ?", (7,),
         "visits (customer_id)"),
    case("equal, mail", "SELECT id FROM customers WHERE email = ?", ("u7@x.org",),
         "customers (email)"),
    case("in a list", "SELECT * FROM orders WHERE customer_id IN (?, ?, ?)", (7, 8, 9), CUSTOMER),
    case("a count", "SELECT count(*) FROM items WHERE order_id = ?", (7,), "items (order_id)"),
    case("an update", "UPDATE orders SET total = 1 WHERE customer_id = ?", (7,), CUSTOMER),
    case("a delete", "DELETE FROM items WHERE order_id = ?", (7,), "items (order_id)"),
    case("a derived table", "SELECT * FROM (SELECT * FROM items WHERE sku = ?) AS t", ("s7",),
         "items (sku)"),
    case("a common table expression",
         "WITH t AS (SELECT * FROM items WHERE order_id = ?) SELECT * FROM t", (7,),
         "items (order_id)"),
    case("a narrow range", "SELECT * FROM orders WHERE placed BETWEEN ? AND ?", (500, 520),
         "orders (placed)", sqlite=THERE),
    case("a narrow open range", "SELECT * FROM orders WHERE placed < ?", (20,),
         "orders (placed)", sqlite=THERE),
    case("the known start of a text", "SELECT * FROM items WHERE sku LIKE 's77%'", (),
         "items (sku)", sqlite=THERE, postgresql="items (sku varchar_pattern_ops)"),
    # Several columns
    # In the sample of a tenth either leaves one row, which MySQL counts alike.
    case("two equal", "SELECT * FROM visits WHERE customer_id = ? AND at = ?", (32, 1),
         "visits (at)", mysql="visits (customer_id)"),
    case("two equal, neither enough alone",
         "SELECT * FROM orders WHERE status = ? AND total = ?", ("lost", 700),
         "orders (total)", postgresql="orders (total, status)"),
    case("equal and range", "SELECT * FROM items WHERE qty = ? AND price < ?", (3, 3),
         "items (qty, price)", sqlite=THERE),
    case("equal before range, whatever the order of the text",
         "SELECT id FROM orders WHERE placed > ? AND status = ?", (95_000, "lost"),
         "orders (status, placed)", sqlite=THERE),
    case("equal and list", "SELECT * FROM orders WHERE status IN (?, ?) AND customer_id = ?",
         ("open", "lost", 7), CUSTOMER),
    case("a telling column before a truth",
         "SELECT * FROM customers WHERE active AND email = ?", ("u7@x.org",),
         "customers (email)"),
    # Order
    case("a page in order", "SELECT * FROM orders ORDER BY total LIMIT 10", (), "orders (total)"),
    case("a page in falling order", "SELECT * FROM orders ORDER BY placed DESC LIMIT 10", (),
         "orders (placed)"),
    case("a page in mixed order",
         "SELECT * FROM orders ORDER BY total DESC, placed LIMIT 10", (),
         "orders (total DESC, placed)"),
    case("a page of few", "SELECT * FROM orders WHERE customer_id = ? ORDER BY placed LIMIT 5",
         (7,), CUSTOMER),
    case("a page of many",
         "SELECT * FROM orders WHERE status = ? ORDER BY total DESC LIMIT 10", ("done",),
         "orders (status, total)"),
    case("the latest one", "SELECT max(at) FROM visits WHERE page = ?", ("/p7",)),
    # Groups
    case("groups", "SELECT sku, count(*) FROM items GROUP BY sku LIMIT 5", (), "items (sku)"),
    case("distinct", "SELECT DISTINCT customer_id FROM orders LIMIT 5", (), CUSTOMER,
         mariadb=THERE, mysql=THERE),
    # Joins
    case("join from a narrow side",
         "SELECT i.qty FROM orders o JOIN items i ON i.order_id = o.id WHERE o.code = ?", ("c7",),
         "items (order_id)"),
    case("join from a side that lacks one too",
         "SELECT o.total FROM customers c JOIN orders o ON o.customer_id = c.id "
         "WHERE c.email = ?", ("u7@x.org",), CUSTOMER, "customers (email)"),
    case("three tables",
         "SELECT i.qty FROM customers c JOIN orders o ON o.customer_id = c.id "
         "JOIN items i ON i.order_id = o.id WHERE c.id = ?", (7,), CUSTOMER, "items (order_id)"),
    case("exists",
         "SELECT * FROM orders o WHERE o.code = ? AND EXISTS "
         "(SELECT 1 FROM items i WHERE i.order_id = o.id)", ("c7",), "items (order_id)"),
    case("a subquery in the list",
         "SELECT o.id, (SELECT count(*) FROM items i WHERE i.order_id = o.id) FROM orders o "
         "WHERE o.code = ?", ("c7",), "items (order_id)"),
    case("in a query",
         "SELECT * FROM items WHERE order_id IN (SELECT id FROM orders WHERE code = ?)", ("c7",),
         "items (order_id)"),
    case("outer join",
         "SELECT * FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE o.id = ?", (7,),
         "items (order_id)"),
    # Conditions that always hold
    case("the deleted few", "SELECT id FROM orders WHERE deleted_at IS NOT NULL AND total = ?",
         (7,), "orders (total)", postgresql="orders (total) WHERE deleted_at IS NOT NULL",
         mariadb="orders (total, deleted_at)"),
    case("few by a constant", "SELECT id FROM customers WHERE NOT active AND score > ?", (0,),
         postgresql="customers (score) WHERE NOT active"),
    case("not worth a condition",
         "SELECT * FROM orders WHERE customer_id = ? AND deleted_at IS NULL", (7,), CUSTOMER),
    # Expressions and patterns
    case("lower", "SELECT * FROM customers WHERE lower(email) = ?", ("u7@x.org",),
         "customers (lower(email))", mariadb=THERE),
    case("lower and more",
         "SELECT * FROM customers WHERE lower(email) = ? AND region = ?", ("u7@x.org", 7),
         "customers (lower(email))", mariadb="customers (region)"),
    case("any part of a text", "SELECT * FROM items WHERE sku LIKE ?", ("%77%",)),
    # There already
    case("the primary key", "SELECT * FROM orders WHERE id = ?", (7,)),
    case("a unique key", "SELECT * FROM orders WHERE code = ?", ("c7",)),
    case("an index", "SELECT * FROM visits WHERE page = ?", ("/p7",)),
    case("the beginning of an index", "SELECT * FROM orders WHERE shop_id = ? AND placed = ?",
         (7, 500)),
    case("an index that gives the order",
         "SELECT * FROM orders WHERE shop_id = ? ORDER BY placed LIMIT 5", (7,)),
    case("an index read backwards",
         "SELECT * FROM orders WHERE shop_id = ? ORDER BY placed DESC LIMIT 5", (7,)),
    case("an index for equal and range",
         "SELECT * FROM orders WHERE shop_id = ? AND placed > ?", (7, 99_000)),
    case("the primary key's order", "SELECT * FROM orders ORDER BY id DESC LIMIT 5", ()),
    case("a join by keys",
         "SELECT * FROM items i JOIN orders o ON o.id = i.order_id WHERE i.id = ?", (7,)),
    # Too small, too many, of no use
    case("a small table", "SELECT * FROM tags WHERE label = ?", ("t7",), why="tags has 12 rows"),
    case("a small table in order", "SELECT * FROM tags ORDER BY label LIMIT 3", ()),
    case("most of the rows", "SELECT * FROM orders WHERE status = ?", ("done",),
         why="orders (status)"),
    case("a range of most rows", "SELECT * FROM orders WHERE placed > ?", (5,)),
    case("a truth", "SELECT * FROM customers WHERE active = ?", (True,)),
    case("all rows", "SELECT * FROM orders", ()),
    case("all rows counted", "SELECT count(*) FROM customers", ()),
    case("not equal", "SELECT * FROM orders WHERE customer_id <> ?", (7,)),
    case("either of two columns, one lost cause",
         "SELECT * FROM orders WHERE total > ? OR placed > ?", (5, 5)),
    case("all sorted", "SELECT * FROM customers ORDER BY name", ()),
    case("a computed side", "SELECT * FROM orders WHERE total + placed = ?", (7,),
         "orders (total + placed)", mariadb=THERE),
    case("a plain insert", "INSERT INTO tags (label) VALUES (?)", ("x",)),
    # Skew
    case("a rare value of a skewed column", "SELECT id FROM orders WHERE status = ?", ("lost",),
         "orders (status)", sqlite=THERE),
    # Several statements
    Case("one index for two statements",
         ((BY_CUSTOMER, (7,), 10),
          ("SELECT * FROM orders WHERE customer_id = ? AND status = ?", (7, "lost"), 10)),
         frozenset({CUSTOMER})),
    Case("two indexes for two",
         ((BY_CUSTOMER, (7,), 10), ("SELECT * FROM orders WHERE total = ?", (7,), 10)),
         frozenset({CUSTOMER, "orders (total)"})),
    Case("written far more often than read",
         ((BY_CUSTOMER, (7,), 1),
          ("INSERT INTO orders (customer_id) VALUES (?)", (7,), 60_000)),
         why="60,000 writes of the log pay more"),
    Case("updated far more often than read",
         (("SELECT * FROM orders WHERE total = ?", (7,), 1),
          ("UPDATE orders SET total = ? WHERE id = ?", (7, 8), 60_000)),
         why="60,000 writes of the log pay more"),
    Case("read more often than written",
         ((BY_CUSTOMER, (7,), 500),
          ("INSERT INTO orders (customer_id) VALUES (?)", (7,), 1_000)),
         frozenset({CUSTOMER})),
)  # fmt: skip
