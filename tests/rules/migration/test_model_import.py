"""Models that a revision takes from the application; the corpus has no application."""

from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, make_project

from asa.migrations.review.choice import Choice
from asa.migrations.review.review import review
from asa.model.event import silent

TYPES = "from sqlalchemy import String\n\n\nclass Name(String):\n    pass\n"


def named(tmp_path: Path, head: str, body: str) -> list[tuple[str, int]]:
    """Return what the rule finds in a revision of a project with models and types."""
    project = make_project(tmp_path, "sqlite+aiosqlite:///absent.db")
    project.write_models(CUSTOMER)
    (tmp_path / f"{project.models}_types.py").write_text(TYPES)
    file = project.write_revision("a", None, body.format(models=project.models))
    file.write_text(head.format(models=project.models) + "\n" + file.read_text())
    found = review(project.environment(), Choice(everything=True), silent, ask_database=False)
    return [
        (finding.subject.removeprefix(project.models), finding.location.line)
        for finding in found.judgement.findings
        if finding.rule == "model-import" and finding.location
    ]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("from {models} import Customer", "op.execute(sa.delete(Customer))"),
        ("", "from {models} import Customer; op.execute(sa.delete(Customer))"),
        ("import {models}", "op.execute(sa.delete({models}.Customer))"),
        ("import {models} as m", "op.execute(sa.delete(m.Customer.__table__))"),
        ("from {models} import Base", "Base.metadata.create_all(op.get_bind())"),
    ],
)
def test_fires(tmp_path: Path, head: str, body: str) -> None:
    """A mapped class, a table or metadata is found where it is taken."""
    found = named(tmp_path, head, body)
    assert found
    assert all(line for _, line in found)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import {models}_types", 'op.add_column("t", sa.Column("n", {models}_types.Name(5)))'),
        ("from {models}_types import Name", 'op.add_column("t", sa.Column("n", Name(5)))'),
        ("import {models}", "pass"),
        ("", 't = sa.table("customers", sa.column("id")); op.execute(t.delete())'),
        ("from sqlalchemy import Table, MetaData", "pass"),
    ],
)
def test_is_silent(tmp_path: Path, head: str, body: str) -> None:
    """A column type, a module and a table of the revision's own are not."""
    assert named(tmp_path, head, body) == []
