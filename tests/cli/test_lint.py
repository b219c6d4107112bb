"""asa lint as it is typed: exit codes, streams and forms."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.project.repositories import write

MODELS = """
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=[])
    price: Mapped[float]
"""


def asa(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "asa", "lint", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, {"models.py": MODELS, "asa.toml": 'ignore = ["overflowing-key"]\n'})


def test_findings_stand_under_their_rule_with_each_place(root: Path) -> None:
    done = asa(root, "--dialect", "postgresql")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "asa lint   1 table, 1 mapped class, 0 engines   for postgresql" in done.stdout
    assert "✗ mutable-default\n    models.py:10  User.tags has a list" in done.stdout
    assert "! float-money\n    models.py:11  User.price keeps money as a float" in done.stdout
    assert "✗ 1 error, 1 warning" in done.stdout
    assert done.stdout.rstrip().endswith("next  asa rules mutable-default")
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_what_comments_silence_is_counted_on_stderr(root: Path) -> None:
    models = root / "models.py"
    models.write_text(
        models.read_text().replace(
            "default=[])", "default=[])  # asa: ignore[mutable-default] never changed"
        )
    )
    done = asa(root, "--dialect", "sqlite")
    assert "mutable-default" not in done.stdout
    assert "1 finding silenced by comments in the source" in done.stderr


def test_mariadb_is_judged_as_mysql_is(root: Path) -> None:
    assert "0 engines   for mysql\n" in asa(root, "--dialect", "mariadb").stdout


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("warning", 1), ("never", 0)])
def test_the_severity_that_fails_can_be_chosen(root: Path, fail_on: str, code: int) -> None:
    assert asa(root, "--fail-on", fail_on, "--format", "json").returncode == code


def test_every_form_holds_the_findings(root: Path) -> None:
    document = json.loads(asa(root, "--format", "json").stdout)
    assert [finding["rule"] for finding in document["findings"]] == [
        "mutable-default",
        "float-money",
    ]
    sarif = json.loads(asa(root, "--format", "sarif").stdout)
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 10
    assert "::error file=models.py,line=10" in asa(root, "--format", "github").stdout


def test_clean_models_say_what_was_judged(tmp_path: Path) -> None:
    clean = MODELS.replace("default=[]", "default=list").replace("price: Mapped[float]", "")
    root = write(tmp_path, {"models.py": clean})
    done = asa(root, "--dialect", "sqlite")
    assert done.returncode == 0
    assert "✓ nothing found: 1 table, 1 mapped class, 0 engines" in done.stdout


def test_a_project_without_models_is_told_what_to_do(tmp_path: Path) -> None:
    done = asa(tmp_path)
    assert done.returncode == 2
    assert "no models were found" in done.stderr
    assert "asa init" in done.stderr


DATABASE = """
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine(
    "postgresql+asyncpg://u@h/d",
    pool_size=5,
)
new_session = async_sessionmaker(engine)
"""


def test_fixes_are_shown_then_written_and_silence_their_rules(tmp_path: Path) -> None:
    root = write(tmp_path, {"models.py": MODELS, "database.py": DATABASE})
    asked = asa(root, "--fix", "--dialect", "postgresql")
    assert asked.returncode == 2
    assert "+    pool_pre_ping=True,\n" in asked.stderr
    assert "add --yes" in asked.stderr
    assert (root / "database.py").read_text() == DATABASE.lstrip("\n")
    done = asa(root, "--fix", "--yes", "--dialect", "postgresql")
    assert "2 fixes written into 1 file" in done.stderr
    text = (root / "database.py").read_text()
    assert "    pool_size=5,\n    pool_pre_ping=True,\n)" in text
    assert "async_sessionmaker(engine, expire_on_commit=False)" in text
    again = asa(root, "--dialect", "postgresql").stdout
    assert "missing-pre-ping" not in again
    assert "expire-on-commit" not in again
