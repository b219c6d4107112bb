"""PostgreSQL's reasons, found by SQLSTATE; its messages only where a state means several."""

import re

from asa.database.cause import Target, chain, short
from asa.database.causes import cause_named
from asa.database.network import network_cause
from asa.errors import DatabaseError

__all__ = ["classify"]

OPTIONS = {"tls_option": "sslmode=require", "root_option": "sslrootcert=FILE"}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
STATES = {
    "28P01": "password",
    "28000": "no-access",
    "3D000": "unknown-database",
    "53300": "too-many-connections",
    "57P01": "shutting-down",
    "57P02": "shutting-down",
    "57P03": "starting-up",
    "57P04": "unknown-database",
    "25006": "read-only",
    "42501": "permission",
    "55P03": "lock-timeout",
    "57014": "statement-timeout",
    "08P01": "wrong-port",
    "08003": "connection-lost",
    "08006": "connection-lost",
}
# These classes quote values of the application: only their condition may be told.
VALUE_CLASSES = ("22", "23")
# What asyncpg says of a method that it cannot follow, in its versions.
AUTHENTICATION = ("authentication method", "performing authentication", "SASL", "gssapi", "sspilib")


def classify(error: BaseException, subject: str, /) -> DatabaseError:
    """Translate an exception of asyncpg or of SQLAlchemy above it."""
    target = Target.of(subject)
    for current in chain(error):
        state = getattr(current, "sqlstate", None)
        if isinstance(state, str):
            return by_state(state, current, target)
        code = by_text(current)
        if code is not None:
            said = short(current) if code == "auth-method" else ""
            return cause_named(code).error(target, said=said, **OPTIONS)
    found = network_cause(error, target, **OPTIONS)
    if found is not None:
        return found
    return cause_named("unknown").error(target, said=short(innermost(error)))


def by_state(state: str, error: BaseException, target: Target) -> DatabaseError:
    """Return the error for a SQLSTATE."""
    text = str(error)
    code = STATES.get(state)
    if code == "no-access":
        code = refused_login(text)
    elif code == "starting-up":
        code = not_ready(text)
    if code is None:
        said = f": SQLSTATE {state}" if state.startswith(VALUE_CLASSES) else short(redacted(text))
        return cause_named("statement-failed").error(target, said=said)
    said = "" if code in ("wrong-port", "connection-lost") else short(redacted(text))
    return cause_named(code).error(target, said=said, wanted="PostgreSQL", **OPTIONS)


def refused_login(text: str) -> str:
    """Tell apart what 28000 (invalid authorization specification) is used for."""
    if re.search(r'role ".*" does not exist', text):
        return "unknown-role"
    if re.search(r"(PAM|LDAP|RADIUS|BSD) authentication failed", text):
        return "password"
    return "auth-method" if "authentication failed" in text else "no-access"


def not_ready(text: str) -> str:
    """Tell apart what 57P03 (cannot connect now) is used for."""
    if "shutting down" in text:
        return "shutting-down"
    if "recovery" in text or "not yet accepting" in text or "Hot standby" in text:
        return "in-recovery"
    return "starting-up"


def by_text(error: BaseException) -> str | None:
    """Return the code for what asyncpg itself says without a SQLSTATE."""
    text = str(error)
    if "rejected SSL upgrade" in text:
        return "tls-refused"
    if "connection is closed" in text:
        return "connection-lost"
    if "root certificate file" in text:
        return "tls-untrusted"
    if any(sign in text for sign in AUTHENTICATION):
        return "auth-method"
    if isinstance(error, TypeError) and "unexpected keyword argument" in text:
        return "unsupported-option"
    return None


def redacted(text: str) -> str:
    """Return a message without what it quotes as a literal."""
    return re.sub(r"'(?:[^']|'')*'", "'...'", text)


def innermost(error: BaseException) -> BaseException:
    """Return the exception that all began with."""
    return list(chain(error))[-1]
