"""Proved index advice goes into the models and a revision; upgraded, nothing is left to advise."""

import json
import re
from pathlib import Path

from tests.migrations.project import Project, make_project

LEDGER = """
class Entry(Base):
    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_kind_amount", "kind", "amount"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[int]
    kind: Mapped[int] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column()
    posted: Mapped[int]
    email: Mapped[str] = mapped_column(String(60))
"""
LOG = """\
SELECT * FROM entries WHERE email = 'm77@example.org';
SELECT * FROM entries WHERE account = 7 ORDER BY posted DESC, amount LIMIT 10;
SELECT id FROM entries WHERE kind = 3 AND amount = 12;
"""
ROWS = 40_000
FILLED = {
    "sqlite": "INSERT INTO entries WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r"
    f" WHERE n < {ROWS}) SELECT n, n * 7919 % 40, n % 50, n % 900, n * 31 % 90000,"
    " 'm' || n || '@example.org' FROM r",
    "postgresql": "INSERT INTO entries SELECT n, n * 7919 % 40, n % 50, n % 900, n * 31 % 90000,"
    f" 'm' || n || '@example.org' FROM generate_series(1, {ROWS}) n",
    "mysql": "INSERT INTO entries SELECT seq, seq * 7919 % 40, seq % 50, seq % 900,"
    f" seq * 31 % 90000, concat('m', seq, '@example.org') FROM seq_1_to_{ROWS}",
}
MEASURED = {"sqlite": "ANALYZE", "postgresql": "ANALYZE entries", "mysql": "ANALYZE TABLE entries"}
TABLE = (
    "CREATE TABLE entries (id INTEGER NOT NULL PRIMARY KEY, account INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, amount INTEGER NOT NULL, posted INTEGER NOT NULL,"
    " email VARCHAR(60) NOT NULL)"
)
CREATED = (
    TABLE,
    "CREATE INDEX ix_entries_kind ON entries (kind)",
    "CREATE INDEX ix_entries_kind_amount ON entries (kind, amount)",
)


def ledger(root: Path, url: str) -> Project:
    """Return a project at head whose table has rows, and a log of what it is asked."""
    project = make_project(root, url)
    project.write_models(LEDGER)
    (root / "asa.toml").write_text(f'url = "{url}"\n')
    (root / "queries.sql").write_text(LOG)
    project.write_revision("1a", None, "; ".join(f"op.execute({sql!r})" for sql in CREATED))
    dialect = url.partition("+")[0]
    marks = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    mark = "INSERT INTO alembic_version VALUES ('1a')"
    project.execute(*CREATED, FILLED[dialect], MEASURED[dialect], marks, mark)
    return project


def advice(project: Project, *words: str) -> set[tuple[str, str]]:
    """Return (rule, subject) of each finding about an index."""
    done = project.asa_process("optimize", "queries.sql", "--format", "json", *words)
    found = json.loads(done.stdout)["findings"]
    return {(one["rule"], one["subject"]) for one in found if one["rule"].endswith("index")}


def test_advice_written_and_upgraded_leaves_nothing(tmp_path: Path, database_url: str) -> None:
    project = ledger(tmp_path, database_url)
    before = set(project.files)
    found = advice(project, "--fix", "--yes")
    # The sample of MariaDB holds too few rows of an account for their sort to cost anything.
    sorts = "mysql" not in database_url
    assert found == {
        ("missing-index", "entries (email)"),
        ("missing-index", f"entries (account{', posted DESC, amount' if sorts else ''})"),
        ("redundant-index", "ix_entries_kind on entries (kind)"),
    }
    models = (tmp_path / f"{project.models}.py").read_text()
    assert "email: Mapped[str] = mapped_column(String(60), index=True)" in models
    assert ("Entry.posted.desc()," in models) == sorts
    assert "kind: Mapped[int] = mapped_column()\n" in models
    (file,) = set(project.files) - before
    certificate = (tmp_path / "migrations" / "versions" / file).read_text()
    assert re.search(r"Proved by asa optimize on \d{4}-\d\d-\d\d:", certificate)
    assert "query   SELECT * FROM entries WHERE email = " in certificate
    assert "m77" not in certificate
    assert project.asa_process("upgrade").returncode == 0
    done = project.asa_process("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert advice(project) == set()


def test_without_models_the_statement_to_paste_is_told(tmp_path: Path, sqlite_url: str) -> None:
    project = Project(tmp_path, "", sqlite_url)
    (tmp_path / "queries.sql").write_text(LOG)
    project.execute(*CREATED, FILLED["sqlite"])
    done = project.asa_process("optimize", "queries.sql", "--url", sqlite_url, "--fix", "--yes")
    assert done.returncode == 1
    assert "the models are left: no models were found" in done.stderr
    assert "by hand: CREATE INDEX ix_entries_email ON entries (email)" in done.stderr
    assert "by hand: DROP INDEX ix_entries_kind" in done.stderr


def test_what_else_the_models_have_changed_stays_out(tmp_path: Path, sqlite_url: str) -> None:
    project = ledger(tmp_path, sqlite_url)
    project.write_models(f"{LEDGER}    memo: Mapped[str | None] = mapped_column(String(9))\n")
    before = set(project.files)
    done = project.asa_process("optimize", "queries.sql", "--fix", "--yes")
    assert "the models differ from the database in other ways too" in done.stderr
    # What is next stands below what was written.
    assert "\nnext  " not in done.stdout
    (file,) = set(project.files) - before
    revision = (tmp_path / "migrations" / "versions" / file).read_text()
    assert "ix_entries_email" in revision
    assert "memo" not in revision


def test_nobody_asked_nothing_is_written(tmp_path: Path, sqlite_url: str) -> None:
    project = ledger(tmp_path, sqlite_url)
    models = tmp_path / f"{project.models}.py"
    before = models.read_text(), project.files
    done = project.asa_process("optimize", "queries.sql", "--fix")
    assert done.returncode == 2
    assert "+    email: Mapped[str] = mapped_column(String(60), index=True)" in done.stderr
    assert "add --yes" in done.stderr
    assert (models.read_text(), project.files) == before


def test_without_its_revision_the_models_are_as_they_were(tmp_path: Path, sqlite_url: str) -> None:
    project = ledger(tmp_path, sqlite_url)
    project.write_revision("2a", "1a", "pass")
    project.write_revision("2b", "1a", "pass")
    models = tmp_path / f"{project.models}.py"
    before = models.read_text(), project.files
    done = project.asa_process("optimize", "queries.sql", "--fix", "--yes")
    assert done.returncode == 1
    assert done.stderr.endswith('next  asa merge "join heads"\n')
    assert "written into" not in done.stderr
    assert (models.read_text(), project.files) == before
