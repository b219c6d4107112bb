"""The tables that the revisions of an environment have left in the database."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from asa.project.find.module import dotted
from asa.project.find.origin import keyword

__all__ = ["tables_of_revisions"]

CHANGES_TABLES = re.compile(r"create_table|drop_table|rename_table|(?i:\b(?:drop|rename)\b)")
IN_SQL = re.compile(
    r"\b(?:drop\s+table\s+(?:if\s+exists\s+)?|alter\s+table\s+(?=[\w.\"`]+\s+rename\s+to\b))"
    r"[\"`]?(?P<gone>\w+)(?:[\"`]?\s+rename\s+to\s+[\"`]?(?P<new>\w+))?",
    re.IGNORECASE,
)


def tables_of_revisions(folder: Path) -> frozenset[str] | None:
    """Return the names of the tables that the revisions below a directory make and keep.

    Returns:
        Names without schema; None where some are dropped or renamed by a computed name, so
        that reading cannot tell which are left.
    """
    made: set[str] = set()
    gone: set[str] = set()
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.name == "env.py" or not CHANGES_TABLES.search(text):
            continue
        for kind, name in changes(text):
            if name is None:
                if kind == "gone":
                    return None
                continue
            (made if kind == "made" else gone).add(name)
    return frozenset(made - gone)


def changes(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield (`made` or `gone`, table) for all that a revision's upgrade does to tables."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name.startswith("downgrade"):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield from by_operation(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                for match in IN_SQL.finditer(node.value):
                    yield "gone", match["gone"]
                    if match["new"]:
                        yield "made", match["new"]


def by_operation(call: ast.Call) -> Iterator[tuple[str, str | None]]:
    """Yield what one call of Alembic's operations does."""
    name = (dotted(call.func) or "").rpartition(".")[2]
    given = [*call.args, *[v for k in ("table_name", "old_table_name") if (v := keyword(call, k))]]
    if name == "create_table":
        yield "made", text_of(given, 0)
    elif name == "drop_table":
        yield "gone", text_of(given, 0)
    elif name == "rename_table":
        yield "gone", text_of(given, 0)
        new = keyword(call, "new_table_name")
        yield "made", text_of([new], 0) if new is not None else text_of(given, 1)


def text_of(nodes: list[ast.expr], place: int) -> str | None:
    """Return the plain text at a place of some expressions; None where there is none."""
    node = nodes[place] if place < len(nodes) else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
