"""Watch a driver resolve a name, reach an address and agree on TLS, on the running loop.

The drivers do all three through methods of the event loop. These are wrapped on that one
loop, so the times are those of the application's own connection, and a server sees no
second one.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any

from asa.connection.step import Step, shown

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["Transport", "elapsed_ms", "watched"]

Take = Callable[[Step], None]
Method = Callable[..., Awaitable[Any]]


class Transport:
    """What has been seen of the way so far.

    Attributes:
        reached: Address of the socket that was connected; None before.
        since: When the last part of the way ended, by `perf_counter`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, take: Take) -> None:
        self.loop = loop
        self.take = take
        self.taken: set[str] = set()
        self.reached: object = None
        self.since = perf_counter()

    def saw(self, name: str, text: str, since: float) -> None:
        """Take a step, the first time that it is seen: a driver may try twice."""
        self.since = perf_counter()
        if name not in self.taken:
            self.taken.add(name)
            self.take(shown(name, text, elapsed_ms(since)))

    async def getaddrinfo(self, _: Method, host: Any, port: Any, **options: Any) -> Any:
        """Resolve a name in a thread that does not hold up the end of the program."""
        since = perf_counter()
        found = await resolved(self.loop, host, port, **options)
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        self.saw("resolve", ", ".join(addresses), since)
        return found

    async def sock_connect(self, original: Method, sock: socket.socket, address: Any) -> None:
        """Connect a socket."""
        since = perf_counter()
        await original(sock, address)
        self.reached = address
        place = f"port {address[1]}" if isinstance(address, tuple) else str(address)
        self.saw("connect", place, since)

    async def start_tls(self, original: Method, *arguments: Any, **options: Any) -> Any:
        """Agree on TLS over a connection that stands, as asyncpg does."""
        since = perf_counter()
        transport = await original(*arguments, **options)
        self.saw_tls(transport, since)
        return transport

    async def create_connection(self, original: Method, *arguments: Any, **options: Any) -> Any:
        """Connect; with TLS over a socket that stands, as aiomysql does."""
        since = perf_counter()
        transport, protocol = await original(*arguments, **options)
        if options.get("ssl"):
            self.saw_tls(transport, since if options.get("sock") else self.since)
        return transport, protocol

    def saw_tls(self, transport: asyncio.BaseTransport | None, since: float) -> None:
        """Take the TLS step."""
        agreed = transport.get_extra_info("ssl_object") if transport is not None else None
        if agreed is not None:
            self.saw("tls", tls_text(agreed), since)


WATCHED = ("getaddrinfo", "sock_connect", "start_tls", "create_connection")
# Checks of several databases share a loop: each sees the way of its own task.
CURRENT: ContextVar[Transport | None] = ContextVar("asa_transport", default=None)


@contextmanager
def watched(take: Take) -> Iterator[Transport]:
    """Hand each part of the way to `take` as it is passed, while the block connects."""
    loop = asyncio.get_running_loop()
    transport = Transport(loop, take)
    for name in WATCHED:
        if name not in vars(loop):
            setattr(loop, name, observed(name, getattr(loop, name)))
    token = CURRENT.set(transport)
    try:
        yield transport
    finally:
        CURRENT.reset(token)


def observed(name: str, original: Method) -> Method:
    """Return a method of the loop that passes by the watching transport, where there is one."""

    async def method(*arguments: Any, **options: Any) -> Any:
        transport = CURRENT.get()
        if transport is None:
            return await original(*arguments, **options)
        return await getattr(transport, name)(original, *arguments, **options)

    return method


async def resolved(loop: asyncio.AbstractEventLoop, host: Any, port: Any, **options: Any) -> Any:
    """Return what `socket.getaddrinfo` does, from a daemon thread.

    A resolver without an answer keeps its thread for half a minute, and the loop's own
    threads are waited for when it closes.
    """
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def work() -> None:
        result, error = None, None
        try:
            result = socket.getaddrinfo(host, port, **options)
        except OSError as caught:
            error = caught
        except UnicodeError:
            # What IDNA cannot encode is no name that could resolve.
            error = socket.gaierror(socket.EAI_NONAME, "the name is no valid host name")
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name="asa-resolve").start()
    return await future


def tls_text(agreed: ssl.SSLObject) -> str:
    """Return the version, whether the certificate was verified, and how long it holds."""
    parts = [(agreed.version() or "unknown version").removeprefix("TLSv")]
    verified = agreed.context.verify_mode == ssl.CERT_REQUIRED
    names = ", name too" if verified and agreed.context.check_hostname else ""
    parts.append(f"verified{names}" if verified else "not verified")
    binary = agreed.getpeercert(binary_form=True)
    if binary:
        from cryptography.x509 import load_der_x509_certificate

        certificate = load_der_x509_certificate(binary)
        parts += [f"{days_left(certificate)} days left", subject_of(certificate)]
    return ", ".join(part for part in parts if part)


def subject_of(certificate: "Certificate") -> str:
    """Return the name that a certificate is for; empty where it says none."""
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = names[0].value if names else certificate.subject.rfc4514_string()
    return f"for {name}" if isinstance(name, str) and name else ""


def days_left(certificate: "Certificate") -> int:
    """Return for how many days a certificate still holds; below 0 once expired."""
    from datetime import datetime, timezone

    # The aware attribute came with cryptography 42.
    end = getattr(certificate, "not_valid_after_utc", None)
    if end is None:
        end = certificate.not_valid_after.replace(tzinfo=timezone.utc)
    return int((end - datetime.now(timezone.utc)).days)


def elapsed_ms(since: float) -> float:
    """Return the milliseconds since a moment of `perf_counter`."""
    return (perf_counter() - since) * 1000
