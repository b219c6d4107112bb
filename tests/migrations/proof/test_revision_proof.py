"""A new revision is proved on scratch: up, down, up again, equal to the models."""

import copy
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

from asa.migrations.proof.replay_cache import SUFFIX
from asa.migrations.proof.revision_proof import Proof, Proved, Refuted, Unproved, prove
from asa.migrations.proof.scratch_server import Bench
from asa.migrations.revision import migrate
from asa.migrations.stamping import find_revision
from asa.migrations.upgrade import upgrade
from asa.model.event import silent
from asa.scratch import Server

TIER = """
import enum
from sqlalchemy import Enum, text

class Tier(enum.Enum):
    bronze = "bronze"
    gold = "gold"
"""
WITH_TIER = CUSTOMER + '    tier: Mapped[Tier] = mapped_column(server_default="gold")\n'


@pytest.fixture
def bench(database_server: Server) -> Bench:
    """Scratch databases on the server of the real one, as on one that a user lends."""
    bench = Bench(database_server.dialect)
    lent = replace_supervisor(database_server)
    bench.started.append(lent)
    return bench


def replace_supervisor(server: Server) -> Server:
    """Return the server as one that is lent."""
    lent = copy.copy(server)
    lent.supervised = None
    return lent


def proof_of(project: Project, bench: Bench, revision: str = "head", **options: float) -> Proof:
    environment = project.environment()
    found = find_revision(environment, revision)
    return prove(environment, (found,), bench, None, silent, **{"limit_s": 60, **options})


def logs() -> list[Path]:
    return list(Path(os.environ["XDG_CACHE_HOME"]).rglob(f"*{SUFFIX}"))


def test_what_asa_writes_goes_up_down_and_up_again(project: Project, bench: Bench) -> None:
    project.write_models(CUSTOMER)
    migrate(project.environment(), "start", silent)
    project.write_models(CUSTOMER, ORDER)
    proof = proof_of(project, bench)
    # The models went on, so the first revision alone does not equal them.
    assert isinstance(proof, Refuted)
    assert "CreateTable" in str(proof.operations)
    project.write_models(CUSTOMER)
    proof = proof_of(project, bench)
    assert isinstance(proof, Proved), proof
    assert proof.compared is None
    assert min(proof.up_ms, proof.down_ms, proof.again_ms) > 0
    assert project.tables() == set()


def test_the_history_before_is_replayed_once(project: Project, bench: Bench) -> None:
    project.write_revision(
        "a",
        None,
        'op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True), '
        'sa.Column("name", sa.String(50), nullable=False)); '
        """op.execute("INSERT INTO customers VALUES (1, '100%')")""",
        'op.drop_table("customers")',
    )
    project.write_revision("b", "a", "pass")
    assert logs() == []
    assert isinstance(proof_of(project, bench), Proved)
    (log,) = logs()
    assert log.stat().st_mode & 0o077 == 0
    assert isinstance(proof_of(project, bench), Proved)
    # The second time the revisions are not run: what they would do now does not matter.
    log.write_text(log.read_text().replace("50", "51"))
    again = proof_of(project, bench)
    if bench.dialect != "sqlite":
        assert isinstance(again, Refuted)
        assert "varchar(51)" in str(again.operations).lower()
    file = project.root / "migrations" / "versions" / "a_.py"
    file.write_text(file.read_text() + "\n# changed\n")
    assert isinstance(proof_of(project, bench), Proved)
    assert len(logs()) == 2


def test_a_log_that_does_not_serve_is_forgotten(project: Project, bench: Bench) -> None:
    project.write_revision("a", None, "pass")
    project.write_revision("b", "a", 'op.execute("SELECT 1")')
    project.write_models("")
    assert isinstance(proof_of(project, bench), Proved)
    (log,) = logs()
    log.write_text('[["CREATE NONSENSE", []]]')
    assert isinstance(proof_of(project, bench), Proved)
    assert "NONSENSE" not in log.read_text()


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "reason"),
    [
        ('op.execute("SELECT nonsense")', "pass", "up failed"),
        ('op.execute("SELECT 1")', 'op.drop_table("nowhere")', "down failed"),
        (
            'op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))',
            'op.drop_table("extra")',
            "the schema after it does not equal the models",
        ),
    ],
)
def test_what_fails_is_refuted(
    sqlite_project: Project, upgrade: str, downgrade: str, reason: str
) -> None:
    sqlite_project.write_models("")
    sqlite_project.write_revision("a", None, upgrade, downgrade)
    proof = proof_of(sqlite_project, Bench("sqlite"))
    assert isinstance(proof, Refuted), proof
    assert proof.reason == reason
    assert proof.details or proof.operations


def test_a_downgrade_that_undoes_nothing_is_refuted(project: Project, bench: Bench) -> None:
    table = 'op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True), '
    project.write_revision("a", None, table + 'sa.Column("name", sa.String(50), nullable=False))')
    proof = proof_of(project, bench)
    assert isinstance(proof, Refuted), proof
    assert proof.reason == "its downgrade does not undo what it does"
    assert proof.operations


def test_a_history_that_does_not_replay_says_which_revision(sqlite_project: Project) -> None:
    sqlite_project.write_revision("a", None, "pass")
    sqlite_project.write_revision("b", "a", 'op.drop_table("made_by_hand")')
    sqlite_project.write_revision("c", "b", "pass")
    proof = proof_of(sqlite_project, Bench("sqlite"))
    assert isinstance(proof, Unproved)
    assert proof.reason.startswith("the history before it does not replay: b step b failed")
    assert ("error", "no such table: made_by_hand") in proof.details


def test_what_takes_too_long_is_unproved(sqlite_project: Project) -> None:
    sqlite_project.write_revision("a", None, "import time; time.sleep(60)")
    proof = proof_of(sqlite_project, Bench("sqlite"), limit_s=2)
    assert proof == Unproved("budget")


def test_what_the_guard_refused_is_no_fault_of_the_revision(sqlite_project: Project) -> None:
    sqlite_project.write_revision(
        "a", None, 'import sqlite3; sqlite3.connect("elsewhere.db")', "pass"
    )
    proof = proof_of(sqlite_project, Bench("sqlite"))
    assert isinstance(proof, Unproved)
    assert proof.reason.startswith("the proof guard refused the SQLite file elsewhere.db (")


def test_mariadb_proves_nothing_for_mysql(mysql_url: str, tmp_path: Path) -> None:
    project = make_project(tmp_path, mysql_url)
    project.write_revision("a", None, "pass")
    environment = project.environment()
    bench = Bench("mysql", lent=mysql_url)
    about = bench.expected
    other = "MySQL" if about.flavour == "MariaDB" else "MariaDB"
    revision = find_revision(environment, "head")
    proof = prove(environment, (revision,), bench, replace(about, flavour=other), silent)
    assert proof == Unproved(f"scratch is {about.flavour}")


def test_an_enumeration_comes_goes_and_comes_again(project: Project, bench: Bench) -> None:
    project.write_models(TIER, WITH_TIER)
    migrate(project.environment(), "start", silent)
    proof = proof_of(project, bench)
    assert isinstance(proof, Proved), proof
    project.write_models(TIER, CUSTOMER)
    environment = project.environment()
    upgrade(environment, "head", silent)
    written = project.migrate("no tier")
    assert written.revision is not None
    proof = proof_of(project, bench)
    assert isinstance(proof, Proved), proof
