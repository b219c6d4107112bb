"""What is read from an env.py that is there already."""

from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write

from asa.project.find import EnvironmentReading, find_project

INI = {"alembic.ini": "[alembic]\nscript_location = alembic\n"}
GOOD = """
    from logging.config import fileConfig
    from alembic import context
    from shop.db import Base
    import shop.models.plain, shop.models.user

    fileConfig("alembic.ini", disable_existing_loggers=False)
    target_metadata = Base.metadata
    context.configure(target_metadata=target_metadata, compare_type=True, render_as_batch=True)
"""


def reading(root: Path, env: str, files: dict[str, str] = r.SRC) -> EnvironmentReading:
    (found,) = find_project(write(root, files, INI, {"alembic/env.py": env})).environments
    assert found.reading is not None
    return found.reading


def test_good_environment_has_no_weakness(tmp_path: Path) -> None:
    found = reading(tmp_path, GOOD)
    assert found.target == ("shop.db.base:Base",)
    assert found.weaknesses == ()
    assert found.reached is not None
    assert found.reached >= {"shop.models.plain", "shop.models.user", "shop.models.common"}


def test_target_tells_which_of_several_bases_is_meant(tmp_path: Path) -> None:
    env = "from two.models import Base as B\ntarget_metadata = B.metadata\n"
    assert reading(tmp_path, env, r.SEVERAL).target == ("two.models:Base",)


def test_several_targets(tmp_path: Path) -> None:
    env = "import one.models as o, two.models as t\n"
    env += "target_metadata = [o.Base.metadata, t.Base.metadata]\n"
    assert reading(tmp_path, env, r.SEVERAL).target == ("one.models:Base", "two.models:Base")


def test_module_that_is_not_imported_is_not_reached(tmp_path: Path) -> None:
    found = reading(tmp_path, GOOD.replace("shop.models.plain, ", ""))
    assert found.reached is not None
    assert "shop.models.plain" not in found.reached


def test_import_for_the_type_checker_does_not_count(tmp_path: Path) -> None:
    env = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.models.user\n"
    found = reading(tmp_path, env)
    assert found.reached == frozenset()


def test_imports_by_a_computed_name_are_not_judged(tmp_path: Path) -> None:
    loader = {"src/shop/load.py": "import pkgutil\nlist(pkgutil.walk_packages())\n"}
    env = "import shop.load\n"
    assert reading(tmp_path, env, {**r.SRC, **loader}).reached is None


@pytest.mark.parametrize(
    ("good", "weak", "said"),
    [
        ("Base.metadata\n", "None\n", "target_metadata is None"),
        (", disable_existing_loggers=False", "", "fileConfig silences"),
        ("compare_type=True", "compare_type=False", "compare_type=False"),
        ("compare_type=True", "compare_server_default=True", "compare_server_default"),
    ],
)
def test_weakness_is_named_with_its_line(tmp_path: Path, good: str, weak: str, said: str) -> None:
    (found,) = reading(tmp_path, GOOD.replace(good, weak)).weaknesses
    assert said in found.what
    assert found.place.file == "alembic/env.py"
    assert found.place.line > 5
