"""What importing the models in the project's interpreter brings back, and how failures read."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.project import repositories as r
from tests.project.repositories import dedented, write

from asa.config import Config, find_config
from asa.errors import ProjectError
from asa.project.find import find_project
from asa.project.load import load_attribute, load_metadata, load_models

URL = {".env": "SHOP_URL=sqlite+aiosqlite:///x.db\n"}


def load(root: Path, **options: Any) -> None:
    source = find_project(root)
    modules = [module for found in source.metadata for module in found.modules]
    roots = source.pythonpath(*modules)
    load_metadata(Config(root), source.metadata, pythonpath=roots, **options)


def failure(root: Path, **options: float) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        load(root, **options)
    return caught.value


@pytest.mark.parametrize("name", r.IMPORTABLE)
def test_every_layout_imports_with_as_many_tables_as_its_source_shows(
    tmp_path: Path, name: str
) -> None:
    source = find_project(write(tmp_path, r.IMPORTABLE[name], URL))
    models = load_models(Config(tmp_path))
    assert [len(m.tables) for m in models.metadata] == [f.table_count for f in source.metadata]
    assert models.metadata[0].tables


def test_classes_with_relationships_and_place(tmp_path: Path) -> None:
    models = load_models(Config(write(tmp_path, r.FLAT, URL)))
    user = next(c for c in models.classes if c.name == "User")
    assert (user.module, user.table, user.file, user.line) == ("models", "users", "models.py", 7)
    (orders,) = user.relationships
    assert (orders.name, orders.target, orders.uselist, orders.lazy) == (
        "orders",
        "Order",
        True,
        "select",
    )
    assert orders.columns == (("users.id", "orders.user_id"),)


def test_what_the_project_prints_does_not_disturb(tmp_path: Path) -> None:
    loud = 'import os, sys\nprint("hello")\nos.write(1, b"raw")\nsys.stdin.read()\n'
    files = {"app.py": loud + dedented(r.OLD_STYLE["app.py"])}
    assert load_models(Config(write(tmp_path, files))).metadata[0].tables == ("notes",)


def test_nothing_is_left_in_the_repository(tmp_path: Path) -> None:
    before = sorted(write(tmp_path, r.BACKEND).rglob("*"))
    load_models(Config(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_missing_environment_variable_is_named(tmp_path: Path) -> None:
    reader = 'import os\n\nSECRET = os.environ["APP_SECRET"]\n'
    files = {**r.FLAT, "database.py": reader + dedented(r.FLAT["database.py"])}
    error = failure(write(tmp_path, files))
    assert "APP_SECRET" in error.message
    assert ("at", "database.py:3") in error.details


def test_missing_package_is_named(tmp_path: Path) -> None:
    files = {"app.py": "import not_there_at_all\n" + dedented(r.OLD_STYLE["app.py"])}
    error = failure(write(tmp_path, files))
    assert '"not_there_at_all"' in error.message
    assert "pip install not_there_at_all" in error.hint
    assert ("at", "app.py:1") in error.details


def test_own_module_that_is_not_there_is_no_package_to_install(tmp_path: Path) -> None:
    files = {**r.TABLES, "app/tables.py": "import app.gone\n" + dedented(r.TABLES["app/tables.py"])}
    error = failure(write(tmp_path, files))
    assert '"app.gone"' in error.message
    assert "pip install" not in error.hint


def test_syntax_error_shows_file_and_line(tmp_path: Path) -> None:
    files = {**r.TABLES, "app/helpers.py": "x = 1\ndef broken(:\n"}
    files["app/tables.py"] = "import app.helpers\n" + dedented(r.TABLES["app/tables.py"])
    assert "app/helpers.py:2 is not valid Python" in failure(write(tmp_path, files)).message


def test_relationship_to_an_unknown_class_is_named(tmp_path: Path) -> None:
    files = {**r.FLAT, "models.py": r.FLAT["models.py"].replace('list["Order"]', 'list["Ordr"]')}
    error = failure(write(tmp_path, files, URL))
    assert '"Ordr"' in error.message
    assert "User" in error.message


def test_class_that_the_source_maps_and_the_import_does_not_is_an_error(tmp_path: Path) -> None:
    """Its table would be dropped by the next revision."""
    ghost = "\nHIDDEN = True\n\n\nclass Ghost(Base):\n    __abstract__ = HIDDEN\n"
    error = failure(write(tmp_path, {"app.py": dedented(r.OLD_STYLE["app.py"]) + ghost}))
    assert "Ghost" in error.message
    assert ("Ghost", "app.py:14") in error.details


def test_class_under_a_condition_may_be_missing(tmp_path: Path) -> None:
    maybe = "\nif False:\n    class Maybe(Base):\n        __tablename__ = 'maybe'\n"
    load(write(tmp_path, {"app.py": dedented(r.OLD_STYLE["app.py"]) + maybe}))


def test_settings_fields_of_pydantic_are_named_with_their_prefix(tmp_path: Path) -> None:
    """pydantic-settings raises pydantic's ValidationError out of `__init__(self, ...)`."""
    pydantic = pytest.importorskip("pydantic")
    assert pydantic
    settings = """
        from pydantic import BaseModel


        class Settings(BaseModel):
            model_config = {"env_prefix": "SHOP_"}
            database_url: str
            port: int

            def __init__(self, **values):
                super().__init__(port="hidden-value", **values)


        settings = Settings()
    """
    files = {
        "settings.py": settings,
        "app.py": "import settings\n" + dedented(r.OLD_STYLE["app.py"]),
    }
    error = failure(write(tmp_path, files))
    assert "SHOP_DATABASE_URL" in error.message
    assert "hidden-value" not in str(error.message) + error.hint + str(error.details)


def test_program_that_exits_on_import(tmp_path: Path) -> None:
    files = {"app.py": "import sys\n" + dedented(r.OLD_STYLE["app.py"]) + "\nsys.exit(3)\n"}
    assert "app ends the program" in failure(write(tmp_path, files)).message


def test_interpreter_that_dies_names_the_module(tmp_path: Path) -> None:
    files = {"app.py": "import os\n" + dedented(r.OLD_STYLE["app.py"]) + "\nos._exit(7)\n"}
    error = failure(write(tmp_path, files))
    assert "ended while importing app" in error.message
    assert ("said", "exit code 7") in error.details


def test_import_that_never_ends_is_stopped(tmp_path: Path) -> None:
    files = {"app.py": "import time\n" + dedented(r.OLD_STYLE["app.py"]) + "\ntime.sleep(60)\n"}
    # Time enough for a busy machine to begin with the import, so that the module is named.
    message = failure(write(tmp_path, files), limit_s=4).message
    assert "importing app took longer than 4 s" in message


def test_password_in_an_exception_is_not_shown(tmp_path: Path) -> None:
    text = '\nraise RuntimeError("no way to postgresql://u:hunter2@h/d")\n'
    error = failure(write(tmp_path, {"app.py": dedented(r.OLD_STYLE["app.py"]) + text}))
    assert "u:***@h" in error.message
    assert "hunter2" not in repr((error.message, error.hint, error.details))


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("plain", "sqlite:///a.db"),
        ("settings.url", "sqlite:///b.db"),
        ("get().url", "sqlite:///b.db"),
        ("url_object", "postgresql://u:secret@h/d"),
        ("secret", "sqlite:///c.db"),
    ],
)
def test_attribute_of_any_type_becomes_text(tmp_path: Path, attribute: str, text: str) -> None:
    source = """
        from sqlalchemy.engine import make_url


        class Settings:
            url = "sqlite:///b.db"


        class Secret:
            def get_secret_value(self):
                return "sqlite:///c.db"


        plain = "sqlite:///a.db"
        settings = Settings()
        url_object = make_url("postgresql://u:secret@h/d")
        secret = Secret()


        def get():
            return settings
    """
    assert load_attribute(Config(write(tmp_path, {"conf.py": source})), "conf", attribute) == text


def test_attribute_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="nothing"):
        load_attribute(Config(write(tmp_path, {"conf.py": "x = 1\n"})), "conf", "nothing")


def test_project_runs_in_its_own_interpreter(tmp_path: Path) -> None:
    """A `.venv` in the project is used, and asa's packages are not put on its path."""
    if shutil.which("python3") is None:
        pytest.skip("no other interpreter")
    import venv

    venv.create(write(tmp_path, r.OLD_STYLE) / ".venv", with_pip=False, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)
        with pytest.raises(ProjectError) as caught:
            load_models(Config(tmp_path))
    assert '"sqlalchemy" is missing' in caught.value.message
    assert str(tmp_path / ".venv") in caught.value.hint
    models = load_models(Config(tmp_path, python=sys.executable))
    assert models.metadata[0].tables == ("notes",)


def test_settings_choose_among_several(tmp_path: Path) -> None:
    settings = {"asa.toml": 'metadata = "two.models:Base"\n'}
    models = load_models(find_config(write(tmp_path, r.SEVERAL, settings)))
    assert [m.tables for m in models.metadata] == [("c",)]


NESTED = """
    from pydantic import AliasChoices, BaseModel, Field, SecretStr
    from pydantic_settings import BaseSettings, SettingsConfigDict


    class Database(BaseModel):
        url: str
        password: SecretStr
        echo: bool = False


    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__")

        db: Database
        token: str
        key: str = Field(validation_alias="APP_KEY")
        workers: int = 1


    settings = Settings()
"""


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, ("SHOP_DB__URL", "SHOP_DB__PASSWORD", "SHOP_TOKEN", "APP_KEY")),
        ({"SHOP_DB__URL": "x", "APP_KEY": "x"}, ("SHOP_DB__PASSWORD", "SHOP_TOKEN")),
        (
            {
                "SHOP_DB__URL": "x",
                "SHOP_DB__PASSWORD": "hunter2",
                "APP_KEY": "x",
                "SHOP_TOKEN": "x",
                "SHOP_WORKERS": "hunter2",
            },
            ("SHOP_WORKERS",),
        ),
    ],
)
def test_settings_that_are_not_there_are_named_as_one_sets_them(
    tmp_path: Path,
    variables: dict[str, str],
    named: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nested ones by the variable of each inner field; one with an alias by the alias."""
    pytest.importorskip("pydantic_settings")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    files = {
        "settings.py": NESTED,
        "app.py": "import settings\n" + dedented(r.OLD_STYLE["app.py"]),
    }
    error = failure(write(tmp_path, files))
    said = re.findall(r"\b(?:SHOP|APP)_\w+", error.message)
    assert tuple(said) == named
    assert "hunter2" not in repr((error.message, error.hint, error.details))


def test_forward_reference_in_an_annotation_is_named(tmp_path: Path) -> None:
    model = """
        from sqlalchemy.orm import Mapped, mapped_column


        class Note(Base):
            __tablename__ = "notes"
            id: Mapped["Numbr"] = mapped_column(primary_key=True)
    """
    error = failure(write(tmp_path, {"app.py": dedented(r.BASE) + dedented(model)}))
    assert "Numbr" in error.message
    assert "app.py:" in str(error.details)


def test_variable_that_starlette_asks_for_is_named(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    files = {
        "app.py": "from starlette.config import Config\n\n"
        'TOKEN = Config()("SHOP_TOKEN")\n' + dedented(r.OLD_STYLE["app.py"])
    }
    assert "SHOP_TOKEN" in failure(write(tmp_path, files)).message
