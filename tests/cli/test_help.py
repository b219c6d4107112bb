"""`asa --help` is instant, wrong usage ends with 2, and no command's help breaks."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from asa.cli.app import app
from asa.cli.commands import COMMANDS

HEAVY = ("sqlalchemy", "alembic", "sqlglot", "libcst", "asyncpg", "aiomysql", "aiosqlite")
NAMES = tuple(entry.name for entry in COMMANDS)


def asa(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run asa as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments], capture_output=True, text=True, check=False
    )


def loaded_by(*arguments: str) -> set[str]:
    """Return which heavy packages a process has loaded when the command has run."""
    program = f"""
import sys
sys.argv = {["asa", *arguments]!r}
try:
    from asa.cli import main
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    loaded = sorted({{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r}))
    print(*loaded, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("demo", "--help")])
def test_help_and_version_load_no_heavy_package(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) == set()


def test_the_rules_are_shown_without_a_heavy_package() -> None:
    assert loaded_by("rules") == set()


@pytest.mark.parametrize("command", NAMES)
def test_each_command_has_a_help_page_on_stdout(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"], prog_name="asa")
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"asa {command} " in done.stdout


def test_the_help_page_gives_each_command_one_line() -> None:
    page = asa("--help").stdout
    for entry in COMMANDS:
        row = next(line for line in page.splitlines() if line.startswith(f"  {entry.name} "))
        assert entry.summary in row


@pytest.mark.parametrize("command", NAMES)
def test_a_help_page_names_what_is_typed_and_no_types_of_python(command: str) -> None:
    page = CliRunner().invoke(app, [command, "--help"], prog_name="asa").stdout
    assert not re.search(r"<\w+|list\[|bool|x>=|RANGE", page)
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), 'there is no command "nonsense"'),
        (("upgrad",), 'there is no command "upgrad": did you mean "upgrade"?\nnext  asa --help'),
        (("--verison",), 'no such option: --verison: did you mean "--version"?'),
        (
            ("upgrade", "--dryrun"),
            '--dryrun: did you mean "--dry-run"?\nnext  asa upgrade --help',
        ),
        (("demo", "--keep"), "requires an argument"),
        (("lint", "--format", "xml"), "'--format': 'xml' is not one of 'terminal', 'json',"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(
    arguments: tuple[str, ...], said: str
) -> None:
    done = asa(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_argument_shows_the_help_and_ends_with_2() -> None:
    done = asa()
    assert done.returncode == 2
    assert "Usage: asa" in done.stdout + done.stderr


def test_version_is_printed_on_stdout() -> None:
    done = asa("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("asa ")
