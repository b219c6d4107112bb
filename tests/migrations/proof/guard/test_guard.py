"""Behind the guard no env.py reaches a real database, whatever it does."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.conftest import fresh_database
from tests.migrations.project import Project, make_project
from tests.migrations.proof.guard import misbehaviours as bad

from asa.database.url import parse_url
from asa.errors import MigrationError
from asa.migrations.proof.guard import OverdueError, run_guarded
from asa.migrations.proof.guard.worker import Answer
from asa.model.event import silent
from asa.scratch import Server

OTHERS = {
    "sqlite": "mysql+pymysql://root@127.0.0.1/shop",
    "postgresql": "sqlite:///other.db",
    "mysql": "sqlite:///other.db",
}
DOWN = 'op.execute("DELETE FROM customers"); op.drop_table("customers")'
UP = 'op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True))'


@pytest.fixture
def scratch_url(database_server: Server) -> Iterator[str]:
    """A scratch database on the very server that the real one lives on: the hardest place."""
    yield from fresh_database(database_server)


def make_bad(root: Path, url: str, body: str) -> Path:
    """Make a project on the real database whose env.py is `body`."""
    root.mkdir()
    project = make_project(root, url)
    real = make_url(url)
    file = real.database if real.get_backend_name() == "sqlite" else ""
    parts = {"host": real.host, "port": real.port, "user": real.username}
    parts |= {"password": real.password, "db": real.database}
    values = {
        "RAW": bad.RAW[project_dialect(url)],
        "REAL": repr(url),
        "SYNC": repr(url.replace("+aiosqlite", "").replace("+aiomysql", "+pymysql")),
        "NAME": repr(file or real.database),
        "DSN": repr(url.replace("+asyncpg", "")),
        "PARTS": repr(parts),
        "OTHER": repr(OTHERS[project_dialect(url)]),
    }
    for word, value in values.items():
        body = replaced(body, word, value)
    (root / "migrations" / "env.py").write_text(bad.HEAD + body)
    (root / ".env").write_text(f"SHOP_URL={url}\nREAL_URL={url}\n")
    (root / "own_engine.py").write_text(
        f"from sqlalchemy.ext.asyncio import create_async_engine\n"
        f"engine = create_async_engine({url!r})\n"
    )
    project.write_revision("a", None, UP, DOWN)
    return root


def replaced(body: str, word: str, value: str) -> str:
    """Put a value in the place of a word, not of a part of one."""
    return re.sub(rf"\b{word}\b(?!_)", lambda _: value, body)


def project_dialect(url: str) -> str:
    return parse_url(url).dialect


def filled(root: Path, url: str) -> Project:
    """Fill the real database: at the revision, with rows."""
    root.mkdir()
    project = make_project(root, url)
    project.execute(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY)",
        "INSERT INTO customers VALUES (1), (2), (3)",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('a')",
    )
    return project


def state(project: Project) -> object:
    """Return what must not change: SQLite's bytes, the rows and marks of the others."""
    if project_dialect(project.url) == "sqlite":
        file = Path(make_url(project.url).database or "")
        return hashlib.sha256(file.read_bytes()).hexdigest(), sorted(
            other.name for other in file.parent.glob(f"{file.name}*")
        )
    return (
        project.execute("SELECT id FROM customers ORDER BY id", "SELECT * FROM alembic_version"),
        project.tables(),
    )


def guarded(work: object, *arguments: object, project: Project, scratch: str) -> Answer:
    return run_guarded(
        work,  # type: ignore[arg-type]
        *arguments,
        environment=project.environment(),
        scratch=parse_url(scratch),
        notify=silent,
        lent=True,
    )


def test_no_env_py_reaches_the_real_database(
    tmp_path: Path, database_url: str, scratch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = project_dialect(database_url)
    real = filled(tmp_path / "real", database_url)
    before = state(real)
    led, refused = dict(bad.LED), {**bad.REFUSED, **bad.OF_DIALECT[dialect]}
    if dialect != "postgresql":
        led["a synchronous driver"] = bad.SYNC
    roots = tuple(
        make_bad(tmp_path / name.replace("/", "-"), database_url, body)
        for name, body in {**led, **refused}.items()
    )
    monkeypatch.setenv("REAL_URL", database_url)
    # The project whose settings hold is one of them, so that its `.env` is laid below.
    project = Project(roots[0], "", database_url)
    answer = guarded(bad.runs, roots, project=project, scratch=scratch_url)
    assert state(real) == before
    outcomes = answer.value
    assert {name: outcomes[name] for name in led} == dict.fromkeys(led, ("a", "a"))
    said = {name: outcomes[name][0] for name in refused}
    # SQLite says in words of its own that ATTACH was refused.
    own_words = ("asa proves on a scratch database only", "not authorized")
    assert {k: v for k, v in said.items() if not any(words in v for words in own_words)} == {}
    assert len(answer.refused) >= len(refused)


def test_what_is_refused_is_said_with_its_place(tmp_path: Path, sqlite_url: str) -> None:
    real = filled(tmp_path / "real", sqlite_url)
    body = bad.REFUSED["a driver called at import"]
    project = Project(make_bad(tmp_path / "bad", sqlite_url, body), "", sqlite_url)
    before = state(real)
    with pytest.raises(MigrationError) as caught:
        guarded(
            bad.runs_one, "head", project=project, scratch=f"sqlite:///{tmp_path}/scratch/one.db"
        )
    name = Path(make_url(sqlite_url).database or "").name
    assert caught.value.message.startswith(
        f"the proof guard refused the SQLite file {name} (migrations/env.py:"
    )
    assert caught.value.hint
    assert state(real) == before


def test_work_that_does_not_end_is_ended(tmp_path: Path, sqlite_url: str) -> None:
    body = "import time\ntime.sleep(600)"
    project = Project(make_bad(tmp_path / "bad", sqlite_url, body), "", sqlite_url)
    with pytest.raises(OverdueError, match="not done in 2 s"):
        run_guarded(
            bad.runs_one,
            "head",
            environment=project.environment(),
            scratch=parse_url(f"sqlite:///{tmp_path}/scratch.db"),
            notify=silent,
            limit_s=2,
        )


def test_a_process_that_dies_is_told_with_its_last_words(tmp_path: Path, sqlite_url: str) -> None:
    body = 'print("out of cheese")\nsys.stdout.flush()\nos._exit(7)'
    project = Project(make_bad(tmp_path / "bad", sqlite_url, body), "", sqlite_url)
    with pytest.raises(MigrationError, match="without an answer: out of cheese"):
        guarded(bad.runs_one, "head", project=project, scratch=f"sqlite:///{tmp_path}/scratch.db")
