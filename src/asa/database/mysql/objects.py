"""What a schema consists of, object by object, so that two states of it can be compared."""

import re

from sqlalchemy.engine import Connection

__all__ = ["read_objects"]

TABLES = "SELECT table_name, table_type, table_comment FROM information_schema.tables"
COLUMNS = """
    SELECT CONCAT(table_name, '.', column_name), column_type, is_nullable, column_default, extra,
           column_comment
    FROM information_schema.columns
"""
INDEXES = """
    SELECT CONCAT(table_name, '.', index_name), non_unique, index_type,
           GROUP_CONCAT(CONCAT_WS(' ', column_name, sub_part) ORDER BY seq_in_index)
    FROM information_schema.statistics
"""
CONSTRAINTS = """
    SELECT CONCAT(table_name, '.', constraint_name), constraint_type
    FROM information_schema.table_constraints
"""
REFERENCES = """
    SELECT CONCAT(table_name, '.', constraint_name), referenced_table_name, update_rule,
           delete_rule
    FROM information_schema.referential_constraints
"""
ROUTINES = "SELECT routine_name, routine_type FROM information_schema.routines"
TRIGGERS = "SELECT trigger_name, event_object_table FROM information_schema.triggers"
# Kind, what is asked, by which column of the schema. Left out is what follows from a server's
# defaults: engines, character sets, collations.
READ = (
    ("table", TABLES, "table_schema"),
    ("column", COLUMNS, "table_schema"),
    ("index", INDEXES, "table_schema"),
    ("constraint", CONSTRAINTS, "table_schema"),
    ("reference", REFERENCES, "constraint_schema"),
    ("routine", ROUTINES, "routine_schema"),
    ("trigger", TRIGGERS, "trigger_schema"),
)
GROUPED = {"index": "GROUP BY table_name, index_name, non_unique, index_type"}
# MySQL 8 no longer tells it, MariaDB does.
DISPLAY_WIDTH = re.compile(r"(int)\(\d+\)")


def read_objects(connection: Connection) -> dict[str, str]:
    """Return every object of the database by its kind and name, with what is known of it."""
    found: dict[str, str] = {}
    for kind, select, schema in READ:
        sql = f"{select} WHERE {schema} = DATABASE() {GROUPED.get(kind, '')}"
        for name, *facts in connection.exec_driver_sql(sql):
            text = " ".join(str(fact) for fact in facts)
            found[f"{kind} {name}".lower()] = DISPLAY_WIDTH.sub(r"\1", text)
    return found
