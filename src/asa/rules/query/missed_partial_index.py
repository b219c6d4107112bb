"""A condition says what a partial index is for, but in words that the planner does not know.

What it does:
    Finds conditions on a boolean column, IS TRUE, = 1, coalesce(active, false), where a
    partial index of the table has the same in other words, and plans the statement in the
    words of the index.

Why it matters:
    A partial index serves only where the planner can prove that the query's rows are all in
    it. SQLite wants the very words; PostgreSQL knows a few ways to say it, and before 17 not
    IS TRUE.

Example:
    Index("ix_users_email", "email", sqlite_where=text("active = 1"))
    select(User).where(User.active.is_(True), User.email == email)

Fix:
    select(User).where(User.active == True, User.email == email), or the index with the words
    of the query: sqlite_where=text("active IS 1").

When to ignore:
    The query is rare.

See Also:
    https://www.postgresql.org/docs/current/indexes-partial.html
    https://www.sqlite.org/partialindex.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "missed-partial-index"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that a partial index would serve in other words."""
    for query_class, _, other in offered(case, Form.INDEX_CONDITION):
        name = attribute(case, other.column)
        yield found(
            ID,
            query_class,
            other.column,
            "a partial index is not known again",
            f".where({python(name, other.now)})",
            other,
        )


def python(name: str, condition: str) -> str:
    """Return the condition of an index in terms of SQLAlchemy, where it is a plain one."""
    words = condition.upper().split()
    match words:
        case [_]:
            return name
        case ["NOT", _]:
            return f"~{name}"
        case [_, "=", "TRUE" | "1"]:
            return f"{name} == True"
        case [_, "=", "FALSE" | "0"]:
            return f"{name} == False"
        case [_, "IS", "TRUE" | "1"]:
            return f"{name}.is_(True)"
        case [_, "IS", "FALSE" | "0"]:
            return f"{name}.is_(False)"
    return f"text({condition!r})"


RULE = Rule(
    id=ID,
    family="query",
    summary="a partial index that the planner fails to match",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "sqlite"),
)
