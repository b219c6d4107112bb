"""Whatever env.py does wrong is told with its file and line; the process is left as it was."""

import logging
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from tests.migrations.project import Project, make_project

from asa.errors import ConfigurationError, ProjectError
from asa.migrations.environment import find_environment
from asa.migrations.status import read_status
from asa.model.event import silent


def failing(project: Project, source: str) -> ProjectError:
    """Return the error for an env.py of that source."""
    (project.root / "migrations" / "env.py").write_text(source)
    with pytest.raises(ProjectError) as caught:
        read_status(project.environment(), silent)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os\nimport no_such_thing\n", "migrations/env.py:2 raised ModuleNotFoundError"),
        ("x = 1\nraise KeyError('URL')\n", "migrations/env.py:2 raised KeyError"),
        ("def (\n", "migrations/env.py:1 raised SyntaxError"),
        ("import sys\nsys.exit(3)\n", "migrations/env.py:2 ended the program: exit 3"),
        ("open('/nowhere/settings')\n", "migrations/env.py:1 raised FileNotFoundError"),
        ("x = 1\n", "env.py ended without calling context.run_migrations()"),
        (
            "from sqlalchemy import create_engine\ncreate_engine('no url')\n",
            "migrations/env.py:2 raised ArgumentError",
        ),
    ],
)
def test_a_broken_env_py_is_told_with_its_line(
    sqlite_project: Project, source: str, message: str
) -> None:
    assert failing(sqlite_project, source).message.startswith(message)


def test_an_error_in_a_module_of_the_project_names_that_module(sqlite_project: Project) -> None:
    (sqlite_project.root / "broken_settings.py").write_text("\n\nraise RuntimeError('no key')\n")
    error = failing(sqlite_project, "import broken_settings\n")
    assert error.message == "broken_settings.py:3 raised RuntimeError: no key"


def test_secrets_in_an_error_of_the_project_stay_out(sqlite_project: Project) -> None:
    error = failing(
        sqlite_project,
        "raise ValueError(\"postgresql://u:sesame@h/db, input_value='sesame', input_type=str\")\n",
    )
    assert "sesame" not in error.message
    assert "postgresql://u:***@h/db" in error.message


def test_a_module_that_lies_in_src_is_pointed_at(sqlite_project: Project) -> None:
    (sqlite_project.root / "src" / "hidden_shop").mkdir(parents=True)
    error = failing(sqlite_project, "import hidden_shop.models\n")
    assert 'pythonpath = ["src"]' in error.hint


def test_another_environment_of_the_project_is_pointed_at(
    sqlite_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    python = sqlite_project.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    error = failing(sqlite_project, "import hidden_package\n")
    assert error.hint.startswith(f"{python} -m pip install asa-toolkit")


def test_a_broken_revision_file_is_told_with_its_line(sqlite_project: Project) -> None:
    file = sqlite_project.write_revision("a", None, "pass")
    file.write_text("import no_such_thing\n" + file.read_text())
    with pytest.raises(ProjectError, match=r"^migrations/versions/a_\.py:1 raised Module"):
        read_status(sqlite_project.environment(), silent)


def test_the_process_is_left_as_it_was(sqlite_project: Project) -> None:
    (sqlite_project.root / ".env").write_text("ASA_TEST_ONLY_HERE=1\n")
    before = (Path.cwd(), list(sys.path), logging.root.manager.disable, sys.stdout)
    failing(sqlite_project, "import os\nos.environ['ASA_TEST_ONLY_HERE']\nraise ValueError\n")
    assert (Path.cwd(), list(sys.path), logging.root.manager.disable, sys.stdout) == before
    assert "ASA_TEST_ONLY_HERE" not in os.environ


def test_what_env_py_prints_goes_to_stderr(
    sqlite_project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    read_status(sqlite_project.environment(), silent)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "stock env.py prints on stdout\n"


def test_settings_without_a_script_location_are_told(sqlite_project: Project) -> None:
    (sqlite_project.root / "alembic.ini").write_text("[alembic]\n")
    with pytest.raises(ConfigurationError, match=r"alembic\.ini has no script_location"):
        read_status(sqlite_project.environment(), silent)


def test_a_script_location_that_is_not_there_is_told(sqlite_project: Project) -> None:
    (sqlite_project.root / "alembic.ini").write_text("[alembic]\nscript_location = gone\n")
    with pytest.raises(ConfigurationError, match=r"Path doesn't exist: .*gone'?$"):
        read_status(sqlite_project.environment(), silent)


def test_a_url_with_percent_signs_arrives_whole(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url, "handed")
    odd = f"sqlite+aiosqlite:///{tmp_path}/100%25 sure.db"
    environment = project.environment(odd)
    assert environment.alembic_config().attributes["url"] == odd
    assert find_environment(environment.config).database is None
    assert read_status(environment, silent).place.url.url == make_url(odd)
