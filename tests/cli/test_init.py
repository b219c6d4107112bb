"""`asa init` as a user types it: exit code, stdout and stderr."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write

URL = {".env": "SHOP_URL=sqlite+aiosqlite:///shop.db\n"}


def asa(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_the_user_sees(tmp_path: Path) -> None:
    done = asa(write(tmp_path, r.FLAT, URL), "init", "--no-input")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, *rest = done.stdout.splitlines()
    advised = [rest.pop(at) for at in (13, 12, 11)]
    assert first == f"asa init   {tmp_path.as_posix()}"
    assert rest == [
        "",
        "  models    database:Base   2 tables, 1 module, all import",
        "  url       env:SHOP_URL    given to create_async_engine in database.py:14",
        "  dialect   sqlite          aiosqlite",
        "",
        "  write     alembic.ini",
        "  write     migrations/env.py           async, imports 1 module",
        "  write     migrations/script.py.mako",
        "  edit      pyproject.toml              [tool.asa], 3 lines",
        "  keep      database.py                 your sessions, untouched",
        "",
        "✓ 3 written, 1 edited, nothing overwritten",
        'next  asa migrate "start"',
    ]
    _, edit, advice = advised
    assert advice == (
        "  · database.py:9 Base leaves constraints unnamed; before the first revision say"
    )
    assert edit.startswith("    metadata = MetaData(naming_convention={")


def test_again_and_then_the_road(tmp_path: Path) -> None:
    root = write(tmp_path, r.SRC)
    first = asa(root, "init", "--url", "env:DB", "--no-input", DB="sqlite:///x.db")
    assert first.returncode == 0, first.stderr
    again = asa(root, "init", "--no-input", DB="sqlite:///x.db")
    assert "✓ nothing to do" in again.stdout
    assert "write" not in again.stdout
    migrate = asa(root, "migrate", "start", DB="sqlite:///x.db")
    assert migrate.returncode == 0, migrate.stderr
    upgrade = asa(root, "upgrade", DB="sqlite:///x.db")
    assert upgrade.returncode == 0, upgrade.stderr
    assert 'next  asa migrate "start"' in again.stdout
    assert asa(root, "init", DB="sqlite:///x.db").stdout.endswith("next  asa status\n")


def test_fix_shows_its_edits_and_makes_them(tmp_path: Path) -> None:
    root = write(tmp_path, r.TABLES)
    assert asa(root, "init", "--url", "sqlite:///x.db", "--no-input").returncode == 0
    new = "from sqlalchemy import Table\nfrom app.tables import metadata\n"
    write(root, {"app/new.py": new + 'new = Table("new", metadata)\n'})
    weak = asa(root, "init", "--no-input")
    assert "! migrations/env.py does not import app.new" in weak.stdout
    assert weak.stdout.endswith("next  asa init --fix   --dry-run shows the edits\n")
    before = (root / "migrations/env.py").read_text()
    shown = asa(root, "init", "--fix", "--dry-run")
    assert "+import app.new  # noqa: E402, F401" in shown.stdout
    assert (root / "migrations/env.py").read_text() == before
    done = asa(root, "init", "--fix", "--no-input")
    assert done.returncode == 0, done.stderr
    assert "edit      migrations/env.py           1 weak point mended" in done.stdout
    assert "import app.new" in (root / "migrations/env.py").read_text()
    assert "does not import" not in asa(root, "init", "--no-input").stdout


def test_dry_run_shows_a_diff_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT, URL)
    before = sorted(tmp_path.rglob("*"))
    done = asa(tmp_path, "init", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert "+++ b/migrations/env.py" in done.stdout
    assert '+url = "env:SHOP_URL"' in done.stdout
    assert "nothing written" in done.stdout


def test_several_bases_without_a_terminal(tmp_path: Path) -> None:
    done = asa(write(tmp_path, r.SEVERAL), "init")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "--metadata one.models:Base" in done.stderr
    assert "one.models:Base  2 tables, 1 module\n" in done.stderr
    assert "two.models:Base  1 table, 1 module\n" in done.stderr


def test_no_models(tmp_path: Path) -> None:
    done = asa(write(tmp_path, {"main.py": ""}), "init", "--no-input")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no SQLAlchemy models were found" in done.stderr
    assert "next" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["main.py"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("init", "nowhere"), "no directory nowhere"),
        (("init", "--metadata", "models"), '"models" names no base'),
        (("init", "--metadata", "models:Nothing"), "Nothing"),
        (("init", "--metadata", "gone:Base"), "gone"),
        (("init", "--url", "postgresql://u:hunter2@h/d"), "password does not belong"),
        (("init", "--url", "nonsense"), "URL cannot be read"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = asa(write(tmp_path, r.FLAT, URL), *arguments, "--no-input")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert not (tmp_path / "alembic.ini").exists()


def test_directory_given_by_name(tmp_path: Path) -> None:
    write(tmp_path / "inner", r.OLD_STYLE)
    done = asa(tmp_path, "init", "inner", "--url", "sqlite:///x.db", "--no-input")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "inner" / "alembic.ini").exists()
