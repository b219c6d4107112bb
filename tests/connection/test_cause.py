"""Each cause, produced for real, is told by its code, with a hint and never a password."""

import asyncio
import os
import signal
import socket
import sqlite3
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.connection.conftest import Certificates, OwnServer, listener, own_server

from asa.connection.check import check
from asa.connection.step import Verdict, Wanted
from asa.database.causes import CAUSES
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import DatabaseError
from asa.model.event import Event, silent
from asa.scratch import Server

PASSWORD = "s3cr3t!/%:pass"


def checked(url: str, *, timeout_seconds: float = 10) -> Verdict:
    """Check a URL; afterwards nothing that was said may hold its password."""
    said: list[Event] = []
    database = parse_url(url)
    try:
        return asyncio.run(check(database, Wanted(timeout_seconds=timeout_seconds), said.append))
    finally:
        assert_no_password(repr(said), database.url.password)


def cause_of(url: str, *, timeout_seconds: float = 10) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        checked(url, timeout_seconds=timeout_seconds)
    error = caught.value
    assert error.cause in {cause.code for cause in CAUSES}
    assert error.hint
    assert "\n" not in error.message
    assert_no_password(f"{error.message}{error.hint}{error.details}", parse_url(url).url.password)
    return error


def assert_no_password(text: str, password: object) -> None:
    if password:
        assert str(password) not in text
        assert quote(str(password), safe="") not in text


def run_sql(url: str, *statements: str) -> None:
    async def main() -> None:
        async with connection_to(parse_url(url), autocommit=True) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    asyncio.run(main())


# the way to the server


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
class TestTheWay:
    def test_a_name_that_does_not_resolve(self, scheme: str) -> None:
        error = cause_of(f"{scheme}://u:{quote(PASSWORD, safe='')}@no-such-host.invalid/db")
        assert (error.cause, error.transient) == ("dns", True)
        assert "no-such-host.invalid" in error.message

    def test_a_name_that_can_be_none(self, scheme: str) -> None:
        assert cause_of(f"{scheme}://u:{PASSWORD[:6]}@{'x' * 70}.invalid/db").cause == "dns"

    def test_a_port_where_nothing_listens(self, scheme: str) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            error = cause_of(f"{scheme}://u:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/db")
        assert (error.cause, error.transient) == ("refused", True)
        assert f"127.0.0.1:{port}" in error.message

    def test_a_server_that_takes_the_connection_and_says_nothing(
        self, scheme: str, silent_port: int
    ) -> None:
        error = cause_of(f"{scheme}://u:secret@127.0.0.1:{silent_port}/db", timeout_seconds=0.5)
        assert (error.cause, error.transient) == ("timeout", True)
        assert "said nothing" in error.message

    def test_a_host_that_drops_packets(self, scheme: str) -> None:
        with full_backlog() as port:
            error = cause_of(f"{scheme}://u:secret@127.0.0.1:{port}/db", timeout_seconds=0.5)
        assert (error.cause, error.transient) == ("timeout", True)
        assert "no answer" in error.message

    def test_an_http_server(self, scheme: str, http_port: int) -> None:
        error = cause_of(f"{scheme}://u:secret@127.0.0.1:{http_port}/db")
        assert (error.cause, error.transient) == ("wrong-port", False)
        assert "HTTP" in error.message

    def test_a_server_that_hangs_up(self, scheme: str, closing_port: int) -> None:
        error = cause_of(f"{scheme}://u:secret@127.0.0.1:{closing_port}/db")
        assert (error.cause, error.transient) == ("connection-lost", True)

    def test_a_socket_that_is_not_there(self, scheme: str, tmp_path: Path) -> None:
        option = "host" if scheme == "postgresql" else "unix_socket"
        error = cause_of(f"{scheme}://u:secret@/db?{option}={tmp_path}/none")
        assert error.cause in ("socket-missing", "refused")


@contextmanager
def full_backlog() -> Iterator[int]:
    """Listen without accepting, the queue full: more connection requests get no answer."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    port = server.getsockname()[1]
    waiting = []
    for _ in range(8):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        waiting.append(client)
    try:
        yield port
    finally:
        for client in waiting:
            client.close()
        server.close()


def test_mysql_on_the_port_of_postgresql(mysql_url: str) -> None:
    port = parse_url(mysql_url).url.port
    error = cause_of(f"postgresql://u:secret@127.0.0.1:{port}/db")
    assert error.cause == "wrong-port"
    assert "MySQL or MariaDB" in error.message


def test_postgresql_on_the_port_of_mysql(postgresql_url: str) -> None:
    port = parse_url(postgresql_url).url.port
    error = cause_of(f"mysql://u:secret@127.0.0.1:{port}/db")
    assert error.cause == "wrong-port"
    assert "PostgreSQL" in error.message


def test_a_host_without_a_route() -> None:
    # A multicast address: TCP has no way to it on any network.
    error = cause_of("postgresql://u:secret@224.0.0.1/db")
    assert (error.cause, error.transient) == ("unreachable", True)


# login


def test_a_wrong_password(postgresql_url: str) -> None:
    url = parse_url(postgresql_url).url.set(password=PASSWORD)
    error = cause_of(url.render_as_string(hide_password=False))
    assert (error.cause, error.transient) == ("password", False)
    assert '"postgres"' in error.message


def test_a_wrong_password_of_mysql(mysql_url: str) -> None:
    url = parse_url(mysql_url).url.set(password=PASSWORD)
    error = cause_of(url.render_as_string(hide_password=False))
    assert (error.cause, error.transient) == ("password", False)
    assert '"root"' in error.message


def test_an_unknown_database(postgresql_url: str, mysql_url: str) -> None:
    for text in (postgresql_url, mysql_url):
        url = parse_url(text).url.set(database="nowhere")
        error = cause_of(url.render_as_string(hide_password=False))
        assert (error.cause, error.transient) == ("unknown-database", False)
        assert '"nowhere"' in error.message


def test_an_unknown_role_of_mysql_is_told_as_the_server_tells_it(mysql_url: str) -> None:
    url = parse_url(mysql_url).url.set(username="nobody_here")
    # MariaDB does not say whether the role or its password is wrong.
    assert cause_of(url.render_as_string(hide_password=False)).cause == "password"


def test_a_role_without_access_to_the_database(mysql_url: str) -> None:
    name = parse_url(mysql_url).url.database
    run_sql(mysql_url, "CREATE USER visitor@'127.0.0.1' IDENTIFIED BY 'visiting'")
    try:
        url = parse_url(mysql_url).url.set(username="visitor", password="visiting")
        error = cause_of(url.render_as_string(hide_password=False))
    finally:
        run_sql(mysql_url, "DROP USER visitor@'127.0.0.1'")
    assert (error.cause, error.transient) == ("no-access", False)
    assert str(name) in error.message


def test_no_connection_left_for_the_role(postgresql_url: str) -> None:
    run_sql(postgresql_url, "CREATE ROLE single LOGIN PASSWORD 'single-secret' CONNECTION LIMIT 0")
    try:
        url = parse_url(postgresql_url).url.set(username="single", password="single-secret")
        error = cause_of(url.render_as_string(hide_password=False))
    finally:
        run_sql(postgresql_url, "DROP ROLE single")
    assert (error.cause, error.transient) == ("too-many-connections", True)


@pytest.mark.parametrize(
    ("option", "cause"),
    [("ACCOUNT LOCK", "role-locked"), ("PASSWORD EXPIRE", "password-expired")],
)
def test_a_role_of_mysql_that_is_out_of_use(mysql_url: str, option: str, cause: str) -> None:
    run_sql(mysql_url, f"CREATE USER gone@'127.0.0.1' IDENTIFIED BY 'going' {option}")
    try:
        run_sql(mysql_url, "GRANT ALL ON *.* TO gone@'127.0.0.1'")
        url = parse_url(mysql_url).url.set(username="gone", password="going")
        error = cause_of(url.render_as_string(hide_password=False))
        assert (error.cause, error.transient) == (cause, False)
        assert '"gone"' in error.message
    finally:
        run_sql(mysql_url, "DROP USER gone@'127.0.0.1'")


def test_no_connection_left_on_mysql(mysql_url: str) -> None:
    run_sql(
        mysql_url,
        "CREATE USER busy@'127.0.0.1' IDENTIFIED BY 'busy' WITH MAX_USER_CONNECTIONS 1",
        "GRANT ALL ON *.* TO busy@'127.0.0.1'",
    )
    url = parse_url(mysql_url).url.set(username="busy", password="busy")

    async def main() -> None:
        async with connection_to(parse_url(url.render_as_string(hide_password=False))):
            with pytest.raises(DatabaseError) as caught:
                await check(parse_url(url.render_as_string(hide_password=False)), Wanted(), silent)
            assert (caught.value.cause, caught.value.transient) == ("too-many-connections", True)

    try:
        asyncio.run(main())
    finally:
        run_sql(mysql_url, "DROP USER busy@'127.0.0.1'")


# PostgreSQL with settings of its own: TLS, pg_hba.conf, states


@pytest.fixture(scope="module")
def own_postgresql(certificates: Certificates) -> Iterator[OwnServer]:
    with own_server("postgresql") as server:
        owner = server.data.stat()
        pairs = {
            "good": certificates.good,
            "expired": certificates.expired,
            "other": certificates.other_host,
        }
        for name, (certificate, key) in pairs.items():
            for suffix, text in (("crt", certificate), ("key", key)):
                file = server.data / f"{name}.{suffix}"
                file.write_text(text)
                file.chmod(0o600)
                os.chown(file, owner.st_uid, owner.st_gid)
        run_sql(
            server.url,
            "SET password_encryption = 'md5'",
            "CREATE ROLE shop LOGIN PASSWORD 'open-secret'",
            "CREATE ROLE banned LOGIN PASSWORD 'open-secret'",
        )
        yield server


def reconfigure(server: OwnServer, *, hba: str = "", **settings: str) -> None:
    """Change settings and pg_hba.conf, and wait until a new connection has them."""
    rules = f"{hba}\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n"
    (server.data / "pg_hba.conf").write_text(rules)
    alter = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()]
    run_sql(server.url, *alter, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")


def authority_file(certificates: Certificates, directory: Path) -> Path:
    file = directory / "authority.pem"
    file.write_text(certificates.authority)
    return file


@pytest.mark.parametrize(
    ("certificate", "sslmode", "cause"),
    [
        ("good", "verify-full", None),
        ("good", "require", None),
        ("expired", "verify-full", "tls-expired"),
        ("other", "verify-full", "tls-wrong-host"),
        ("other", "verify-ca", None),
    ],
)
def test_certificates(
    own_postgresql: OwnServer,
    certificates: Certificates,
    tmp_path: Path,
    certificate: str,
    sslmode: str,
    cause: str | None,
) -> None:
    with_tls(own_postgresql, certificate)
    url = own_postgresql.url.replace("127.0.0.1", "localhost")
    url += f"?sslmode={sslmode}&sslrootcert={authority_file(certificates, tmp_path)}"
    if cause is not None:
        assert cause_of(url).cause == cause
        return
    tls = next(step for step in checked(url).steps if step.name == "tls")
    assert "verified" in tls.text
    name = "elsewhere" if certificate == "other" else "localhost"
    assert tls.text.endswith(f", 61 days left, for {name}")


def test_a_certificate_of_an_unknown_authority(own_postgresql: OwnServer) -> None:
    with_tls(own_postgresql, "good")
    error = cause_of(own_postgresql.url + "?sslmode=verify-full&sslrootcert=system")
    assert (error.cause, error.transient) == ("tls-untrusted", False)
    assert "sslrootcert" in error.hint


def test_a_root_certificate_that_is_named_nowhere(
    own_postgresql: OwnServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with_tls(own_postgresql, "good")
    error = cause_of(own_postgresql.url + "?sslmode=verify-full")
    assert error.cause == "tls-untrusted"


def test_tls_that_is_not_verified_says_so(own_postgresql: OwnServer) -> None:
    with_tls(own_postgresql, "good")
    tls = next(s for s in checked(own_postgresql.url + "?sslmode=require").steps if s.name == "tls")
    assert "not verified" in tls.text


def test_a_server_without_tls(own_postgresql: OwnServer) -> None:
    reconfigure(own_postgresql, ssl="off")
    error = cause_of(own_postgresql.url + "?sslmode=require")
    assert (error.cause, error.transient) == ("tls-refused", False)


def test_a_server_that_requires_tls(own_postgresql: OwnServer) -> None:
    with_tls(own_postgresql, "good", hba="hostnossl all shop all reject")
    error = cause_of(own_postgresql.as_user("shop", "open-secret", "postgres") + "?sslmode=disable")
    assert (error.cause, error.transient) == ("tls-required", False)
    assert "sslmode=require" in error.hint


def test_a_role_that_pg_hba_refuses(own_postgresql: OwnServer) -> None:
    reconfigure(own_postgresql, hba="host all banned all reject", ssl="off")
    error = cause_of(own_postgresql.as_user("banned", "open-secret", "postgres"))
    assert (error.cause, error.transient) == ("no-access", False)


def test_an_unknown_role(own_postgresql: OwnServer) -> None:
    reconfigure(own_postgresql, hba="host all nobody_here all trust", ssl="off")
    error = cause_of(own_postgresql.as_user("nobody_here", "unused-secret", "postgres"))
    assert (error.cause, error.transient) == ("unknown-role", False)


def test_a_method_that_the_driver_does_not_know(own_postgresql: OwnServer) -> None:
    reconfigure(
        own_postgresql, hba='host all shop all gss include_realm=0 krb_realm="X"', ssl="off"
    )
    error = cause_of(own_postgresql.as_user("shop", "open-secret", "postgres"))
    assert error.cause == "auth-method"


def with_tls(server: OwnServer, certificate: str, hba: str = "") -> None:
    try:
        reconfigure(
            server,
            hba=hba,
            ssl_cert_file=f"{certificate}.crt",
            ssl_key_file=f"{certificate}.key",
            ssl="on",
        )
    except DatabaseError as error:
        if "SSL is not supported" in error.message:
            pytest.skip("this PostgreSQL was built without TLS")
        raise


def test_tls_versions_that_do_not_meet(own_postgresql: OwnServer) -> None:
    with_tls(own_postgresql, "good")
    run_sql(own_postgresql.url, "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.3'")
    run_sql(own_postgresql.url, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")
    try:
        error = cause_of(own_postgresql.url + "?sslmode=require&ssl_max_protocol_version=TLSv1.2")
    finally:
        run_sql(own_postgresql.url, "ALTER SYSTEM RESET ssl_min_protocol_version")
        run_sql(own_postgresql.url, "SELECT pg_reload_conf()")
    assert error.cause == "tls-failed"


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_tls_server_such_as_https(
    scheme: str, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "server.pem").write_text("".join(certificates.good))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")

    def speak_https(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            secured.recv(1024)

    with listener(speak_https) as port:
        error = cause_of(f"{scheme}://u:secret@127.0.0.1:{port}/db")
    assert (error.cause, error.transient) == ("wrong-port", False)
    assert "TLS" in error.message


def test_a_server_that_is_full() -> None:
    settings = ("--max_connections=4", "--superuser_reserved_connections=1")
    with own_server("postgresql", settings=settings) as server:
        run_sql(server.url, "CREATE ROLE shop LOGIN PASSWORD 'open-secret'")
        database = parse_url(server.as_user("shop", "open-secret", "postgres"))

        async def main() -> None:
            async with AsyncExitStack() as open_ones:
                for _ in range(3):
                    await open_ones.enter_async_context(connection_to(database))
                with pytest.raises(DatabaseError) as caught:
                    await check(database, Wanted(), silent)
                assert (caught.value.cause, caught.value.transient) == (
                    "too-many-connections",
                    True,
                )

        asyncio.run(main())


def test_a_server_that_is_starting_up() -> None:
    with own_server(
        "postgresql",
        steps=(("/bin/sh", "-c", "touch {directory}/data/recovery.signal"),),
        settings=("--restore_command=sleep 30",),
        ready="starting PostgreSQL",
    ) as server:
        error = cause_of(server.url)
    assert (error.cause, error.transient) == ("starting-up", True)


def test_a_standby_that_takes_no_connections() -> None:
    with own_server(
        "postgresql",
        steps=(("/bin/sh", "-c", "touch {directory}/data/standby.signal"),),
        settings=("--hot_standby=off",),
        ready="entering standby mode",
    ) as server:
        error = cause_of(server.url)
    assert error.cause in ("in-recovery", "starting-up")
    assert error.transient


def test_a_server_that_is_shutting_down() -> None:
    with own_server("postgresql") as server:
        database = parse_url(server.url)

        async def main() -> None:
            async with connection_to(database) as connection:
                await connection.exec_driver_sql("SELECT 1")
                postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
                os.kill(postmaster, signal.SIGTERM)  # waits for this connection's end
                await asyncio.sleep(0.2)
                with pytest.raises(DatabaseError) as caught:
                    await check(database, Wanted(), silent)
                assert (caught.value.cause, caught.value.transient) == ("shutting-down", True)

        asyncio.run(main())


# MariaDB with settings of its own


@pytest.fixture(scope="module")
def mysql_with_tls(certificates: Certificates) -> Iterator[OwnServer]:
    certificate, key = certificates.good
    with own_server(
        "mysql",
        files={"good.crt": certificate, "good.key": key},
        settings=("--ssl-cert={directory}/good.crt", "--ssl-key={directory}/good.key"),
    ) as server:
        run_sql(
            server.url,
            "CREATE USER careful@'127.0.0.1' IDENTIFIED BY 'open-secret' REQUIRE SSL",
            "CREATE USER careful@'localhost' IDENTIFIED BY 'open-secret' REQUIRE SSL",
        )
        yield server


def test_mysql_over_tls(
    mysql_with_tls: OwnServer, certificates: Certificates, tmp_path: Path
) -> None:
    url = mysql_with_tls.url.replace("127.0.0.1", "localhost")
    authority = authority_file(certificates, tmp_path)
    tls = next(s for s in checked(f"{url}?ssl_ca={authority}").steps if s.name == "tls")
    assert "verified, name too" in tls.text
    assert cause_of(f"{url}?ssl_mode=VERIFY_CA").cause == "tls-untrusted"


def test_a_mysql_role_that_requires_tls(mysql_with_tls: OwnServer) -> None:
    error = cause_of(mysql_with_tls.as_user("careful", "open-secret", "mysql"))
    # MariaDB refuses as if the password were wrong.
    assert error.cause == "password"
    assert "ssl_mode=REQUIRED" in error.hint


def test_a_mysql_server_without_tls_is_refused_where_tls_is_asked(
    mysql_server: Server, mysql_url: str
) -> None:
    if mysql_server.about.flavour == "MySQL":
        pytest.skip("MySQL makes a certificate of its own")
    error = cause_of(mysql_url + "?ssl_mode=REQUIRED")
    assert (error.cause, error.transient) == ("tls-refused", False)


# SQLite


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    error = cause_of(f"sqlite:///{tmp_path}/shop.db")
    assert (error.cause, error.transient) == ("file-missing", False)
    assert "asa upgrade" in error.hint
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert cause_of(f"sqlite:///{tmp_path}/none/shop.db").cause == "directory-missing"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    file.write_text("name,price\n" * 200)
    assert cause_of(f"sqlite:///{file}").cause == "not-a-database"
    assert cause_of(f"sqlite:///{tmp_path}").cause == "not-a-database"


def test_a_file_that_is_locked(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("CREATE TABLE t (id)")
    holder.execute("BEGIN EXCLUSIVE")
    error = cause_of(f"sqlite:///{file}?timeout=0.1")
    holder.close()
    assert (error.cause, error.transient) == ("locked", True)


def as_nobody(act: Callable[[], None]) -> None:
    """Act as a user without rights: root may do what no permission allows."""
    if os.geteuid() != 0:
        act()
        return
    os.seteuid(65534)
    try:
        act()
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
@pytest.mark.parametrize(
    ("mode", "file_mode", "cause"),
    [(0o555, None, "directory-read-only"), (0o755, 0o000, "unreadable")],
)
def test_permissions(free_place: Path, mode: int, file_mode: int | None, cause: str) -> None:
    for parent in free_place.parents:
        if parent.is_relative_to("/tmp/pytest-of-root") and parent != Path("/tmp"):
            parent.chmod(0o755)
    file = free_place / "shop.db"
    if file_mode is not None:
        sqlite3.connect(file).execute("CREATE TABLE t (id)").connection.close()
        file.chmod(file_mode)
    free_place.chmod(mode)

    def act() -> None:
        assert cause_of(f"sqlite:///{file}").cause == cause

    as_nobody(act)


# this side


@pytest.mark.parametrize(
    ("scheme", "module"),
    [("postgresql", "asyncpg"), ("mysql", "aiomysql"), ("sqlite", "aiosqlite")],
)
def test_a_driver_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    file = tmp_path / "shop.db"
    sqlite3.connect(file).close()
    place = f"/{file}" if scheme == "sqlite" else "u:secret@127.0.0.1:1/db"
    error = cause_of(f"{scheme}://{place}")
    assert (error.cause, error.transient) == ("missing-driver", False)
    assert error.hint == f"pip install {module}"


def test_an_answer_from_a_stranger_ends_the_wait_early(silent_port: int) -> None:
    """A silent server is not asked for ever; the thread of a slow resolver holds nothing up."""
    before = threading.active_count()
    cause_of(f"postgresql://u:secret@127.0.0.1:{silent_port}/db", timeout_seconds=0.3)
    assert threading.active_count() <= before + 3
