"""What answers at a port where the expected database did not."""

import asyncio
import re
import ssl
from typing import Any

__all__ = ["answerer", "offers_tls"]

PATIENCE_SECONDS = 0.4
# PostgreSQL's request for TLS: length 8, code 80877103. It answers S or N, others as they do.
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
MYSQL_TLS = 0x0800
PLAIN_LINE = b"GET / HTTP/1.0\r\n\r\n"

# What a server says by itself on connecting.
GREETINGS = (
    (re.compile(rb"^...\x00[\x09\x0a]|^...\x00\xff", re.DOTALL), "MySQL or MariaDB"),
    (re.compile(rb"^SSH-"), "an SSH server"),
    (re.compile(rb"^220[ -].*(FTP|ftp)"), "an FTP server"),
    (re.compile(rb"^220[ -]"), "a mail server"),
)
# What a server says to PostgreSQL's request.
TO_REQUEST = (
    (re.compile(rb"^[SN]$"), "PostgreSQL"),
    (re.compile(rb"^HTTP/|^<(!DOCTYPE|html)", re.IGNORECASE), "an HTTP server"),
    (re.compile(rb"^\x15\x03"), "a TLS server, such as HTTPS"),
    (re.compile(rb"^-ERR"), "Redis"),
)


async def answerer(address: Any) -> str | None:
    """Return what answers at an address: `an HTTP server`; None where that stays unknown.

    Args:
        address: A socket's address: (host, port, ...), or the path of a unix socket.
    """
    greeting = await said(address, b"")
    if found := matched(GREETINGS, greeting):
        return found
    for question in (SSL_REQUEST, PLAIN_LINE):
        if found := matched(TO_REQUEST, await said(address, question)):
            return found
    return "a TLS server, such as HTTPS" if await speaks_tls(address) else None


async def speaks_tls(address: Any) -> bool:
    """Tell whether a server greets with TLS, which no database does."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if not isinstance(address, tuple):
        return False
    opening = asyncio.open_connection(address[0], address[1], ssl=context)
    try:
        _, writer = await asyncio.wait_for(opening, PATIENCE_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return False
    writer.close()
    return True


async def offers_tls(address: Any) -> bool:
    """Tell whether the PostgreSQL or MySQL at an address would take TLS."""
    greeting = await said(address, b"")
    if greeting:
        # Version, NUL, thread number, 8 bytes of salt, filler, low half of the capabilities.
        capabilities = greeting[greeting.find(b"\0", 5) + 14 :][:2]
        return bool(int.from_bytes(capabilities, "little") & MYSQL_TLS)
    return await said(address, SSL_REQUEST) == b"S"


async def said(address: Any, question: bytes) -> bytes:
    """Return the first bytes that a server sends, after a question where there is one."""
    try:
        reader, writer = await asyncio.wait_for(opened(address), PATIENCE_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return b""
    try:
        if question:
            writer.write(question)
        return await asyncio.wait_for(reader.read(64), PATIENCE_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return b""
    finally:
        writer.close()


async def opened(address: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a plain connection to an address."""
    if isinstance(address, tuple):
        return await asyncio.open_connection(address[0], address[1])
    return await asyncio.open_unix_connection(str(address))


def matched(signs: tuple[tuple[re.Pattern[bytes], str], ...], text: bytes) -> str | None:
    """Return what the first matching sign stands for."""
    return next((name for sign, name in signs if text and sign.search(text)), None)
