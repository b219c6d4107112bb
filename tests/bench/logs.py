"""Query logs that the benchmarks read: one workload, as PostgreSQL and MySQL would log it."""

import os
import random
import shutil
import time
from pathlib import Path

from tests.bench.result import UnmeasuredError

__all__ = ["MYSQL", "POSTGRESQL", "program", "statements", "written"]

POSTGRESQL, MYSQL = "postgresql", "mysql"
TABLES = ("orders", "customers", "items", "products", "invoices", "payments", "sessions", "users")
BEGINNING = 1_795_366_000
BANNER = (
    "/usr/sbin/mysqld, Version: 8.0.36 (MySQL). started with:\n"
    "Tcp port: 3306  Unix socket: /s\nTime                 Id Command    Argument\n"
)


def program(name: str) -> str:
    """Return the path of a program to compare with.

    Raises:
        UnmeasuredError: It is not installed here.
    """
    found = shutil.which(name)
    if found is None:
        raise UnmeasuredError(f"{name} is not installed")
    return found


def statements(usual: int = 250_000) -> int:
    """Return how many statements a log has: `ASA_BENCH_STATEMENTS`, or as many as usual."""
    return int(os.environ.get("ASA_BENCH_STATEMENTS", usual))


def written(directory: Path, dialect: str, statements: int) -> Path:
    """Write a log of so many statements, the same on every run; return its file."""
    source = random.Random(1)  # noqa: S311  (the same on every run)
    file = directory / f"{dialect}-{statements}.log"
    entry = {POSTGRESQL: postgresql_entry, MYSQL: mysql_entry}[dialect]
    with file.open("w", encoding="utf-8") as log:
        log.write(BANNER if dialect == MYSQL else "")
        for number in range(statements):
            duration_ms = source.expovariate(0.2)
            log.write(entry(number, statement(source, number), duration_ms))
    return file


def statement(source: random.Random, number: int) -> str:
    """Return a statement with values of its own, as an application would send it."""
    table, kind = TABLES[number % len(TABLES)], source.random()
    key, other = source.randrange(10**6), source.randrange(10**5)
    if kind < 0.55:
        return (
            f"SELECT {table}.id, {table}.customer_id, {table}.created_at, {table}.total "
            f"FROM {table} WHERE {table}.customer_id = {key} "
            f"ORDER BY {table}.created_at DESC LIMIT 20"
        )
    if kind < 0.75:
        return (
            f"INSERT INTO {table} (customer_id, note, total) "
            f"VALUES ({key}, 'note number {other} it''s', {other / 100:.2f})"
        )
    if kind < 0.9:
        return f"UPDATE {table} SET total = {other}, note = 'changed {other}' WHERE id = {key}"
    keys = ", ".join(str(source.randrange(10**6)) for _ in range(source.randrange(2, 12)))
    return (
        f"SELECT count(*) FROM {table} a JOIN customers c ON c.id = a.customer_id "
        f"WHERE c.email = 'user{other}@example.com' AND a.id IN ({keys})"
    )


def postgresql_entry(number: int, sql: str, duration_ms: float) -> str:
    """Return an entry with the prefix `%m [%p] %u@%d `."""
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(BEGINNING + number // 200))
    prefix = f"{clock}.{number % 1000:03d} UTC [{4000 + number % 40}] shop@shop "
    return f"{prefix}LOG:  duration: {duration_ms:.3f} ms  statement: {sql}\n"


def mysql_entry(number: int, sql: str, duration_ms: float) -> str:
    """Return an entry of MySQL 8's slow log."""
    moment = BEGINNING + number // 200
    clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return (
        f"# Time: {clock}.{number % 1000:03d}000Z\n"
        f"# User@Host: shop[shop] @ localhost [127.0.0.1]  Id: {4000 + number % 40:5}\n"
        f"# Query_time: {duration_ms / 1000:.6f}  Lock_time: 0.000001 Rows_sent: 1  "
        f"Rows_examined: 10\nSET timestamp={moment};\n{sql};\n"
    )
