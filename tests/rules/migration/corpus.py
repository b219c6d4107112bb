"""Revisions to judge, written as their authors would, on a schema that a first one makes."""

import sys
import tempfile
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from tests.migrations.project import make_project

from asa.migrations.env_run import standing_in
from asa.migrations.review.changes import hear_changes
from asa.migrations.review.choice import Choice, choose
from asa.model.change import RevisionChange
from asa.model.finding import Finding
from asa.model.schema import Schema
from asa.model.server import Server
from asa.rules import migration_rules, rule_named

BASE = """
op.create_table(
    "users",
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column("email", sa.String(50)),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("age", sa.Integer()),
    sa.Column("active", sa.Boolean(), server_default=sa.text("true")),
    sa.Column("bio", sa.Text()),
    sa.Column("score", sa.Numeric(10, 2)),
    sa.Column("seen", sa.DateTime(timezone=True)),
)
op.create_table(
    "orders",
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    ),
    sa.Column("tag_id", sa.BigInteger()),
    sa.Column("note", sa.Text()),
    sa.Column("status", sa.String(20)),
)
op.create_table("tags", sa.Column("id", sa.BigInteger(), primary_key=True))
"""
FILE = '''"""{id}"""
import sqlalchemy as sa
from alembic import op
{head}
revision = "{id}"
down_revision = {parent!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''


@dataclass(frozen=True)
class Case:
    """A revision behind one that makes the tables `users`, `orders` and `tags`.

    Attributes:
        upgrade: Body of its `upgrade`.
        downgrade: Body of its `downgrade`.
        rows: Rows of each table that is there; None where that is not known.
        version: Of the server; empty where there is none.
        head: Lines above the functions.
        env: Text added to env.py.
        after: Body of a revision that follows it and is judged with it.
    """

    dialect: str
    upgrade: str
    downgrade: str = "pass"
    rows: int | None = None
    version: tuple[int, ...] = ()
    head: str = ""
    env: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.dialect}: {' '.join(self.upgrade.split())[:70]}"


def findings(rule: str, case: Case) -> list[Finding]:
    """Return what one rule finds in a case."""
    known = rule_named(rule)
    assert known is not None
    if case.dialect not in known.dialects:
        return []
    return list(cast("Iterable[Finding]", known.check(change_of(case))))


def all_findings(case: Case) -> list[Finding]:
    """Return what every rule of the dialect finds in a case."""
    change = change_of(case)
    rules = [rule for rule in migration_rules() if case.dialect in rule.dialects]
    return [found for rule in rules for found in rule.check(change)]  # type: ignore[attr-defined]


def change_of(case: Case) -> RevisionChange:
    """Return a case as the rules see it."""
    server = Server(case.dialect, "", case.version, "") if case.version else None
    with tempfile.TemporaryDirectory(prefix="asa-corpus-") as directory:
        project = make_project(Path(directory), f"sqlite+aiosqlite:///{directory}/absent.db")
        versions = Path(directory) / "migrations" / "versions"
        write(versions, "first", None, BASE, "pass")
        write(versions, "case", "first", case.upgrade, case.downgrade, case.head)
        if case.after:
            write(versions, "later", "case", case.after, "pass")
        env_py = Path(directory) / "migrations" / "env.py"
        env_py.write_text(f"{env_py.read_text()}\n{case.env}")
        with standing_in(project.environment()) as site:
            chosen, _ = choose(site, Choice(("case", *(["later"] if case.after else []))), None)
            changes, _ = hear_changes(site, chosen, case.dialect, server, None)
        sys.modules.pop(project.models, None)
    (change,) = (change for change in changes if change.revision.id == "case")
    if case.rows is None:
        return change
    tables = (replace(table, rows=case.rows) for table in change.before.tables)
    return replace(change, before=Schema(tuple(tables)))


def write(
    versions: Path, name: str, parent: str | None, upgrade: str, downgrade: str, head: str = ""
) -> None:
    """Write a revision's file."""
    bodies = (
        textwrap.indent(textwrap.dedent(body).strip(), "    ") for body in (upgrade, downgrade)
    )
    text = FILE.format(
        id=name, parent=parent, head=head, upgrade=next(bodies), downgrade=next(bodies)
    )
    (versions / f"{name}.py").write_text(text)
