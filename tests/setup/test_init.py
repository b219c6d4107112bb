"""What is planned and written, and what never is."""

from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write

from asa.config import find_config
from asa.errors import ConfigurationError, ProjectError, UsageError
from asa.project.find import find_project
from asa.setup.init import InitOptions, plan_init
from asa.setup.plan import Action, InitPlan, Undecided
from asa.setup.write import apply

URL = {".env": "SHOP_URL=postgresql+asyncpg://shop:hunter2@db/shop\n"}


def planned(root: Path, **options: object) -> InitPlan:
    plan = plan_init(find_config(root), InitOptions(**options))  # type: ignore[arg-type]
    assert isinstance(plan, InitPlan)
    return plan


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_plan_writes_nothing(tmp_path: Path) -> None:
    before = contents(write(tmp_path, r.FLAT, URL))
    plan = planned(tmp_path)
    assert contents(tmp_path) == before
    assert [(c.action, c.path) for c in plan.changes] == [
        (Action.WRITE, "alembic.ini"),
        (Action.WRITE, "migrations/env.py"),
        (Action.WRITE, "migrations/script.py.mako"),
        (Action.EDIT, "pyproject.toml"),
        (Action.KEEP, "database.py"),
    ]
    assert (plan.url.reference, plan.url.dialect, plan.url.driver) == (
        "env:SHOP_URL",
        "postgresql",
        "asyncpg",
    )


def test_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT, URL)
    apply(planned(tmp_path))
    before = contents(tmp_path)
    again = planned(tmp_path)
    assert again.pending == ()
    apply(again)
    assert contents(tmp_path) == before


def test_settings_that_were_written_are_read_back(tmp_path: Path) -> None:
    apply(planned(write(tmp_path, r.SRC), url="env:SHOP_URL"))
    config = find_config(tmp_path)
    assert config.url is not None
    assert (config.url.text, config.metadata, config.alembic, config.pythonpath) == (
        "env:SHOP_URL",
        ("shop.db.base:Base",),
        "alembic.ini",
        ("src",),
    )


def test_pyproject_keeps_its_own_text(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT, URL)
    before = (tmp_path / "pyproject.toml").read_text()
    apply(planned(tmp_path))
    assert (tmp_path / "pyproject.toml").read_text().startswith(before)


def test_repository_without_pyproject_gets_asa_toml(tmp_path: Path) -> None:
    apply(planned(write(tmp_path, r.TABLES), url="sqlite:///x.db"))
    assert find_config(tmp_path).metadata == ("app.tables:metadata",)
    assert (tmp_path / "asa.toml").exists()


def test_no_password_in_any_written_file(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT, URL)
    before = contents(tmp_path)
    apply(planned(tmp_path))
    written = {p: text for p, text in contents(tmp_path).items() if before.get(p) != text}
    assert len(written) == 4
    assert all(b"hunter2" not in text for text in written.values())


def test_url_with_a_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        planned(write(tmp_path, r.TABLES), url="postgresql://u:hunter2@h/d")
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_existing_environment_is_adopted_and_no_other_written(tmp_path: Path) -> None:
    existing = {
        "db/alembic.ini": "[alembic]\nscript_location = %(here)s/revisions\n",
        "db/revisions/env.py": "# mine\n",
        "db/revisions/script.py.mako": "# mine\n",
    }
    plan = planned(write(tmp_path, r.TABLES, existing), url="sqlite:///x.db")
    assert [(c.action, c.path) for c in plan.pending] == [(Action.WRITE, "asa.toml")]
    apply(plan)
    assert (tmp_path / "db/revisions/env.py").read_text() == "# mine\n"
    assert find_config(tmp_path).alembic == "db/alembic.ini"
    assert not (tmp_path / "alembic.ini").exists()


def test_existing_environment_says_which_base_and_what_is_weak_in_it(tmp_path: Path) -> None:
    existing = {
        "alembic.ini": "[alembic]\nscript_location = alembic\n",
        "alembic/env.py": "from two.models import Base\ntarget_metadata = Base.metadata\n",
        "alembic/script.py.mako": "",
        "two/more.py": "from two.models import Base, C\n\nclass D(C):\n    pass\n",
    }
    plan = planned(write(tmp_path, r.SEVERAL, existing), url="sqlite:///x.db")
    assert [m.reference for m in plan.metadata] == ["two.models:Base"]
    assert [note.partition(":")[0] for note in plan.notes] == [
        "alembic/env.py does not import two.more",
        "alembic/env.py context.configure sets no batch mode, which SQLite needs",
    ]


def test_model_added_after_init_is_noticed(tmp_path: Path) -> None:
    apply(planned(write(tmp_path, r.TABLES), url="sqlite:///x.db"))
    assert planned(tmp_path).notes == ()
    new = (
        'from sqlalchemy import Table\nfrom app.tables import metadata\nt = Table("t", metadata)\n'
    )
    write(tmp_path, {"app/new.py": new})
    (note,) = planned(tmp_path).notes
    assert note == (
        "migrations/env.py does not import app.new: its tables go unseen or are dropped: "
        "add import app.new"
    )


def test_half_written_environment_is_completed(tmp_path: Path) -> None:
    write(tmp_path, r.TABLES)
    plan = planned(tmp_path, url="sqlite:///x.db")
    apply(plan)
    (tmp_path / "migrations/env.py").unlink()
    (tmp_path / "asa.toml").unlink()
    again = planned(tmp_path, url="sqlite:///x.db")
    assert [c.path for c in again.pending] == ["migrations/env.py", "asa.toml"]
    apply(again)
    assert planned(tmp_path).pending == ()


def test_folder_in_use_is_left_to_its_owner(tmp_path: Path) -> None:
    other = {"migrations/0001.sql": "select 1;\n"}
    plan = planned(write(tmp_path, r.TABLES, other), url="sqlite:///x.db")
    assert "alembic/env.py" in [c.path for c in plan.pending]


def test_file_that_appears_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    plan = planned(write(tmp_path, r.TABLES), url="sqlite:///x.db")
    (tmp_path / "alembic.ini").write_text("mine")
    with pytest.raises(ConfigurationError, match="meantime"):
        apply(plan)
    assert (tmp_path / "alembic.ini").read_text() == "mine"
    assert not list(tmp_path.glob(".alembic.ini.*"))


def test_file_that_changes_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    plan = planned(write(tmp_path, r.FLAT, URL))
    (tmp_path / "pyproject.toml").write_text("# changed\n")
    with pytest.raises(ConfigurationError, match="meantime"):
        apply(plan)
    assert (tmp_path / "pyproject.toml").read_text() == "# changed\n"


def test_several_bases_are_a_question(tmp_path: Path) -> None:
    plan = plan_init(find_config(write(tmp_path, r.SEVERAL)), InitOptions())
    assert isinstance(plan, Undecided)
    assert [c.reference for c in plan.candidates] == ["one.models:Base", "two.models:Base"]


def test_no_models(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no SQLAlchemy models"):
        planned(write(tmp_path, {"main.py": "x = 1\n"}))
    assert contents(tmp_path) == {"main.py": b"x = 1\n"}


def test_metadata_reached_by_another_import_path(tmp_path: Path) -> None:
    """`shop.db:Base` is `shop.db.base:Base`, and brings the same modules."""
    plan = planned(write(tmp_path, r.SRC), metadata=("shop.db:Base",), url="sqlite:///x.db")
    assert plan.metadata[0].tables == 2


def test_metadata_that_is_no_reference(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no base"):
        planned(write(tmp_path, r.TABLES), metadata=("Base",))


def test_nothing_is_written_when_a_module_does_not_import(tmp_path: Path) -> None:
    broken = {
        "app/more.py": "from app.tables import metadata\nfrom sqlalchemy import Table\n1 / 0\n"
    }
    broken["app/more.py"] += 'Table("x", metadata)\n'
    before = contents(write(tmp_path, r.TABLES, broken))
    with pytest.raises(ProjectError, match="ZeroDivisionError"):
        planned(tmp_path, url="sqlite:///x.db")
    assert contents(tmp_path) == before


def test_module_that_does_not_parse_is_named(tmp_path: Path) -> None:
    """Its tables cannot be seen, so the plan must not look whole."""
    write(tmp_path, r.FLAT, URL)
    (tmp_path / "orders.py").write_text("from sqlalchemy import Table\n\ndef (\n")
    (tmp_path / "notes.py").write_text("def (\n")
    assert [note for note in planned(tmp_path).notes if "no Python" in note] == [
        "orders.py:3 is no Python (invalid syntax): its tables go unseen"
    ]


def test_line_of_dotenv_is_not_called_a_reader(tmp_path: Path) -> None:
    """Nothing tells that the application reads it, or it feeds the setting that was chosen."""
    more = {".env": URL[".env"] + "OTHER_DATABASE_URL=sqlite+aiosqlite:///other.db\n"}
    write(tmp_path, r.FLAT, more)
    assert "env:OTHER_DATABASE_URL" in {url.reference for url in find_project(tmp_path).urls}
    assert not any("is read too" in note for note in planned(tmp_path).notes)
