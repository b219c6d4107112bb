"""What a MySQL or MariaDB session is like for the application."""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Facts, Remark

__all__ = ["read_facts"]

QUERY = """
SELECT @@character_set_database, @@session.time_zone, @@system_time_zone,
       UNIX_TIMESTAMP(NOW(6)), DATABASE()
"""
# MariaDB before 11.1 and MySQL before 8.0 have the old name only.
ISOLATION = "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')"
PRIVILEGES = """
SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = {0}
UNION
SELECT privilege_type FROM information_schema.schema_privileges
 WHERE grantee = {0} AND DATABASE() LIKE table_schema
"""
# information_schema quotes both halves of a grantee: 'shop'@'localhost'.
GRANTEE = "concat('''', replace(current_user(), '@', '''@'''), '''')"
USE = ("SELECT", "INSERT", "UPDATE", "DELETE")
MIGRATION = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")


async def read_facts(connection: AsyncConnection, /) -> Facts:
    """Ask what the session is like."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    encoding, zone, system_zone, clock, schema = row
    level: tuple[object, ...] = tuple((await connection.exec_driver_sql(ISOLATION)).first() or ())
    privileges = PRIVILEGES.format(GRANTEE)
    granted = {
        str(name).upper() for name in (await connection.exec_driver_sql(privileges)).scalars()
    }
    # Where all comes from a role, these tables are silent: nothing is claimed then.
    known = bool(granted - {"USAGE"})
    return Facts(
        str(encoding),
        str(system_zone if zone == "SYSTEM" else zone),
        str(level[1]).replace("-", " ").lower() if level else "unknown",
        float(str(clock)),
        tuple(name for name in USE if known and name not in granted),
        tuple(name for name in MIGRATION if known and name not in granted),
        (),
        tuple(remarks(str(encoding), schema)),
    )


def remarks(encoding: str, schema: object) -> list[Remark]:
    """Return what the user must judge."""
    if schema is None:
        return [Remark("schema", "the URL names no database", "add /NAME to the URL")]
    if encoding == "utf8mb4":
        return []
    return [
        Remark(
            "encoding",
            f"{encoding}: not all text fits, emoji least",
            f"ALTER DATABASE {schema} CHARACTER SET utf8mb4",
        )
    ]
