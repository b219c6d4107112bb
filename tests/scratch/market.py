"""A market on PostgreSQL: what schemas have, enough rows, and queries whose plans differ."""

from asa.model.fix import AddIndex, keys

SCHEMA = (
    "CREATE EXTENSION citext",
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
    "CREATE DOMAIN quantity AS int CHECK (VALUE > 0)",
    'CREATE SCHEMA "Back Office"',
    "CREATE FUNCTION key_of(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'",
    """
    CREATE TABLE customers (
        id serial PRIMARY KEY, email text NOT NULL UNIQUE, region int, nick citext)
    """,
    """
    CREATE TABLE orders (
        id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status mood,
        placed timestamptz, note text, total numeric(10, 2), deleted_at timestamptz,
        twice numeric GENERATED ALWAYS AS (total * 2) STORED)
    """,
    """
    CREATE TABLE "Back Office"."Order Items" (
        id serial PRIMARY KEY, order_id int REFERENCES orders, "Qty" quantity, sku text)
    """,
    """
    CREATE TABLE events (id bigserial, at date NOT NULL, kind text, user_id int)
    PARTITION BY RANGE (at)
    """,
    "CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    "CREATE TABLE events_b PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "ALTER TABLE events ADD PRIMARY KEY (id, at)",
    "CREATE INDEX ix_events_kind ON events (kind)",
    "CREATE INDEX ix_placed ON orders (placed DESC, status)",
    "CREATE INDEX ix_key ON customers (key_of(email))",
    "CREATE INDEX ix_deleted ON orders (customer_id) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX ix_nick ON customers (nick) INCLUDE (region)",
    "CREATE VIEW recent AS SELECT * FROM orders WHERE placed > '2024-06-01'",
    """
    CREATE MATERIALIZED VIEW regions AS
    SELECT i AS id, 'r' || i AS name FROM generate_series(1, 20000) i
    """,
)
ROWS = (
    """
    INSERT INTO customers (email, region, nick)
    SELECT 'u' || i || '@x.org', i % 50, 'N' || i FROM generate_series(1, 20000) i
    """,
    """
    INSERT INTO orders (customer_id, status, placed, note, total, deleted_at)
    SELECT 1 + (power(i / 200001.0, 3) * 19999)::int,
           (array['sad', 'ok', 'happy'])[1 + i % 3]::mood,
           timestamptz '2024-01-01' + (i * 7919 % 200000) * interval '3 min',
           repeat('x', i % 60), i % 1000, CASE WHEN i % 50 = 0 THEN now() END
    FROM generate_series(1, 200000) i
    """,
    """
    INSERT INTO "Back Office"."Order Items" (order_id, "Qty", sku)
    SELECT 1 + (i::bigint * 7919) % 200000, 1 + i % 9, 'sku' || (i % 5000)
    FROM generate_series(1, 200000) i
    """,
    """
    INSERT INTO events (at, kind, user_id)
    SELECT date '2024-01-01' + i % 700, 'k' || (i % 20), (i::bigint * 7919) % 3000
    FROM generate_series(1, 100000) i
    """,
)
QUERIES = (
    "SELECT * FROM orders WHERE id = 77",
    "SELECT * FROM orders WHERE id IN (1, 5, 77, 999)",
    "SELECT * FROM orders WHERE customer_id = 5",
    "SELECT * FROM orders WHERE customer_id = 19000 ORDER BY placed DESC LIMIT 10",
    "SELECT * FROM orders WHERE status = 'ok' AND placed > '2024-12-01' ORDER BY placed LIMIT 20",
    "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = 'u77@x.org'",
    "SELECT region, sum(total) FROM orders o JOIN customers c ON c.id = customer_id GROUP BY 1",
    "SELECT region FROM customers WHERE nick = 'n77'",
    "SELECT * FROM customers WHERE email LIKE 'u77%'",
    "SELECT * FROM customers WHERE region = 7",
    'SELECT * FROM "Back Office"."Order Items" WHERE sku = \'sku7\'',
    """
    SELECT * FROM "Back Office"."Order Items" i JOIN orders o ON o.id = i.order_id
    WHERE o.id BETWEEN 500 AND 520
    """,
    "SELECT * FROM events WHERE user_id = 5 AND at > '2025-02-01'",
    "SELECT * FROM events WHERE kind = 'k3' AND at = '2024-05-05'",
    "SELECT count(*) FROM recent WHERE total = 5",
    "SELECT name FROM regions WHERE id = 77",
    "UPDATE orders SET note = '' WHERE customer_id = 3",
    "DELETE FROM orders WHERE placed < '2024-01-02'",
    "SELECT * FROM orders WHERE deleted_at IS NOT NULL AND customer_id BETWEEN 5 AND 9",
    "SELECT DISTINCT status FROM orders",
    "SELECT * FROM orders WHERE total = 7 AND status = 'ok'",
    """
    SELECT * FROM customers c
    WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.total = 999)
    """,
    "SELECT * FROM orders ORDER BY total LIMIT 500",
)
CANDIDATES = (
    AddIndex(
        "orders",
        keys("customer_id", "placed"),
        "c_customer",
        "CREATE INDEX CONCURRENTLY c_customer ON orders (customer_id, placed)",
    ),
    AddIndex(
        "orders", keys("total"), "c_total", "CREATE INDEX CONCURRENTLY c_total ON orders (total)"
    ),
    AddIndex(
        "customers", keys("region"), "c_region", "CREATE INDEX c_region ON customers (region)"
    ),
    AddIndex(
        "Back Office.Order Items",
        keys("sku"),
        "c_sku",
        'CREATE INDEX c_sku ON "Back Office"."Order Items" (sku)',
    ),
    AddIndex(
        "Back Office.Order Items",
        keys("order_id"),
        "c_order",
        'CREATE INDEX c_order ON "Back Office"."Order Items" (order_id)',
    ),
    AddIndex("events", keys("user_id"), "c_user", "CREATE INDEX c_user ON events (user_id)"),
    AddIndex("regions", keys("id"), "c_id", "CREATE INDEX c_id ON regions (id)"),
)
