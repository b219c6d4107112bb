"""UPDATE, DELETE and INSERT: which table, and how many of its rows are meant."""

from asa.model.operation import ChangeRows, ExecuteSql, InsertRows, Operation, Reach
from asa.sql.words import Reader

__all__ = ["row_change"]

BOUNDS = frozenset(("limit", "between", "ctid", "fetch", "rownum"))
LITERALS = frozenset(("string", "number", "value", "dollar"))


def row_change(reader: Reader) -> Operation:
    """Return what a statement does to rows; text where it cannot be told."""
    if reader.sees("with"):
        return behind_expressions(reader)
    verb = reader.next.lower
    reader.at += 1
    if verb in ("insert", "replace"):
        return insertion(reader)
    if verb == "merge":
        reader.take("into")
        return ChangeRows("update", reader.name())
    if verb == "delete":
        reader.take_any("from")
    while reader.take_any("only", "low_priority", "ignore", "quick"):
        pass
    if reader.take("or"):
        reader.at += 1
    table = reader.name()
    where = condition(reader)
    return ChangeRows(
        "delete" if verb == "delete" else "update", table, reach(reader, where), nulls(where)
    )


def behind_expressions(reader: Reader) -> Operation:
    """Read WITH ... UPDATE, DELETE or INSERT; text for anything else."""
    words = {word.lower for word in reader.words}
    reader.text_until("update", "delete", "insert", "select")
    if reader.ended or reader.sees("select"):
        return ExecuteSql(reader.sql)
    found = row_change(reader)
    if isinstance(found, ChangeRows) and found.reach != "batch":
        narrow: Reach = "batch" if words & BOUNDS else "some"
        return ChangeRows(found.verb, found.table, narrow, found.nulls)
    return found


def insertion(reader: Reader) -> Operation:
    """Read INSERT behind its first word."""
    reader.take_any("ignore")
    if reader.take("or"):
        reader.at += 1
    reader.take("into")
    table = reader.name()
    words = [word.lower for word in reader.words]
    if "select" in words or "table" in words[reader.at :]:
        bounded: Reach = "batch" if BOUNDS & set(words) else "all"
        return ChangeRows("insert", table, bounded if "from" in words else "batch")
    reader.text_until("values", "value", "set", "default")
    reader.at += 1
    rows = 0
    while reader.group() is not None:
        rows += 1
        reader.take(",")
    return InsertRows(table, max(rows, 1))


def condition(reader: Reader) -> Reader | None:
    """Take everything up to WHERE, and return what follows; None where there is none."""
    reader.text_until("where")
    if not reader.take("where"):
        return None
    return Reader(reader.text_until("returning"), reader.dialect)


def reach(reader: Reader, where: Reader | None) -> Reach:
    """Return how many rows a condition lets through."""
    words = {word.lower for word in (where or reader).words}
    if words & BOUNDS:
        return "batch"
    if where is None:
        return "all"
    literal = any(word.kind in LITERALS for word in where.words) or words & {"true", "false"}
    return "some" if literal else "all"


def nulls(where: Reader | None) -> tuple[str, ...]:
    """Return the columns that a condition tests for NULL."""
    if where is None:
        return ()
    found = []
    for at in range(1, len(where.words) - 1):
        if where.words[at].lower == "is" and where.words[at + 1].lower == "null":
            where.at = at - 1
            found.append(where.name())
    return tuple(found)
