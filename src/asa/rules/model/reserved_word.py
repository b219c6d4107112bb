"""A table or column is named by a word that SQL keeps for itself.

What it does:
    Looks for names of tables and columns that the database at hand, or the SQL standard and
    most databases, reserve: user, order, group, ...

Why it matters:
    SQLAlchemy quotes such a name; a person at a console, a report or a raw statement does not.
    `SELECT * FROM user` on PostgreSQL is no error: it is the name of the role.

Example:
    __tablename__ = "user"

Fix:
    __tablename__ = "users"

When to ignore:
    The table is old and nobody writes SQL by hand.

See Also:
    https://www.postgresql.org/docs/current/sql-keywords-appendix.html
    https://dev.mysql.com/doc/refman/8.4/en/keywords.html
    https://www.sqlite.org/lang_keywords.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "reserved-word"
EVERYWHERE = """
    all and as case check collate constraint create default distinct else except foreign from
    group having in intersect into is join limit not null on or order primary references select
    table then to union unique using when where
"""
# The names in dialects that a model might well be given.
ALSO = {
    "postgresql": """
        analyse analyze any array asc both cast column cross current_date current_time
        current_user desc do end false fetch for freeze full grant initially inner lateral leading
        left like localtime natural offset only outer placing returning right session_user similar
        some symmetric trailing true user variadic verbose window with
    """,
    "mysql": """
        accessible add alter analyze asc before between both by call cascade change character
        column condition continue convert cross cube current_date current_time current_user cursor
        database databases day_hour declare delete desc describe div drop dual each empty escaped
        exists exit explain false fetch float for force fulltext function generated get grant
        groups ignore index inner insert interval key keys kill lag lead leading leave left like
        lines load lock loop match mod natural of optimize option out outer over partition
        procedure purge range rank read recursive release rename repeat replace require restrict
        return revoke right rlike row row_number rows schema schemas separator set show signal
        spatial sql ssl starting system terminated trailing trigger true undo unlock unsigned
        update usage use values varying while window with write zerofill
    """,
    "sqlite": """
        add alter autoincrement between commit deferrable delete drop escape exists index insert
        isnull notnull returning set transaction update values
    """,
}


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each table with such names."""
    words = frozenset((EVERYWHERE + ALSO.get(design.dialect or "", "")).split())
    for table in design.tables:
        name = table.name.rpartition(".")[2]
        if name.lower() in words:
            yield found(
                ID,
                Severity.INFO,
                design.subject(table.name),
                design.place(table.name),
                does=f'has its table named "{name}", a reserved word',
                why="SQL that is written by hand must quote it",
                fix=f'__tablename__ = "{name}s"',
            )
        columns = [column.name for column in table.columns if column.name.lower() in words]
        if columns:
            yield found(
                ID,
                Severity.INFO,
                design.subject(table.name),
                design.place(table.name, columns[0]),
                does=f"has columns named by reserved words: {', '.join(columns)}",
                why="SQL that is written by hand must quote them",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a name that SQL keeps for itself",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
