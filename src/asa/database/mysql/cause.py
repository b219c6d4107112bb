"""MySQL's and MariaDB's reasons, found by error number."""

import re

from asa.database.cause import Target, chain, short
from asa.database.causes import cause_named
from asa.database.network import network_cause
from asa.errors import DatabaseError

__all__ = ["classify"]

OPTIONS = {"tls_option": "ssl_mode=REQUIRED", "root_option": "ssl_ca=FILE"}

# https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html
NUMBERS = {
    1040: "too-many-connections",
    1203: "too-many-connections",
    1226: "too-many-connections",
    1044: "no-access",
    1130: "no-access",
    1045: "password",
    1698: "password",
    3118: "role-locked",
    4151: "role-locked",
    1820: "password-expired",
    1862: "password-expired",
    1049: "unknown-database",
    1053: "shutting-down",
    1142: "permission",
    1143: "permission",
    1227: "permission",
    1370: "permission",
    1205: "lock-timeout",
    1969: "statement-timeout",
    3024: "statement-timeout",
    1251: "auth-method",
    1275: "auth-method",
    2059: "auth-method",
    2061: "auth-method",
    1290: "read-only",
    1792: "read-only",
    1836: "read-only",
    3159: "tls-required",
    2026: "tls-failed",
    2006: "connection-lost",
    2013: "connection-lost",
}
CLIENT_NUMBERS = frozenset({2003, 2006, 2013})
# These quote values of the application: only their number may be told.
VALUE_NUMBERS = frozenset({1062, 1264, 1292, 1366, 1406, 1451, 1452, 4025})


def classify(error: BaseException, subject: str, /) -> DatabaseError:
    """Translate an exception of aiomysql, of PyMySQL below it or of SQLAlchemy above it."""
    target = Target.of(subject)
    told = [number for current in chain(error) if (number := number_of(current)) is not None]
    # The driver's own numbers only wrap what the network said.
    if not told or told[0] in CLIENT_NUMBERS:
        found = network_cause(error, target, **OPTIONS)
        if found is not None:
            return found
    for current in chain(error):
        if "cryptography" in str(current) and isinstance(current, RuntimeError):
            return cause_named("missing-cryptography").error(target)
        if isinstance(current, TypeError) and "unexpected keyword argument" in str(current):
            return cause_named("unsupported-option").error(target)
    for current in chain(error):
        number = number_of(current)
        if number is not None:
            return by_number(number, current, target)
    return cause_named("unknown").error(target, said=short(list(chain(error))[-1]))


def number_of(error: BaseException) -> int | None:
    """Return the error number of a PyMySQL exception."""
    module = type(error).__module__
    if not module.startswith(("pymysql", "aiomysql", "asyncmy")) or not error.args:
        return None
    return error.args[0] if isinstance(error.args[0], int) else None


def by_number(number: int, error: BaseException, target: Target) -> DatabaseError:
    """Return the error for a number."""
    text = str(error.args[1]) if len(error.args) > 1 else ""
    code = NUMBERS.get(number)
    if code == "password" and "using password: NO" in text and "require" in text.lower():
        code = "tls-required"
    if code is None:
        said = f": error {number}" if number in VALUE_NUMBERS else short(redacted(text))
        return cause_named("statement-failed").error(target, said=said)
    said = "" if code == "connection-lost" else short(redacted(text))
    return cause_named(code).error(target, said=said, **OPTIONS)


def redacted(text: str) -> str:
    """Return a message without what it quotes as a literal value."""
    # `near` quotes the rest of the statement, its own quotes included.
    text = re.sub(r"near '.*' at line", "near '...' at line", text, flags=re.DOTALL)
    return re.sub(r"(value:?|near) '(?:[^']|'')*'", r"\1 '...'", text)
