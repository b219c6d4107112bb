"""What the operating system and TLS say of a connection, for every server alike."""

import asyncio
import errno
import re
import socket
import ssl
from collections.abc import Callable

from asa.database.cause import Target, chain
from asa.database.causes import cause_named
from asa.errors import DatabaseError

__all__ = ["network_cause"]

UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)
CLOSED = (ConnectionError, EOFError)
# OpenSSL's X509_V_ERR_* numbers.
EXPIRED, NOT_YET_VALID = 10, 9
NAME_MISMATCH = frozenset({62, 64})


def network_cause(error: BaseException, target: Target, **options: str) -> DatabaseError | None:
    """Return the error for what the network did; None where it did nothing wrong.

    Args:
        error: As raised by the driver or by SQLAlchemy.
        target: The server meant.
        options: `tls_option` and `root_option`: how the URL asks for TLS.
    """
    missing = None
    for current in chain(error):
        if isinstance(current, ModuleNotFoundError):
            missing = missing_module(current, target)
        code = network_code(current)
        if code is not None:
            said = f": {reason}" if (reason := tls_reason(current)) else ""
            return cause_named(code).error(target, said=said, **options)
    return missing


def missing_module(error: ModuleNotFoundError, target: Target) -> DatabaseError:
    """Return the error for a driver that is not installed."""
    module = (error.name or "").partition(".")[0]
    if module == "cryptography":
        return cause_named("missing-cryptography").error(target)
    return cause_named("missing-driver").error(target, module=module or "of the URL")


def network_code(error: BaseException) -> str | None:
    """Return the code of the cause that one exception tells by itself."""
    return next((code for told, code in SIGNS if told(error)), None)


def is_tls(error: BaseException) -> bool:
    """Tell whether TLS itself failed; a wrapped time-out is none of its faults."""
    return isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError)


def verification(*codes: int) -> Callable[[BaseException], bool]:
    """Return a test for certificates refused for one of these OpenSSL reasons."""
    return lambda error: (
        isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in codes
    )


def numbered(*numbers: int) -> Callable[[BaseException], bool]:
    """Return a test for an OSError of one of these numbers."""
    return lambda error: isinstance(error, OSError) and error.errno in numbers


def of_type(*types: type[BaseException]) -> Callable[[BaseException], bool]:
    """Return a test for exceptions of these types."""
    return lambda error: isinstance(error, types)


SIGNS: tuple[tuple[Callable[[BaseException], bool], str], ...] = (
    (of_type(socket.gaierror), "dns"),
    (verification(EXPIRED, NOT_YET_VALID), "tls-expired"),
    (verification(*NAME_MISMATCH), "tls-wrong-host"),
    (of_type(ssl.SSLCertVerificationError), "tls-untrusted"),
    (is_tls, "tls-failed"),
    (of_type(ConnectionRefusedError), "refused"),
    (numbered(*UNREACHABLE), "unreachable"),
    (of_type(TimeoutError, asyncio.TimeoutError), "timeout"),
    (numbered(errno.ETIMEDOUT), "timeout"),
    (of_type(FileNotFoundError), "socket-missing"),
    (of_type(*CLOSED, ssl.SSLEOFError), "connection-lost"),
)


def tls_reason(error: BaseException) -> str:
    """Return OpenSSL's reason in plain words: `wrong version number`."""
    reason = getattr(error, "reason", None) if isinstance(error, ssl.SSLError) else None
    return re.sub(r"[_\s]+", " ", reason).lower() if isinstance(reason, str) else ""
