"""The forms of a check that programs read, and its exit code."""

import json

from asa.connection.form import Form
from asa.connection.outcome import Outcome, exit_code, rendered
from asa.connection.step import Verdict, doubtful, shown
from asa.database.session import Facts
from asa.errors import DatabaseError
from asa.model.server import Server

SERVER = Server("postgresql", "PostgreSQL", (16, 4), "16.4", read_only=False)
FACTS = Facts("UTF8", "UTC", "read committed")
HEALTHY = Outcome(
    "postgresql+asyncpg://shop:***@db/shop",
    verdict=Verdict("db", SERVER, (shown("query", "PostgreSQL 16.4, primary", 1.25),), FACTS),
)
WARNED = Outcome(
    "sqlite+aiosqlite:///x|y.db",
    verdict=Verdict(
        "db", SERVER, (doubtful("pool", "60 > 47\n100%", "set max_overflow=6"),), FACTS
    ),
)
UNMET = Outcome("db", verdict=HEALTHY.verdict, unmet=(("postgresql>=17", "the server is 16.4"),))
FAILED = Outcome(
    "db",
    "reports",
    error=DatabaseError(
        "login refused: 100% wrong", "correct it", cause="password", details=(("url", "db"),)
    ),
)


def test_json_holds_all() -> None:
    document = json.loads(rendered(Form.JSON, [HEALTHY, FAILED, UNMET]))
    healthy, failed, unmet = document["databases"]
    assert document["version"] == 1
    assert (healthy["name"], healthy["usable"]) == (None, True)
    assert failed["name"] == "reports"
    assert healthy["server"] == {
        "dialect": "postgresql",
        "flavour": "PostgreSQL",
        "version": "16.4",
        "read_only": False,
        "replica": False,
    }
    assert healthy["steps"] == [
        {
            "step": "query",
            "state": "ok",
            "text": "PostgreSQL 16.4, primary",
            "duration_ms": 1.25,
            "advice": None,
        }
    ]
    assert (failed["usable"], failed["cause"], failed["transient"]) == (False, "password", False)
    assert failed["details"] == [{"label": "url", "text": "db"}]
    assert unmet["unmet"] == [{"requirement": "postgresql>=17", "reason": "the server is 16.4"}]


def test_github_annotates_errors_and_warnings() -> None:
    assert rendered(Form.GITHUB, [FAILED, UNMET, WARNED]).splitlines() == [
        "::error title=asa check-connection password::login refused: 100%25 wrong%0Acorrect it",
        "asa: reports   db login refused: 100% wrong [password]",
        "::error title=asa requires postgresql>=17::the server is 16.4",
        "asa: db usable, 1 unmet",
        "::warning title=asa check-connection pool::60 > 47%0A100%25%0Aset max_overflow=6",
        "asa: sqlite+aiosqlite:///x|y.db usable, 1 warning",
    ]


def test_markdown_is_a_table_that_nothing_breaks() -> None:
    assert rendered(Form.MARKDOWN, [WARNED]).splitlines() == [
        "### ! `sqlite+aiosqlite:///x|y.db`",
        "",
        "**usable, 1 warning**",
        "",
        "| | step | | ms |",
        "|-|-|-|-:|",
        "| ! | pool | 60 > 47 100%; next: set max_overflow=6 |  |",
    ]


def test_exit_codes() -> None:
    assert exit_code([HEALTHY, WARNED]) == 0
    assert exit_code([HEALTHY, UNMET]) == 1
    assert exit_code([UNMET, FAILED]) == 3
