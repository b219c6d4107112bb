"""The generated env.py gives a URL without a driver one that the project has."""

import pytest

from asa.config import UrlReference
from asa.setup.choice import with_driver
from asa.setup.environment import EnvironmentFacts, env_py
from asa.setup.plan import ChosenUrl


def written(*drivers: str) -> str:
    return env_py(
        EnvironmentFacts(
            location="migrations",
            pythonpath=(".",),
            modules=("shop.models",),
            metadata=("shop.db:Base",),
            others=(),
            direct=frozenset(),
            starters=(),
            url=UrlReference("env:DB", "--url"),
            drivers=drivers,
        )
    )


@pytest.mark.parametrize(
    ("installed", "used"),
    [
        (("asyncpg", "aiomysql"), ("asyncpg", "aiomysql")),
        (("psycopg", "asyncmy"), ("psycopg", "asyncmy")),
        (("psycopg", "asyncpg"), ("asyncpg", "aiomysql")),
        ((), ("asyncpg", "aiomysql")),
    ],
)
def test_driver_of_a_url_that_names_none(installed: tuple[str, ...], used: tuple[str, str]) -> None:
    text = written(*installed)
    assert f'"postgresql": "{used[0]}",' in text
    assert f'"mysql": "{used[1]}",' in text


@pytest.mark.parametrize(
    ("named", "installed", "driver", "said"),
    [
        ("asyncpg", ("asyncpg",), "asyncpg", None),
        (None, ("psycopg",), "psycopg", None),
        ("psycopg2", ("asyncpg",), "asyncpg", "psycopg2 in the URL is not an async driver"),
        ("asyncpg", (), "asyncpg", "asyncpg is not installed"),
    ],
)
def test_driver_that_is_shown(
    named: str | None, installed: tuple[str, ...], driver: str, said: str | None
) -> None:
    url, note = with_driver(ChosenUrl("env:DB", "--url", "postgresql", named), installed)
    assert url.driver == driver
    assert note is None if said is None else said in (note or "")


def test_names_that_env_py_needs_itself_are_not_shadowed() -> None:
    """A project may call its package `context` or `pool`."""
    text = env_py(
        EnvironmentFacts(
            location="db/migrations",
            pythonpath=(".",),
            modules=("context.models", "pool"),
            metadata=("context.models:text", "pool:Base"),
            others=(),
            direct=frozenset({"context.models:text"}),
            starters=(),
            url=UrlReference("app.settings:get_settings().db.url", "--url"),
        )
    )
    assert "import context.models as context_models_module  # noqa" in text
    assert "from context.models import text as context_models_text" in text
    assert "target_metadata = [context_models_text, Base.metadata]" in text
    assert "parents[2]" in text
    assert "    from app.settings import get_settings\n" in text
    assert "    return str(get_settings().db.url)\n" in text
    compile(text, "env.py", "exec")
