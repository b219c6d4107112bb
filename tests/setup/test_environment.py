"""The generated environment works under plain Alembic, without asa in the way."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.project import repositories as r
from tests.project.repositories import dedented, write
from tests.race import ALEMBIC, COUNT, race

from asa.config import find_config
from asa.database.url import parse_url
from asa.migrations.environment import find_environment
from asa.migrations.lock import Patience, locked
from asa.migrations.upgrade import upgrade
from asa.model.event import silent
from asa.setup.init import InitOptions, plan_init
from asa.setup.plan import InitPlan
from asa.setup.write import apply

ROUND = "revision --autogenerate -m start; upgrade head; check; downgrade base; upgrade head; check"
RUN = """
import sys
from alembic.config import main
for command in sys.argv[1].split(";"):
    main(command.split())
assert not any(name.split(".")[0] == "asa" for name in sys.modules)
"""


def set_up(root: Path, **options: object) -> InitPlan:
    plan = plan_init(find_config(root), InitOptions(**options))  # type: ignore[arg-type]
    assert isinstance(plan, InitPlan)
    apply(plan)
    return plan


def alembic(root: Path, commands: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:alembic", "-c", RUN, commands],
        cwd=root,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_clean(file: Path) -> None:
    for command in (["check", "--select", "E,F,W,B,UP"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=100", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    async def main() -> list[tuple[object, ...]]:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        await engine.dispose()
        return rows

    return asyncio.run(main())


@pytest.fixture(scope="module")
def shop_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write(tmp_path_factory.mktemp("shop"), r.FLAT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", "sqlite+aiosqlite:///shop.db")
        set_up(root)
    return root


@pytest.fixture
def shop(shop_once: Path, tmp_path: Path) -> Path:
    """The flat repository, set up, its URL not set."""
    return Path(shutil.copytree(shop_once, tmp_path, dirs_exist_ok=True))


def test_round_on_every_database(shop: Path, database_url: str) -> None:
    """Revision, upgrade, check, downgrade and again, on a real database, with no difference."""
    done = alembic(shop, ROUND, SHOP_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("No new upgrade operations detected.") == 2
    assert query(database_url, "SELECT count(*) FROM orders") == [(0,)]
    (revision,) = (shop / "migrations" / "versions").glob("2*_start.py")
    assert revision.name[4] == "_"
    assert 'ondelete="CASCADE"' in revision.read_text().replace("'", '"')


@pytest.mark.parametrize("name", sorted(set(r.IMPORTABLE) - {"flat"}))
def test_round_on_every_layout(tmp_path: Path, name: str) -> None:
    plan = set_up(write(tmp_path, r.IMPORTABLE[name]), url="sqlite:///layout.db")
    done = alembic(tmp_path, ROUND)
    assert done.returncode == 0, done.stderr
    tables = query(
        f"sqlite+aiosqlite:///{tmp_path}/layout.db",
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'",
    )
    assert tables == [(plan.metadata[0].tables,)]
    assert_clean(tmp_path / "migrations/env.py")


def test_settings_attribute_is_asked_at_run_time(tmp_path: Path) -> None:
    set_up(write(tmp_path, r.BACKEND))
    assert "settings.database_url" in (tmp_path / "migrations/env.py").read_text()
    assert alembic(tmp_path, ROUND).returncode == 0
    assert (tmp_path / "backend.db").exists()
    assert_clean(tmp_path / "migrations/env.py")


def test_url_in_the_engine_call_is_asked_and_not_copied(tmp_path: Path) -> None:
    literal = 'engine = create_async_engine("sqlite+aiosqlite:///literal.db")'
    files = {"app.py": dedented(r.OLD_STYLE["app.py"]) + "\n" + literal + "\n"}
    files["app.py"] = "from sqlalchemy.ext.asyncio import create_async_engine\n" + files["app.py"]
    set_up(write(tmp_path, files))
    assert "literal.db" not in (tmp_path / "migrations/env.py").read_text()
    assert alembic(tmp_path, ROUND).returncode == 0
    assert (tmp_path / "literal.db").exists()


def test_dotenv_counts(shop: Path) -> None:
    (shop / ".env").write_text("SHOP_URL=sqlite:///from_dotenv.db\n")
    models = (shop / "database.py").read_text()
    assert "os.environ" in models
    assert alembic(shop, "upgrade head").returncode == 0
    assert (shop / "from_dotenv.db").exists()


def test_missing_variable_is_said_without_a_traceback(shop: Path) -> None:
    database = shop / "database.py"
    database.write_text(database.read_text().replace('os.environ["SHOP_URL"]', '""'))
    done = alembic(shop, "current")
    assert done.returncode != 0
    assert "SHOP_URL is not set" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


URLS = {
    "sqlite:///a.db": "sqlite+aiosqlite:///a.db",
    "sqlite+pysqlite:///a.db": "sqlite+aiosqlite:///a.db",
    "postgres://u:p@h/d": "postgresql+asyncpg://u:p@h/d",
    "postgresql+psycopg2://u:p@h/d": "postgresql+asyncpg://u:p@h/d",
    "postgresql+psycopg://u:p@h/d": "postgresql+psycopg://u:p@h/d",
    "mysql+pymysql://u:p@h/d": "mysql+aiomysql://u:p@h/d",
    "postgresql://u:p%40@h/d?sslmode=require&channel_binding=require": (
        "postgresql+asyncpg://u:p%40@h/d?ssl=require"
    ),
}


def test_sync_urls_are_given_their_async_driver(shop: Path) -> None:
    env = shop / "migrations/env.py"
    env.write_text(
        env.read_text().partition("\n# The alembic command sets up logging")[0]
        + f"\nfor given in {list(URLS)!r}:\n"
        + "    config.attributes['url'] = given\n"
        + "    print('URL', database_url().render_as_string(hide_password=False))\n"
    )
    done = alembic(shop, "current", SHOP_URL="sqlite+aiosqlite:///x.db")
    assert done.stdout == "".join(f"URL {url}\n" for url in URLS.values()), done.stderr


def test_failed_revision_leaves_nothing_on_sqlite(shop: Path) -> None:
    url = f"sqlite+aiosqlite:///{shop}/shop.db"
    first = "revision --autogenerate -m start; upgrade head; revision -m second"
    assert alembic(shop, first, SHOP_URL=url).returncode == 0
    query(url, "INSERT INTO users (id, name) VALUES (1, 'a')")
    query(url, "INSERT INTO orders (id, user_id) VALUES (1, 1)")
    (revision,) = (shop / "migrations/versions").glob("*_second.py")
    body = revision.read_text().replace(
        '"""Move the schema one revision forward."""\n    pass',
        'with op.batch_alter_table("users") as batch:\n'
        '        batch.add_column(sa.Column("age", sa.Integer()))\n'
        '    op.execute("SELECT no_such_function()")',
    )
    revision.write_text(body)
    assert alembic(shop, "upgrade head", SHOP_URL=url).returncode != 0
    tables = query(url, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    assert tables == [("alembic_version",), ("orders",), ("users",)]
    assert "age" not in str(query(url, "SELECT sql FROM sqlite_master"))
    revision.write_text(body.replace('op.execute("SELECT no_such_function()")', "pass"))
    assert alembic(shop, "upgrade head", SHOP_URL=url).returncode == 0
    assert query(url, "SELECT count(*) FROM orders") == [(1,)], "batch mode deleted child rows"


def test_autocommit_block(shop: Path, database_url: str) -> None:
    """What cannot run in a transaction can: VACUUM, CREATE INDEX CONCURRENTLY."""
    first = "revision --autogenerate -m start; upgrade head; revision -m second"
    alembic(shop, first, SHOP_URL=database_url)
    (revision,) = (shop / "migrations/versions").glob("*_second.py")
    statement = {
        "sqlite": "VACUUM",
        "postgresql": "CREATE INDEX CONCURRENTLY ix_x ON users (id, name)",
        "mysql": "CREATE INDEX ix_x ON users (id, name)",
    }[database_url.partition("+")[0]]
    revision.write_text(
        revision.read_text().replace(
            '"""Move the schema one revision forward."""\n    pass',
            f'with op.get_context().autocommit_block():\n        op.execute("{statement}")',
        )
    )
    done = alembic(shop, "upgrade head", SHOP_URL=database_url)
    assert done.returncode == 0, done.stderr


STEP = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "a{0}", {1}
def upgrade():
    op.create_table("t{0}", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO t{0} VALUES (1)")
def downgrade():
    op.drop_table("t{0}")
"""


def with_lock(shop: Path) -> None:
    """Let the env.py of the flat repository carry the lock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", "sqlite+aiosqlite:///shop.db")
        set_up(shop, lock=True)


def test_lock_is_put_into_an_environment_of_asas_own(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite+aiosqlite:///shop.db")
    plan = set_up(shop, lock=True)
    assert [change.path for change in plan.pending] == ["migrations/env.py"]
    assert set_up(shop, lock=True).pending == ()
    env = shop / "migrations/env.py"
    assert_clean(env)
    env.write_text(f"{env.read_text()}# mine\n")
    plan = set_up(shop, lock=True)
    assert plan.pending == ()
    note = "migrations/env.py is yours, so --lock does not touch it; asa upgrade locks itself"
    assert note in plan.notes


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql"])
def test_of_ten_plain_upgrades_at_once_one_migrates(
    shop: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    """On SQLite as it is, on the servers with the lock that `asa init --lock` writes."""
    url = request.getfixturevalue(f"{dialect}_url")
    if dialect != "sqlite":
        with_lock(shop)
    for number in range(4):
        parent = repr(f"a{number - 1}") if number else None
        file = shop / "migrations/versions" / f"a{number}.py"
        file.write_text(STEP.format(number, parent))
    ran = race(shop, ALEMBIC, "upgrade", "head", SHOP_URL=url)
    assert [one.code for one in ran] == [0] * COUNT, [one.said for one in ran if one.code]
    assert query(url, "SELECT version_num FROM alembic_version") == [("a3",)]
    assert query(url, "SELECT id FROM t3") == [(1,)]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_lock_of_env_py_is_the_one_of_asa(
    shop: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    """They keep each other out, and asa does not wait for itself."""
    url = request.getfixturevalue(f"{dialect}_url")
    with_lock(shop)
    env = shop / "migrations/env.py"
    env.write_text(env.read_text().replace("LOCK_WAIT_S = 600", "LOCK_WAIT_S = 1"))
    (shop / "migrations/versions/a0.py").write_text(STEP.format(0, None))
    with locked(parse_url(url), Patience(), silent):
        done = alembic(shop, "upgrade head", SHOP_URL=url)
        assert "another upgrade has held the lock for 1 s" in done.stderr + done.stdout
        # What only looks does not wait.
        assert alembic(shop, "current", SHOP_URL=url).returncode == 0
    with standing_beside(shop), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", url)
        assert len(upgrade(find_environment(find_config(shop)), "head", silent).steps) == 1


@contextmanager
def standing_beside(root: Path) -> Iterator[None]:
    """Forget afterwards what the project's models have left among the modules."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(str(root)):
                del sys.modules[name]


def test_concurrent_index_under_the_lock(shop: Path, postgresql_url: str) -> None:
    """A lock that waited in the server would stop CREATE INDEX CONCURRENTLY for ever."""
    with_lock(shop)
    index = "with op.get_context().autocommit_block():\n        op.execute('{0}')"
    first = STEP.format(0, None)
    concurrent = index.format("CREATE INDEX CONCURRENTLY ix_t0 ON t0 (id)")
    body = 'op.execute("INSERT INTO t0 VALUES (1)")'
    (shop / "migrations/versions/a0.py").write_text(first.replace(body, concurrent))
    ran = race(shop, ALEMBIC, "upgrade", "head", SHOP_URL=postgresql_url)
    assert [one.code for one in ran] == [0] * COUNT, [one.said for one in ran if one.code]


HAND_OVER = """
import asyncio, logging, sys
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

URL = sys.argv[1]
alive = logging.getLogger("somebody.else")

async def by_connection():
    engine = create_async_engine(URL)
    def upgrade(connection):
        config = Config("alembic.ini")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()

async def inside_a_loop():
    config = Config("alembic.ini")
    config.attributes["url"] = URL
    command.upgrade(config, "head")

def plainly():
    config = Config("alembic.ini")
    config.attributes["url"] = URL
    command.upgrade(config, "head")

way = sys.argv[2]
if way == "plainly":
    plainly()
else:
    asyncio.run(globals()[way]())
assert not alive.disabled
"""


def test_connection_handed_over_by_a_program(shop: Path, database_url: str) -> None:
    hand_over(shop, database_url, "by_connection")


@pytest.mark.parametrize("way", ["inside_a_loop", "plainly"])
def test_url_handed_over_by_a_program(shop: Path, postgresql_url: str, way: str) -> None:
    """`config.attributes` wins over the application's own URL, also inside a running loop."""
    hand_over(shop, postgresql_url, way)


def hand_over(shop: Path, url: str, way: str) -> None:
    own = "sqlite+aiosqlite:///own.db"
    alembic(shop, "revision --autogenerate -m start", SHOP_URL=own)
    (shop / "own.db").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", HAND_OVER, url, way],
        cwd=shop,
        env={**os.environ, "SHOP_URL": own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert query(url, "SELECT count(*) FROM orders") == [(0,)]
    assert not (shop / "own.db").exists()


def test_offline_mode_prints_sql(shop: Path, database_url: str) -> None:
    commands = "revision --autogenerate -m start; upgrade head --sql"
    done = alembic(shop, commands, SHOP_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE orders" in done.stdout


def test_tables_of_another_base_are_not_dropped(tmp_path: Path, database_url: str) -> None:
    set_up(write(tmp_path, r.SEVERAL), metadata=("one.models:Base",), url="env:SHOP_URL")
    query(database_url, "CREATE TABLE c (id INTEGER PRIMARY KEY)")
    commands = "revision --autogenerate -m start; upgrade head; check"
    done = alembic(tmp_path, commands, SHOP_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert query(database_url, "SELECT count(*) FROM c") == [(0,)]
    (revision,) = (tmp_path / "migrations/versions").glob("*_start.py")
    assert "drop_table('c')" not in revision.read_text()


def test_plain_metadata_beside_the_chosen_base(tmp_path: Path) -> None:
    """Tables of the project's other MetaData are known, in whatever module they are."""
    notes = {"notes.py": r.OLD_STYLE["app.py"]}
    set_up(write(tmp_path, notes, r.TABLES), metadata=("notes:Base",), url="sqlite:///x.db")
    query(f"sqlite+aiosqlite:///{tmp_path}/x.db", "CREATE TABLE posts (id INTEGER PRIMARY KEY)")
    done = alembic(tmp_path, ROUND)
    assert done.returncode == 0, done.stderr
    assert query(f"sqlite+aiosqlite:///{tmp_path}/x.db", "SELECT count(*) FROM posts") == [(0,)]


def test_several_bases_together(tmp_path: Path) -> None:
    both = ("one.models:Base", "two.models:Base")
    set_up(write(tmp_path, r.SEVERAL), metadata=both, url="sqlite:///both.db")
    assert alembic(tmp_path, ROUND).returncode == 0
    url = f"sqlite+aiosqlite:///{tmp_path}/both.db"
    assert_clean(tmp_path / "migrations/env.py")
    tables = query(url, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    assert tables == [("a",), ("alembic_version",), ("b",), ("c",)]


def test_extension_tables_and_partitions_are_left_alone(shop: Path, postgresql_url: str) -> None:
    query(postgresql_url, "CREATE TABLE parts (id int, d date) PARTITION BY RANGE (d)")
    query(postgresql_url, "CREATE TABLE part_1 PARTITION OF parts DEFAULT")
    alembic(shop, "revision --autogenerate -m start", SHOP_URL=postgresql_url)
    (revision,) = (shop / "migrations/versions").glob("*_start.py")
    assert "part_1" not in revision.read_text()


def test_tables_in_a_schema_of_their_own(tmp_path: Path, postgresql_url: str) -> None:
    model = dedented(r.OLD_STYLE["app.py"]) + '    __table_args__ = {"schema": "side"}\n'
    set_up(write(tmp_path, {"app.py": model}), url="env:SHOP_URL")
    query(postgresql_url, "CREATE SCHEMA side")
    query(postgresql_url, "CREATE SCHEMA foreign_one")
    query(postgresql_url, "CREATE TABLE foreign_one.t (id int)")
    done = alembic(tmp_path, ROUND, SHOP_URL=postgresql_url)
    assert done.returncode == 0, done.stderr
    assert query(postgresql_url, "SELECT count(*) FROM side.notes") == [(0,)]


def test_column_types_of_the_project_and_types_that_sqlite_does_not_know(tmp_path: Path) -> None:
    types = """
        from sqlalchemy import String, TypeDecorator


        class Loud(TypeDecorator):
            impl = String
            cache_ok = True
    """
    model = "from sqlalchemy import BINARY, Uuid\nfrom shop.types import Loud\n" + dedented(
        r.OLD_STYLE["app.py"]
    )
    model += "    text = Column(Loud(20))\n    raw = Column(BINARY(16))\n    uid = Column(Uuid)\n"
    set_up(write(tmp_path, {"shop/types.py": types, "shop/models.py": model}), url="sqlite:///x.db")
    done = alembic(tmp_path, ROUND)
    assert done.returncode == 0, done.stderr


def test_works_from_any_directory(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    url = f"sqlite+aiosqlite:///{shop}/x.db"
    done = alembic(elsewhere, f"-c {shop}/alembic.ini upgrade head", SHOP_URL=url)
    assert done.returncode == 0, done.stderr


def test_settings_in_pyproject(tmp_path: Path) -> None:
    pytest.importorskip("alembic", minversion="1.16")
    set_up(write(tmp_path, r.SRC), pyproject=True, url="sqlite:///x.db")
    assert not (tmp_path / "alembic.ini").exists()
    assert alembic(tmp_path, ROUND).returncode == 0


def test_changed_type_is_seen(shop: Path, database_url: str) -> None:
    alembic(shop, "revision --autogenerate -m start; upgrade head", SHOP_URL=database_url)
    models = shop / "models.py"
    models.write_text(models.read_text().replace("String(50)", "String(70)"))
    done = alembic(shop, "check", SHOP_URL=database_url)
    assert "modify_type" in done.stderr
