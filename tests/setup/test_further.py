"""A further database gets settings, an environment and revisions of its own."""

from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write
from tests.setup.test_init import URL, contents, planned

from asa.config import find_config
from asa.errors import UsageError
from asa.setup.plan import Action
from asa.setup.write import apply

REPORTS = {"database": "reports", "url": "env:REPORTS_URL"}


def with_first(root: Path) -> Path:
    write(root, r.SEVERAL, {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'})
    apply(planned(root, metadata=("one.models:Base",), url="env:SHOP_URL"))
    return root


def test_what_the_first_database_left_is_taken(tmp_path: Path) -> None:
    before = contents(with_first(tmp_path))
    plan = planned(tmp_path, **REPORTS)
    assert [(c.action, c.path) for c in plan.changes][:4] == [
        (Action.WRITE, "alembic_reports.ini"),
        (Action.WRITE, "migrations_reports/env.py"),
        (Action.WRITE, "migrations_reports/script.py.mako"),
        (Action.EDIT, "pyproject.toml"),
    ]
    apply(plan)
    after = contents(tmp_path)
    assert after["pyproject.toml"].startswith(before["pyproject.toml"])
    assert {path for path in before if before[path] != after[path]} == {"pyproject.toml"}
    config = find_config(tmp_path)
    assert (config.url and config.url.text, config.metadata, config.alembic) == (
        "env:SHOP_URL",
        ("one.models:Base",),
        "alembic.ini",
    )
    further = config.narrowed("reports")
    assert (further.url and further.url.text, further.metadata, further.alembic) == (
        "env:REPORTS_URL",
        ("two.models:Base",),
        "alembic_reports.ini",
    )


def test_second_time_there_is_nothing_to_do_for_either(tmp_path: Path) -> None:
    apply(planned(with_first(tmp_path), **REPORTS))
    assert planned(tmp_path, database="reports").pending == ()
    assert planned(tmp_path).pending == ()


def test_settings_in_asa_toml(tmp_path: Path) -> None:
    (tmp_path / "asa.toml").write_text('url = "env:SHOP_URL"\nmetadata = "one.models:Base"\n')
    apply(planned(write(tmp_path, r.SEVERAL), **REPORTS))
    assert find_config(tmp_path).narrowed("reports").alembic == "alembic_reports.ini"


def test_same_models_in_two_databases(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT, URL)
    apply(planned(tmp_path))
    apply(planned(tmp_path, database="archive", url="env:ARCHIVE_URL"))
    config = find_config(tmp_path)
    assert config.narrowed("archive").metadata == config.metadata


def test_url_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        planned(with_first(tmp_path), database="reports")
    assert "where reports is" in caught.value.message
    assert caught.value.hint is not None
    assert "--database reports --url env:NAME" in caught.value.hint


@pytest.mark.parametrize("options", [{"pyproject": True}, {"database": "../up"}])
def test_options_that_do_not_go_with_it(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        planned(with_first(tmp_path), **{**REPORTS, **options})
