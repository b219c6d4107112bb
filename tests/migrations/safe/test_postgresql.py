"""PostgreSQL's safe forms: what is written, how it runs with rows, and when it is left alone."""

import io
import re
from pathlib import Path

import pytest
from alembic import command
from tests.migrations.project import HEAD, Project, make_project

from asa.migrations.review.choice import Choice
from asa.migrations.review.review import review
from asa.migrations.revision import Written, migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent
from asa.model.finding import Severity

BEFORE = """
from sqlalchemy import Enum, text

class User(Base):
    __tablename__ = "Users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(
        Enum("a", "b", name="ck_kind", native_enum=False, create_constraint=True)
    )
    old: Mapped[int | None] = mapped_column(index=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(index=True)
"""
AFTER = """
from sqlalchemy import Enum, Uuid, text

class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)

class User(Base):
    __tablename__ = "Users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(
        Enum("a", "b", "c", name="ck_kind", native_enum=False, create_constraint=True)
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="it's new")
    score: Mapped[int] = mapped_column(server_default="0")
    token: Mapped[str] = mapped_column(Uuid, server_default=text("gen_random_uuid()"))

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("Users.id"), index=True)
    note: Mapped[str | None]
"""
ROWS = (
    """INSERT INTO "Users" (id, email, kind, old)
    SELECT n, n || '@x', 'a', n FROM generate_series(1, 500) n""",
    "INSERT INTO orders (id, user_id) SELECT n, n FROM generate_series(1, 500) n",
)


@pytest.fixture
def project(tmp_path: Path, postgresql_url: str) -> Project:
    """A project on PostgreSQL."""
    return make_project(tmp_path, postgresql_url)


def at_head(project: Project, models: str) -> None:
    """Bring the database to where the models are."""
    project.write_models(models)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)


def written(project: Project, models: str, *, plain: bool = False) -> Written:
    """Write the revisions that lead to other models, without a question."""
    from asa.migrations.rename import Answers

    project.write_models(models)
    made = migrate(project.environment(), "grow", silent, Answers(none=True), plain=plain)
    assert isinstance(made, Written)
    return made


def texts(project: Project, made: Written) -> list[str]:
    """Return what the revisions' upgrades do."""
    files = [(project.root / revision.file).read_text() for revision in made.revisions]
    return [text[text.index("def upgrade") : text.index("def downgrade")] for text in files]


def test_all_forms_run_with_rows_both_ways_and_pass_the_review(project: Project) -> None:
    at_head(project, BEFORE)
    made = written(project, AFTER)
    found = review(
        project.environment(),
        Choice(tuple(revision.id for revision in made.revisions)),
        silent,
        dialect="postgresql",
        ask_database=False,
    )
    grave = [f for f in found.judgement.at_least(Severity.WARNING) if f.rule != "dropped-column"]
    assert grave == []
    project.execute(*ROWS)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    states = project.execute('SELECT DISTINCT state, score FROM "Users"')[0]
    assert states == [("it's new", 0)]
    assert project.execute('SELECT count(DISTINCT token) FROM "Users"')[0] == [(500,)]
    unfinished = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"
    assert project.execute(unfinished)[0] == [(0,)]
    assert project.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")[0] == [(0,)]
    parent = made.parents[0].id
    downgrade(project.environment(), parent, silent, confirmed=True)
    project.write_models(BEFORE)
    assert read_status(project.environment(), silent).clean is False  # revisions are pending
    again = upgrade(project.environment(), "head", silent)
    assert len(again.steps) == len(made.revisions)


def test_every_revision_runs_offline_under_plain_alembic(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    monkeypatch.syspath_prepend(project.root)
    at_head(project, BEFORE)
    made = written(project, AFTER)
    output = io.StringIO()
    config = project.environment().alembic_config(output)
    command.upgrade(config, f"{made.parents[0].id}:head", sql=True)
    sql = output.getvalue()
    assert sql.count("CREATE INDEX CONCURRENTLY") == 2
    assert sql.count("CREATE UNIQUE INDEX CONCURRENTLY") == 1
    # Nothing that is CONCURRENT, and no batch, stands within a transaction.
    for part in re.findall(r"BEGIN;(.*?)COMMIT;", sql.replace("        COMMIT;", ""), re.DOTALL):
        assert "CONCURRENTLY" not in part
        assert "VALIDATE" not in part


def test_an_index_alone_is_one_revision_without_a_transaction(project: Project) -> None:
    at_head(project, BEFORE)
    indexed = BEFORE.replace(
        "user_id: Mapped[int | None]", "user_id: Mapped[int | None] = mapped_column(index=True)"
    )
    (text,) = texts(project, written(project, indexed))
    assert text.index("autocommit_block") < text.index("drop_index") < text.index("create_index")


def test_a_build_that_failed_is_mended_by_the_next_run(project: Project) -> None:
    at_head(project, BEFORE)
    unique = BEFORE.replace(
        "email: Mapped[str | None] = mapped_column(String(100))",
        "email: Mapped[str | None] = mapped_column(String(100), unique=True)",
    )
    written(project, unique)
    project.execute("""INSERT INTO "Users" (id, email, kind) VALUES (1, 'x', 'a'), (2, 'x', 'a')""")
    with pytest.raises(Exception, match="fail"):
        upgrade(project.environment(), "head", silent)
    assert project.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")[0] == [(1,)]
    project.execute('DELETE FROM "Users" WHERE id = 2')
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    assert project.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")[0] == [(0,)]


def test_a_required_column_of_which_nothing_is_known_fails_where_a_row_is(
    project: Project,
) -> None:
    at_head(project, BEFORE)
    required = BEFORE + "    total: Mapped[int]\n"
    made = written(project, required)
    assert any("fill it here" in text for text in texts(project, made))
    project.execute(*ROWS)
    with pytest.raises(Exception, match="fail"):
        upgrade(project.environment(), "head", silent)
    assert project.execute("SELECT count(*) FROM orders")[0] == [(500,)]
    project.execute("UPDATE orders SET total = 1")
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean


def test_plain_leaves_everything_as_alembic_generates_it(project: Project) -> None:
    at_head(project, BEFORE)
    (text,) = texts(project, written(project, AFTER, plain=True))
    assert "CONCURRENTLY" not in text
    assert "concurrently" not in text
    assert "not_valid" not in text


def test_an_index_of_a_partitioned_table_is_built_partition_by_partition(project: Project) -> None:
    parts = (
        HEAD
        + """
class Part(Base):
    __tablename__ = "parts"
    __table_args__ = {"postgresql_partition_by": "RANGE (id)"}
    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str | None]
"""
    )
    parts = parts.removeprefix(HEAD)
    at_head(project, parts)
    project.execute(
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (1000)",
        "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (9000)"
        " PARTITION BY RANGE (id)",
        "CREATE TABLE parts_2_a PARTITION OF parts_2 FOR VALUES FROM (1000) TO (2000)",
        "INSERT INTO parts SELECT i, 'w' || i FROM generate_series(1, 1900) i",
    )
    made = written(
        project,
        parts.replace("Mapped[str | None]", "Mapped[str | None] = mapped_column(index=True)"),
    )
    (text,) = texts(project, made)
    assert text.count("postgresql_concurrently=True") == 2
    (judged,) = review(project.environment(), Choice(("head",)), silent).revisions
    assert not judged.findings
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    names = "SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid ORDER BY 1"
    parted = {"ix_parts_word", "parts_1_ix_parts_word", "parts_2_a_ix_parts_word"}
    assert parted <= {name for (name,) in project.execute(names)[0]}
    downgrade(project.environment(), "-1", silent, confirmed=True)
    assert not parted & {name for (name,) in project.execute(names)[0]}
