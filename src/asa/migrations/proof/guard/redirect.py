"""SQLAlchemy's side of the guard: every engine, whoever made it, leads to the scratch database."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Dialect, Engine

from asa.database.url import FAMILIES
from asa.migrations.proof.guard.address import Allowed

__all__ = ["redirect"]

# What says how to speak, not to whom; everything else that a project passes is left out.
MANNERS = frozenset(
    {
        *("autocommit", "cached_statements", "charset", "check_same_thread", "command_timeout"),
        *("connect_timeout", "conv", "detect_types", "isolation_level", "prepare_threshold"),
        *("prepared_statement_cache_size", "prepared_statement_name_func", "sql_mode"),
        *("statement_cache_size", "timeout", "use_unicode"),
    }
)
ROLES = frozenset({"role", "session_authorization"})


def redirect(allowed: Allowed, others: Iterable[str]) -> None:
    """Lead every connection that an engine makes in this process to the scratch database.

    Args:
        allowed: The scratch database.
        others: Names of databases that a statement must not name where the server is lent.
    """

    def steer(dialect: Dialect, _record: Any, args: list[Any], options: dict[str, Any]) -> None:
        if FAMILIES.get(dialect.name) != allowed.database.dialect:
            raise allowed.refuse(f"an engine for {dialect.name}")
        url = address_for(dialect, allowed.database.url)
        kept = {name: value for name, value in options.items() if name in MANNERS}
        settings = options.get("server_settings")
        if settings:
            kept["server_settings"] = {k: v for k, v in settings.items() if k not in ROLES}
        words, named = dialect.create_connect_args(url)
        args[:] = words
        options.clear()
        options.update({**kept, **named, **allowed.database.connect_args})

    def rename(connection: Connection) -> None:
        # What asks this engine for its address is to learn where it really leads.
        connection.engine.url = address_for(connection.dialect, allowed.database.url)

    event.listen(Engine, "do_connect", steer)
    event.listen(Engine, "engine_connect", rename)
    if allowed.lent and allowed.database.dialect == "mysql":
        event.listen(Engine, "before_cursor_execute", keeping_inside(allowed, others))


def address_for(dialect: Dialect, scratch: URL) -> URL:
    """Return the scratch's URL for the driver that an engine uses."""
    driver = f"{dialect.name}+{dialect.driver}"
    if dialect.driver == scratch.get_driver_name():
        return scratch.set(drivername=driver)
    # Another driver may not know the options that came with the lent server's URL.
    return scratch.set(drivername=driver, query={})


def keeping_inside(allowed: Allowed, others: Iterable[str]) -> Any:
    """Return a listener that refuses statements for other databases of a MySQL server."""
    names = [re.escape(name) for name in others if name != allowed.name]
    if not names:
        return lambda *_: None
    either = "|".join(names)
    outside = re.compile(rf"(?i)`?\b(?:{either})\b`?\s*\.|\buse\s+`?(?:{either})\b`?\s*;?\s*$")

    def inspect(_c: Any, _cursor: Any, sql: str, _v: Any, _context: Any, _many: bool) -> None:
        if outside.search(sql):
            raise allowed.refuse("a statement for another database of the lent server")

    return inspect
