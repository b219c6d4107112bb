"""`asa review --trace`: what a revision locks and rewrites, watched on a scratch PostgreSQL."""

import json
from pathlib import Path

import pytest
from tests.cli.test_verify import TABLE, cache, run
from tests.migrations.project import Project, make_project

__all__ = ["cache"]

ORDERS = (
    'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("customer_id", sa.Integer), sa.Column("sku", sa.Integer))'
)
ALONE = "with op.get_context().autocommit_block():; "


@pytest.fixture
def project(tmp_path: Path, postgresql_url: str) -> Project:
    made = make_project(tmp_path, postgresql_url)
    made.write_revision("aaa", None, f"{TABLE.format(length=50)}; {ORDERS}")
    return made


def rows(project: Project, *words: str) -> list[list[str]]:
    """Return the lines about watched statements, as words."""
    done = run(project, "review", *words, "--trace", "--dialect", "postgresql", "--offline")
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.partition("watched on scratch")[2].splitlines()[1:]
    return [line.split() for line in lines[: lines.index("")]]


def test_each_statement_is_told_with_its_locks_and_rewrites(project: Project) -> None:
    project.write_revision(
        "bbb",
        "aaa",
        'op.alter_column("orders", "sku", type_=sa.BigInteger()); '
        'op.create_foreign_key("fk", "orders", "customers", ["customer_id"], ["id"])',
    )
    found = rows(project, "bbb")
    assert found[0][:4] == [":10", "ALTER", "TABLE", "orders"]
    assert found[0][-1] == "ms"
    assert found[1] == ["orders", "ACCESS", "EXCLUSIVE,", "SHARE"]
    assert found[2] == ["orders", "written", "anew"]
    assert found[3][0] == ":11"
    assert " ".join(found[4]) == "customers SHARE ROW EXCLUSIVE, ROW SHARE, ACCESS SHARE"


@pytest.mark.parametrize(
    ("statement", "mode"),
    [
        ('op.create_index("ix", "orders", ["sku"], postgresql_concurrently=True)', "UPDATE"),
        ('op.execute("VACUUM orders")', "UPDATE"),
        ('op.execute("ALTER TABLE orders ADD x integer")', "ACCESS"),
    ],
)
def test_a_statement_that_commits_by_itself_is_seen_from_beside(
    project: Project, statement: str, mode: str
) -> None:
    project.write_revision("bbb", "aaa", f"{ALONE}    {statement}")
    found = rows(project, "bbb")
    assert found[1][0] == "orders"
    assert mode in found[1]


def test_findings_about_locks_are_proved_and_false_ones_dropped(project: Project) -> None:
    steady = "CREATE FUNCTION steady() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1::text'"
    project.write_revision("bbb", "aaa", f'op.execute("{steady}")')
    project.write_revision(
        "ccc",
        "bbb",
        'op.alter_column("orders", "sku", type_=sa.BigInteger()); '
        'op.create_index("ix", "orders", ["sku"]); '
        'op.add_column("orders", sa.Column("y", sa.Text, server_default=sa.text("steady()")))',
    )
    words = ("review", "ccc", "--offline", "--dialect", "postgresql", "--format", "json")
    guessed = json.loads(run(project, *words).stdout)["findings"]
    assert "volatile-default" in {one["rule"] for one in guessed}
    judged = json.loads(run(project, *words, "--trace").stdout)
    proofs = {one["rule"]: one["proof"] for one in judged["findings"]}
    assert "orders written anew" in json.dumps(proofs["type-rewrite"])
    assert "lock taken" in json.dumps(proofs["index-blocks-writes"])
    assert [one["rule"] for one in judged["refuted"]] == ["volatile-default"]
    assert "volatile-default" not in proofs


def test_another_dialect_is_refused_in_words(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, "pass")
    done = project.asa("review", "aaa", "--trace")
    assert done.returncode == 2
    assert "--trace watches PostgreSQL only, and these revisions are for sqlite" in done.stderr
