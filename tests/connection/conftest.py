"""Servers in states that only a server of the test's own can be in."""

import asyncio
import os
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.packages import UnavailableError, provide_mysql

from asa.scratch.account import server_account
from asa.scratch.installation import Installation
from asa.scratch.place import free_directory
from asa.scratch.servers import ENGINES
from asa.scratch.servers.engine import Address, Engine, Setup
from asa.scratch.start import COPY, free_port, usable
from asa.scratch.supervision import Plan, Step, Supervised, supervised


@dataclass(frozen=True)
class OwnServer:
    """A server with settings of the test's own.

    Attributes:
        url: Of its administrator, without a driver.
        data: Its data directory.
    """

    url: str
    data: Path

    def as_user(self, user: str, password: str, database: str | None = None) -> str:
        """Return the URL of another user."""
        scheme, _, rest = self.url.partition("://")
        address, _, name = rest.partition("@")[2].partition("/")
        return f"{scheme}://{user}:{password}@{address}/{database or name}"


@contextmanager
def own_server(
    dialect: str,
    *,
    settings: tuple[str, ...] = (),
    files: dict[str, str] | None = None,
    steps: tuple[tuple[str, ...], ...] = (),
    ready: str | None = None,
) -> Iterator[OwnServer]:
    """Start a scratch server with more settings; `{directory}` in them is its own."""
    engine = ENGINES[dialect]
    address = Address(free_port(), secrets.token_hex(8))
    made = scratch_plan(engine, installation(engine), address)
    assert made.serve is not None
    here = str(made.directory)

    def filled(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(part.replace("{directory}", here) for part in argv)

    own = replace(
        made,
        files={**made.files, **(files or {})},
        steps=(*made.steps, *(Step(filled(argv)) for argv in steps)),
        serve=Step((*made.serve.argv, *filled(settings))),
        ready=ready or made.ready,
    )
    running: Supervised = asyncio.run(supervised(own))
    try:
        yield OwnServer(engine.url(address), made.directory / "data")
    finally:
        asyncio.run(running.close())


def scratch_plan(engine: Engine, found: Installation, address: Address) -> Plan:
    """Return how asa starts a scratch server, to be changed."""
    account = server_account()
    directory = free_directory(account, programs=found.copied)
    run = found.below(directory / COPY) if found.copied else found
    copies = tuple((found.root / part, f"{COPY}/{part}") for part in found.parts)
    return replace(
        engine.plan(Setup(found, run, address, directory)),
        account=account,
        copies=copies if found.copied else (),
    )


def installation(engine: Engine) -> Installation:
    """Return the programs that serve; skip the test where there are none, or fail it."""
    like = None
    if engine.dialect == "mysql":
        with suppress(UnavailableError):
            like = provide_mysql()
    installations, _ = usable(engine, like)
    if installations:
        return installations[0]
    if engine.dialect in os.environ.get("ASA_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{engine.dialect} is required", pytrace=False)
    pytest.skip(f"no {engine.dialect} on this machine")


@dataclass(frozen=True)
class Certificates:
    """PEM texts of an authority and of server certificates signed by it."""

    authority: str
    good: tuple[str, str]
    expired: tuple[str, str]
    other_host: tuple[str, str]


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asa test authority")])
    authority = signed(name, key, name, key, "", days=30, is_authority=True)

    def server(host: str, days: int) -> tuple[str, str]:
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        return pem(signed(subject, own, name, key, host, days=days)), pem_key(own)

    return Certificates(
        pem(authority), server("localhost", 61), server("localhost", -1), server("elsewhere", 61)
    )


def signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    host: str,
    *,
    days: int,
    is_authority: bool = False,
) -> x509.Certificate:
    end = datetime.now(timezone.utc) + timedelta(days=days, hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=90))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if host:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def pem_key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@contextmanager
def listener(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on a port of 127.0.0.1 and let `answer` speak to whoever comes."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    ended = threading.Event()
    taken: list[socket.socket] = []

    def serve() -> None:
        while not ended.is_set():
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            taken.append(client)
            threading.Thread(target=speak, args=(client,), daemon=True).start()

    def speak(client: socket.socket) -> None:
        try:
            answer(client)
        except OSError:
            client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        for client in taken:
            client.close()
        server.close()


def speak_http(client: socket.socket) -> None:
    """Answer whatever is said as an HTTP server answers nonsense."""
    client.recv(1024)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    client.close()


def say_nothing(client: socket.socket) -> None:
    """Take all, answer nothing, keep the connection."""
    while client.recv(1024):
        pass


def hang_up(client: socket.socket) -> None:
    """Close at once."""
    client.close()


@pytest.fixture
def http_port() -> Iterator[int]:
    with listener(speak_http) as port:
        yield port


@pytest.fixture
def silent_port() -> Iterator[int]:
    with listener(say_nothing) as port:
        yield port


@pytest.fixture
def closing_port() -> Iterator[int]:
    with listener(hang_up) as port:
        yield port


@pytest.fixture
def free_place(tmp_path: Path) -> Iterator[Path]:
    """A directory that the test may make read-only."""
    place = tmp_path / "place"
    place.mkdir()
    yield place
    place.chmod(0o700)
    shutil.rmtree(place)
