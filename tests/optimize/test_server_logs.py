"""N+1 queries in a server's log, with no line of the program and nothing of an ORM in it."""

import ast
import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asa.config import Config
from asa.database.url import parse_url
from asa.model.finding import Finding
from asa.optimize import optimize
from asa.optimize.mapping import with_mapping
from asa.scratch import Server, start_server
from asa.workload import read_workload

PROGRAM = Path(__file__).with_name("pooled.py")
POSTGRESQL = {
    "logging_collector": "on",
    "log_directory": "..",
    "log_filename": "server.log",
    # The CSV log tells each transaction, as `%v` does; the other one does not.
    "log_destination": "stderr,csvlog",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "0",
}
MYSQL = {"general_log": "ON", "general_log_file": "general.log"}
LOGS = {"postgresql": ("server.log", "server.csv"), "mysql": ("data/general.log",)}


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def logged(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[Path]]]:
    """The URL of a database in which the program ran, and the server's logs of it."""
    lent: Server = request.getfixturevalue(f"{request.param}_server")
    if lent.supervised is None:
        pytest.skip("only a lent server here, which logs as it likes")
    settings = POSTGRESQL if request.param == "postgresql" else MYSQL
    server = asyncio.run(start_server(request.param, settings=settings))
    assert server.supervised is not None
    url = asyncio.run(server.create_database())
    subprocess.run([sys.executable, str(PROGRAM), url], check=True, capture_output=True)
    yield url, [server.supervised.directory / name for name in LOGS[request.param]]
    asyncio.run(server.stop())


def expected() -> set[str]:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    functions = [f for f in tree.body if isinstance(f, ast.AsyncFunctionDef)]
    return {ast.get_docstring(f) or "" for f in functions if f.name.startswith("bad_")}


def found(log: Path, url: str | None, project: Path | None = None) -> list[Finding]:
    workload = read_workload([str(log)])
    if project is not None:
        workload = with_mapping(workload, Config(root=project))
    judgement = asyncio.run(optimize(workload, parse_url(url) if url else None)).judgement
    return [finding for finding in judgement.findings if finding.rule == "n-plus-one"]


def test_all_are_found_by_their_foreign_keys_and_none_is_false(
    logged: tuple[str, list[Path]],
) -> None:
    url, logs = logged
    for log in logs:
        assert {finding.subject for finding in found(log, url)} == {
            "users.id -> posts.user_id",
            "posts.category_id -> categories.id",
            "posts.id -> post_tags.post_id",
            "users.id -> orders.user_id -> orders.id -> items.order_id",
            "items.product_id -> products.id",
            "users.id -> notes.user_id",
            "users.id -> badges.user_id",
            "users.id -> logins.user_id",
            "orders.id -> invoices.order_id",
            "posts.id -> likes.post_id",
        }, log.name


def test_the_projects_models_name_the_relationships(
    logged: tuple[str, list[Path]], tmp_path: Path
) -> None:
    url, logs = logged
    shutil.copy(PROGRAM, tmp_path / "pooled.py")
    named = {finding.subject: finding for finding in found(logs[0], url, tmp_path)}
    assert set(named) == expected()
    fixes = {name: one.fix.text for name, one in named.items() if one.fix}
    assert fixes["User.posts"] == ".options(selectinload(User.posts))"
    assert fixes["Post.category"] == ".options(joinedload(Post.category, innerjoin=True))"


def test_the_log_alone_is_enough(logged: tuple[str, list[Path]]) -> None:
    _, logs = logged
    for log in logs:
        assert len(found(log, None)) == len(expected()), log.name
