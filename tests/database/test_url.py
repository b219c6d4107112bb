"""Any URL that users write is either read, with nothing lost, or refused by name."""

import ssl
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from asa.database.options import UnsupportedOptionError, server_options
from asa.database.url import parse_url
from asa.errors import ConfigurationError

WORDS = st.text(min_size=1, max_size=30)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
SERVERS = st.sampled_from(["postgres", "postgresql", "postgresql+psycopg2", "mysql", "mariadb"])


def encoded(text: str) -> str:
    return quote(text, safe="")


@given(SERVERS, NAMES, WORDS, NAMES)
def test_reads_every_encoded_password_and_never_shows_it(
    scheme: str, user: str, password: str, name: str
) -> None:
    database = parse_url(f"{scheme}://{user}:{encoded(password)}@db.internal:6000/{name}")
    assert database.url.password == password
    assert database.url.username == user
    assert database.url.database == name
    assert make_url(database.text).password == password
    assert database.shown == f"{database.url.drivername}://{user}:***@db.internal:6000/{name}"


@given(st.sampled_from(["password", "ssl_key_password"]), WORDS)
def test_hides_secrets_that_are_options(option: str, secret: str) -> None:
    assume(secret not in f"mysql+aiomysql://u@h/db?{option}=***")
    shown = parse_url(f"mysql://u@h/db?{option}={encoded(secret)}").shown
    assert secret not in shown
    assert encoded(secret) not in shown
    assert repr(parse_url(f"mysql://u@h/db?{option}={encoded(secret)}")) == f"DatabaseUrl({shown})"


@given(
    st.sampled_from(["", "postgresql://", "mysql://u:p@", "sqlite:///", "postgresql://h/d?"]),
    st.text(max_size=60),
)
def test_reads_any_text_or_refuses_it_and_raises_nothing_else(prefix: str, text: str) -> None:
    try:
        database = parse_url(prefix + text)
    except ConfigurationError:
        return
    assert database.dialect in ("postgresql", "mysql", "sqlite")
    assert isinstance(database.place + database.shown, str)
    assert database.local in (True, False)


@pytest.mark.parametrize("password", ["a@b", "a@b/c", "p@ss:word", "s3cr3t@x?y"])
def test_refuses_a_password_that_is_not_encoded_without_showing_any_of_it(password: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(f"postgresql://u:{password}@host/db")
    assert "percent-encode" in caught.value.hint
    for part in password.replace("@", " ").replace("/", " ").split():
        assert part not in caught.value.message or len(part) == 1


@pytest.mark.parametrize(
    ("text", "driver", "note"),
    [
        ("postgres://h/d", "postgresql+asyncpg", None),
        ("postgresql://h/d", "postgresql+asyncpg", None),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg", None),
        ("postgresql+psycopg2://h/d", "postgresql+asyncpg", "driver psycopg2 read as asyncpg"),
        ("mysql://h/d", "mysql+aiomysql", None),
        ("mariadb://h/d", "mariadb+aiomysql", None),
        ("mysql+pymysql://h/d", "mysql+aiomysql", "driver pymysql read as aiomysql"),
        ("sqlite:///x.db", "sqlite+aiosqlite", None),
        ("sqlite+pysqlite:///x.db", "sqlite+aiosqlite", "driver pysqlite read as aiosqlite"),
    ],
)
def test_gives_every_url_its_async_driver(text: str, driver: str, note: str | None) -> None:
    database = parse_url(text)
    assert database.url.drivername == driver
    assert database.notes == ((note,) if note else ())
    assert create_async_engine(database.url).dialect.is_async


def test_translates_libpq_options_for_asyncpg() -> None:
    database = parse_url(
        "postgresql://u@h/d?sslmode=require&application_name=shop&connect_timeout=3"
        "&options=-c%20search_path%3Dsales%20--work-mem%3D4MB&channel_binding=prefer"
        "&target_session_attrs=read-write&statement_cache_size=0"
    )
    assert dict(database.url.query) == {"target_session_attrs": "read-write"}
    assert database.connect_args == {
        "ssl": "require",
        "timeout": 3.0,
        "statement_cache_size": 0,
        "server_settings": {
            "search_path": "sales",
            "work_mem": "4MB",
            "application_name": "shop",
        },
    }
    assert database.notes == (
        "channel_binding left out: asyncpg has none",
        "sslmode=require given to asyncpg as ssl",
    )


@pytest.mark.parametrize(
    ("options", "verified", "names"),
    [
        ("ssl_mode=REQUIRED", False, False),
        ("ssl=true", False, False),
        ("ssl_mode=VERIFY_CA", True, False),
        ("ssl_mode=VERIFY_IDENTITY", True, True),
        ("ssl_verify_cert=true&ssl_check_hostname=false", True, False),
        ("ssl_check_hostname=true", True, True),
    ],
)
def test_makes_a_tls_context_of_mysql_options(options: str, verified: bool, names: bool) -> None:
    context = parse_url(f"mysql://u@h/d?{options}").connect_args["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode == ssl.CERT_REQUIRED) is verified
    assert context.check_hostname is names


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("postgresql://h/d?sslmod=require", 'asyncpg has no URL option "sslmod"', '"sslmode"'),
        ("postgresql://h/d?schema=sales", "schema", "search_path"),
        ("postgresql://h/d?sslmode=always", 'sslmode "always"', "verify-full"),
        ("postgresql://h/d?connect_timeout=soon", "connect_timeout", "=10"),
        ("postgresql://h/d?statement_cache_size=-1", "statement_cache_size", "=10"),
        ("mysql://h/d?chrset=utf8", 'aiomysql has no URL option "chrset"', '"charset"'),
        ("mysql://h/d?autocommit=perhaps", "autocommit", "true"),
        ("sqlite:///x.db?timeout=long", "timeout", "=10"),
    ],
)
def test_refuses_unknown_options_with_the_nearest_spelling(text: str, says: str, hint: str) -> None:
    with pytest.raises(UnsupportedOptionError) as caught:
        parse_url(text)
    assert says in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.cause == "unsupported-option"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgresql://h:70000/d", "70000"),
        ("sqlite://host/x.db", "names a file"),
        ("oracle://h/d", '"oracle"'),
        ("postgresql://u:p@h/d?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem"),
        ("mysql://u:p@h/d?ssl_ca=/nowhere/ca.pem", "/nowhere/ca.pem"),
        ("just a text", "cannot be read"),
    ],
)
def test_refuses_what_no_database_can_mean(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(text)
    assert says in caught.value.message


def test_says_which_sqlite_options_have_no_effect() -> None:
    assert parse_url("sqlite:///x.db?mode=ro").notes == (
        "mode left out: it needs uri=true and a file: name",
    )
    kept = parse_url("sqlite:///file:x.db?mode=ro&uri=true")
    assert kept.notes == ()
    assert kept.url.query["mode"] == "ro"


@pytest.mark.parametrize(
    ("text", "place", "local"),
    [
        ("postgresql://u@db.internal:6000/shop", "db.internal:6000/shop", False),
        ("postgresql://u@127.0.0.2/shop", "127.0.0.2/shop", True),
        ("postgresql://u@[::1]:5432/shop", "::1:5432/shop", True),
        ("postgresql://u@/shop?host=/run/pg", "/run/pg/shop", True),
        ("postgresql://u@/shop?host=a:1&host=b:2", "a:1,b:2/shop", False),
        ("postgresql://u@/shop?host=localhost:1&host=b:2", "localhost:1,b:2/shop", False),
        ("postgresql:///shop", "localhost/shop", True),
        ("mysql://u@/shop?unix_socket=/run/my.sock", "/run/my.sock/shop", True),
        ("postgresql://u@localhost.evil.com/shop", "localhost.evil.com/shop", False),
        ("sqlite:///x.db", "x.db", True),
        ("sqlite://", ":memory:", True),
    ],
)
def test_knows_where_a_database_is(text: str, place: str, local: bool) -> None:
    database = parse_url(text)
    assert (database.place, database.local) == (place, local)


@given(st.dictionaries(NAMES, st.text(min_size=1, max_size=10), max_size=4))
def test_reads_server_options_as_libpq_escapes_them(settings: dict[str, str]) -> None:
    def escaped(value: str) -> str:
        return "".join(f"\\{c}" if c.isspace() or c == "\\" else c for c in value)

    text = " ".join(f"-c {name}={escaped(value)}" for name, value in settings.items())
    assert server_options(text) == settings
