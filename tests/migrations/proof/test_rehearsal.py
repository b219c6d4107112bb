"""A rehearsal meets a sample of the database's rows, and leaves the database as it is."""

from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project

from asa.database.dialect import dialect_named
from asa.database.sample import Sample, Wanted
from asa.database.url import parse_url
from asa.errors import MigrationError
from asa.migrations.own_connection import run_apart
from asa.migrations.proof.rehearsal import rehearse
from asa.migrations.upgrade import upgrade
from asa.model.event import Event, silent

PEOPLE = (
    "op.create_table('team', sa.Column('id', sa.Integer, primary_key=True), "
    "sa.Column('lead', sa.Integer, sa.ForeignKey('team.id'))); "
    "op.create_table('people', sa.Column('id', sa.Integer, primary_key=True), "
    "sa.Column('email', sa.String(50)), sa.Column('height', sa.Numeric(9, 2)), "
    "sa.Column('facts', sa.JSON), sa.Column('photo', sa.LargeBinary), "
    "sa.Column('team_id', sa.Integer, sa.ForeignKey('team.id')))"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A project whose database has 700 people in teams; two share an address, one has none."""
    made = make_project(tmp_path, request.getfixturevalue(f"{request.param}_url"), "batch")
    made.write_revision("a", None, PEOPLE)
    upgrade(made.environment(), "head", silent)
    series = (
        "SELECT n FROM generate_series(1, 700) n"
        if request.param == "postgresql"
        else "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 700)"
        " SELECT n FROM s"
    )
    blob = "'\\xff00'" if request.param == "postgresql" else "x'ff00'"
    made.execute(
        f"INSERT INTO team SELECT n, CASE WHEN n > 1 THEN n / 2 END FROM ({series}) x",
        "INSERT INTO people SELECT n, 'p' || n, 123456.78, '{\"a\": 1.50}', "
        f"{blob}, 701 - n FROM ({series}) x".replace('"a":', '"a"\\:'),
        "UPDATE people SET email = NULL WHERE id = 600",
        "UPDATE people SET email = 'p1' WHERE id = 2",
    )
    return made


def sampled(project: Project, most: int = 20) -> Sample:
    sampling = dialect_named(parse_url(project.url).dialect).sampling
    assert sampling is not None
    return run_apart(sampling.read(parse_url(project.url), Wanted(most, "alembic_version")))


def test_a_sample_is_bounded_and_refers_to_nothing_outside(project: Project) -> None:
    sample = sampled(project)
    by_name = {table.name.strip('"'): table for table in sample.tables}
    assert set(by_name) == {"team", "people"}
    assert 20 <= len(by_name["people"].rows) < 60
    assert len(by_name["team"].rows) < 200
    assert sample.left_out == ()


def test_a_sample_comes_back_as_it_was(project: Project, tmp_path: Path) -> None:
    sampling = dialect_named(parse_url(project.url).dialect).sampling
    assert sampling is not None
    sample = sampled(project, 1000)
    everything = ("SELECT * FROM team ORDER BY id", "SELECT * FROM people ORDER BY id")
    before = project.execute(*everything)
    project.execute("DELETE FROM people", "DELETE FROM team")
    assert run_apart(sampling.write(parse_url(project.url), sample)) == ()
    assert project.execute(*everything) == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("batch.alter_column('email', nullable=False, existing_type=sa.String(50))", "null"),
        ("batch.create_unique_constraint('uq', ['email'])", "unique"),
    ],
)
def test_what_fails_on_rows_fails_in_the_rehearsal(
    project: Project, change: str, word: str
) -> None:
    body = f"with op.batch_alter_table('people') as batch:;     {change}"
    project.write_revision("b", "a", body)
    events: list[Event] = []
    with pytest.raises(MigrationError) as caught:
        rehearse(project.environment(), "head", None, events.append)
    assert word in dict(caught.value.details)["error"].lower()
    assert "p1" not in str(caught.value.details)
    assert [e for e in events if e.text.startswith("taking along ")]
    assert project.marks == ["a"]
    moved = rehearse(project.environment(), "head", None, silent, rows=0)
    assert len(moved.steps) == 1
