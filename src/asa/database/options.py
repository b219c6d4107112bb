"""A URL's options, as libpq, MySQL's clients and SQLite write them, for the async drivers.

Each driver takes other names. What means the same is translated, what the driver cannot do
is left out with a note, and what nobody knows is an error that names the nearest spelling.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from asa.database.tls import TlsFiles, context_for
from asa.errors import ConfigurationError

__all__ = ["Query", "Translated", "UnsupportedOptionError", "translate"]

Query = Mapping[str, str | tuple[str, ...]]

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FALLBACK_MODES = frozenset(SSL_MODES[:3])
YES, NO = frozenset({"true", "1", "yes", "on", "t"}), frozenset({"false", "0", "no", "off", "f"})


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


# asyncpg.connect() and what SQLAlchemy adds to it.
ASYNCPG = words(
    "host port user password database passfile service servicefile target_session_attrs "
    "krbsrvname gsslib prepared_statement_name_func prepared_statement_cache_size "
    "async_fallback"
)
ASYNCPG_NUMBERS: Mapping[str, Callable[[str], float]] = {
    "timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
}
# libpq's own, without which the connection is the same.
LIBPQ_ONLY = words(
    "channel_binding gssencmode gssdelegation keepalives keepalives_idle keepalives_interval "
    "keepalives_count tcp_user_timeout sslcompression sslsni sslcertmode requirepeer "
    "require_auth load_balance_hosts client_encoding fallback_application_name "
    "sslcrldir pgbouncer"
)
LIBPQ_TRANSLATED = words(
    "ssl sslmode sslrootcert sslcert sslkey sslpassword sslcrl ssl_min_protocol_version "
    "ssl_max_protocol_version sslnegotiation connect_timeout application_name options "
    "dbname direct_tls"
)
AIOMYSQL = words(
    "host port user password db unix_socket charset sql_mode read_default_file use_unicode "
    "client_flag init_command connect_timeout read_default_group local_infile auth_plugin "
    "program_name"
)
MYSQL_SWITCHES = frozenset({"autocommit", "echo"})
# PyMySQL's and mysqlclient's own, without which the connection is the same.
PYMYSQL_ONLY = words(
    "read_timeout write_timeout compress collation binary_prefix max_allowed_packet "
    "defer_connect ssl_cipher ssl_disabled bind_address"
)
MYSQL_TRANSLATED = words(
    "ssl ssl_mode ssl-mode sslmode ssl_ca ssl_capath ssl_cert ssl_key ssl_key_password "
    "ssl_check_hostname ssl_verify_cert ssl_verify_identity"
)
SQLITE = words("uri timeout isolation_level detect_types check_same_thread cached_statements")


class UnsupportedOptionError(ConfigurationError):
    """A URL's option that its driver does not know, or with a value that it does not take."""

    cause = "unsupported-option"


@dataclass(frozen=True, slots=True)
class Translated:
    """A URL's options as the driver takes them.

    Attributes:
        query: What stays in the URL.
        connect_args: What the URL cannot say.
        notes: What was translated or left out, one clause each.
    """

    query: Query
    connect_args: Mapping[str, object]
    notes: tuple[str, ...] = ()


def translate(driver: str, query: Query) -> Translated:
    """Return the options for a driver.

    Raises:
        UnsupportedOptionError: Neither the driver nor its database's clients know an option.
        ConfigurationError: A TLS file is missing.
    """
    by_driver: dict[str, Callable[[Query], Translated]] = {
        "asyncpg": for_asyncpg,
        "aiomysql": for_aiomysql,
        "aiosqlite": for_aiosqlite,
    }
    return by_driver[driver](query) if driver in by_driver else Translated(query, {})


def for_asyncpg(query: Query) -> Translated:
    """Translate libpq's options into asyncpg's."""
    check_names("asyncpg", query, ASYNCPG | set(ASYNCPG_NUMBERS) | LIBPQ_ONLY | LIBPQ_TRANSLATED)
    kept = {name: value for name, value in query.items() if name in ASYNCPG}
    text = {name: last(value) for name, value in query.items()}
    arguments: dict[str, object] = {
        name: number(name, text[name], read)
        for name, read in ASYNCPG_NUMBERS.items()
        if name in text
    }
    notes = [f"{name} left out: asyncpg has none" for name in text if name in LIBPQ_ONLY]
    if "dbname" in text:
        kept.setdefault("database", text["dbname"])
    if seconds := number("connect_timeout", text.get("connect_timeout", "0"), float):
        arguments["timeout"] = seconds
    if text.get("sslnegotiation") == "direct" or text.get("direct_tls", "").lower() in YES:
        arguments["direct_tls"] = True
    settings = server_options(text.get("options", ""))
    if "application_name" in text:
        settings["application_name"] = text["application_name"]
    if settings:
        arguments["server_settings"] = settings
    add_libpq_tls(text, arguments, notes)
    return Translated(kept, arguments, tuple(notes))


def add_libpq_tls(text: Mapping[str, str], arguments: dict[str, object], notes: list[str]) -> None:
    """Put asyncpg's `ssl` for libpq's TLS options into the arguments."""
    named = "sslmode" if "sslmode" in text else "ssl"
    files = TlsFiles(
        root=text.get("sslrootcert", ""),
        certificate=text.get("sslcert", ""),
        key=text.get("sslkey", ""),
        password=text.get("sslpassword", ""),
        revoked=text.get("sslcrl", ""),
        minimum=text.get("ssl_min_protocol_version", ""),
        maximum=text.get("ssl_max_protocol_version", ""),
    )
    asked = ssl_mode(named, text.get(named, ""))
    if not asked and not files.any:
        return
    # Whoever names an authority wants it asked.
    mode = asked or ("verify-full" if files.root else "require")
    plain = mode in FALLBACK_MODES or not files.any
    arguments["ssl"] = mode if plain else context_for(mode, files)
    if named == "sslmode" or not asked:
        notes.append(f"sslmode={mode} given to asyncpg as ssl")


def for_aiomysql(query: Query) -> Translated:
    """Translate the options of MySQL's clients into aiomysql's."""
    check_names("aiomysql", query, AIOMYSQL | MYSQL_SWITCHES | PYMYSQL_ONLY | MYSQL_TRANSLATED)
    kept = {name: value for name, value in query.items() if name in AIOMYSQL}
    text = {name: last(value) for name, value in query.items()}
    for name in ("connect_timeout", "client_flag"):
        if name in text:
            number(name, text[name], int)
    arguments: dict[str, object] = {
        name: switch(name, text[name]) for name in MYSQL_SWITCHES & text.keys()
    }
    notes = [f"{name} left out: aiomysql has none" for name in text if name in PYMYSQL_ONLY]
    mode, files = mysql_tls(text)
    if mode not in ("", *FALLBACK_MODES):
        arguments["ssl"] = context_for(mode, files)
        notes.append(f"TLS options given to aiomysql as a {mode} context")
    return Translated(kept, arguments, tuple(notes))


def mysql_tls(text: Mapping[str, str]) -> tuple[str, TlsFiles]:
    """Return libpq's name of the mode that MySQL's TLS options ask for, and their files."""
    files = TlsFiles(
        root=text.get("ssl_ca", "") or text.get("ssl_capath", ""),
        certificate=text.get("ssl_cert", ""),
        key=text.get("ssl_key", ""),
        password=text.get("ssl_key_password", ""),
    )
    for name in ("ssl_mode", "ssl-mode", "sslmode", "ssl"):
        if name in text:
            return mysql_mode(name, text[name]), files
    if asks(text, "ssl_check_hostname") or asks(text, "ssl_verify_identity"):
        return "verify-full", files
    if files.root or asks(text, "ssl_verify_cert"):
        refuses = text.get("ssl_check_hostname", "").lower() in NO
        return "verify-ca" if refuses else "verify-full", files
    return "require" if files.any else "", files


def mysql_mode(name: str, value: str) -> str:
    """Return libpq's name of a mode of MySQL's `ssl-mode`."""
    modes = {
        "disabled": "disable",
        "preferred": "prefer",
        "required": "require",
        "verify_ca": "verify-ca",
        "verify_identity": "verify-full",
    }
    return modes.get(value.lower()) or ssl_mode(name, value.lower())


def for_aiosqlite(query: Query) -> Translated:
    """Leave out what SQLite takes only in a URI file name."""
    text = {name: last(value) for name, value in query.items()}
    for name, read in (("timeout", float), ("detect_types", int), ("cached_statements", int)):
        if name in text:
            number(name, text[name], read)
    for name in ("uri", "check_same_thread"):
        if name in text:
            switch(name, text[name])
    if asks(text, "uri"):
        return Translated(query, {})
    ignored = [name for name in query if name not in SQLITE]
    notes = tuple(f"{name} left out: it needs uri=true and a file: name" for name in ignored)
    kept = {name: value for name, value in query.items() if name in SQLITE}
    return Translated(kept, {}, notes)


def check_names(driver: str, query: Query, known: frozenset[str] | set[str]) -> None:
    """Raise for the first option that nobody knows, naming the nearest that is."""
    for name in query:
        if name in known:
            continue
        near = difflib.get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
        hint = f'did you mean "{near[0]}"?' if near else "remove it from the URL"
        if name == "schema" and driver == "asyncpg":
            hint = "write options=-csearch_path=NAME"
        raise UnsupportedOptionError(f'{driver} has no URL option "{name}"', hint)


def ssl_mode(name: str, value: str) -> str:
    """Return the libpq mode that a value names; empty for none.

    Raises:
        UnsupportedOptionError: There is no such mode.
    """
    if value.lower() in YES:
        return "require"
    if value.lower() in NO:
        return "disable"
    if value and value not in SSL_MODES:
        raise UnsupportedOptionError(
            f'{name} "{value}" does not exist', f"use {', '.join(SSL_MODES)}"
        )
    return value


def number(name: str, text: str, read: Callable[[str], float]) -> float:
    """Return an option's number.

    Raises:
        UnsupportedOptionError: It is none, or below zero.
    """
    try:
        value = read(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise UnsupportedOptionError(f"{name} in the URL is no number", f"write {name}=10")
    return value


def switch(name: str, text: str) -> bool:
    """Return an option's yes or no.

    Raises:
        UnsupportedOptionError: It is neither.
    """
    if text.lower() not in YES | NO:
        raise UnsupportedOptionError(
            f"{name} in the URL is neither true nor false", f"write {name}=true"
        )
    return text.lower() in YES


def asks(text: Mapping[str, str], name: str) -> bool:
    """Tell whether an option is there and says yes."""
    return name in text and switch(name, text[name])


def last(value: str | tuple[str, ...]) -> str:
    """Return the value that counts where an option is repeated."""
    return value if isinstance(value, str) else value[-1]


def server_options(text: str) -> dict[str, str]:
    r"""Read libpq's `options` (`-c name=value`, `-cname=value`, `--name=value`) into settings.

    A backslash escapes the white space and the backslash after it.
    """
    settings = {}
    tokens = re.findall(r"(?:\\.|[^\s\\])+", re.sub(r"(^|\s)-c\s+", r"\1-c", text), re.DOTALL)
    for token in tokens:
        plain = re.sub(r"\\(.)", r"\1", token, flags=re.DOTALL)
        name, equals, value = plain.partition("=")
        if equals and plain.startswith("--"):
            settings[name[2:].replace("-", "_")] = value
        elif equals and plain.startswith("-c"):
            settings[name[2:]] = value
    return settings
