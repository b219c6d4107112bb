"""What a pipeline demands: read or refused by name, met or not with the reason."""

from dataclasses import replace

import pytest

from asa.connection.requirement import parse_requirements, unmet
from asa.connection.step import Verdict, doubtful, shown
from asa.database.session import Facts
from asa.errors import UsageError
from asa.model.server import Server

POSTGRESQL = Server("postgresql", "PostgreSQL", (15, 4), "15.4", read_only=False)
MARIADB = Server("mysql", "MariaDB", (10, 11, 6), "10.11.6", read_only=False)
STANDBY = Server("postgresql", "PostgreSQL", (16, 1), "16.1", read_only=True)
FACTS = Facts("UTF8", "UTC", "read committed")
STEPS = (shown("login", "shop"), shown("pre-ping", "recovered"), shown("pool", "fits"))


def reasons(text: str, server: Server = POSTGRESQL, facts: Facts = FACTS) -> dict[str, str]:
    return dict(unmet(parse_requirements(text), Verdict("db", server, STEPS, facts)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "postgresql",
        "postgresql>=14",
        "postgresql>=15.4, primary",
        "postgresql==15",
        "postgresql<16",
        "PostgreSQL <= 15 ,pool,pre-ping,privileges",
    ],
)
def test_met(text: str) -> None:
    assert reasons(text) == {}


@pytest.mark.parametrize(
    ("text", "server", "reason"),
    [
        ("postgresql>=16", POSTGRESQL, "the server is PostgreSQL 15.4"),
        ("postgresql>15", POSTGRESQL, "the server is PostgreSQL 15.4"),
        ("mysql", POSTGRESQL, "the server is PostgreSQL 15.4"),
        ("mysql>=8", MARIADB, "the server is MariaDB 10.11.6"),
        ("primary", STANDBY, "the server is read-only"),
        ("primary", replace(STANDBY, replica=True), "the server is a replica"),
        ("tls", POSTGRESQL, "the connection has no TLS"),
    ],
)
def test_unmet_with_the_reason(text: str, server: Server, reason: str) -> None:
    assert reasons(text, server) == {text: reason}


def test_mariadb_counts_its_own_versions() -> None:
    assert reasons("mariadb>=10.6", MARIADB) == {}


def test_privileges_name_what_is_lacking() -> None:
    facts = Facts("UTF8", "UTC", "read committed", lacks_migration=("CREATE on schema public",))
    assert reasons("privileges", facts=facts) == {
        "privileges": "the role lacks CREATE on schema public"
    }


def test_a_pool_that_does_not_fit_is_unmet() -> None:
    steps = (doubtful("pool", "too many", "fewer"),)
    verdict = Verdict("db", POSTGRESQL, steps, FACTS)
    assert dict(unmet(parse_requirements("pool,pre-ping"), verdict)).keys() == {"pool", "pre-ping"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("postgres>=14", '"postgresql"'),
        ("primari", '"primary"'),
        ("postgresql>=", "did you mean"),
        ("tls>=1.3", "write tls"),
        ("42", "known:"),
    ],
)
def test_refuses_what_it_does_not_know(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_requirements(text)
    assert hint in caught.value.hint
