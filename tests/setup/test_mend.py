"""What `--fix` does to an env.py that is there already: the safe edits, and nothing else."""

from difflib import unified_diff
from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import dedented, write
from tests.setup.test_environment import ROUND, alembic

from asa.config import find_config
from asa.errors import ConfigurationError, UsageError
from asa.setup.init import InitOptions, plan_init
from asa.setup.plan import Action, InitPlan
from asa.setup.write import apply

# Every weak point at once, in a file with a manner of its own.
ENV = """
    # é: our own header
    from logging.config import fileConfig
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    from app import tables

    app = "a name of ours"
    config = context.config
    fileConfig(config.config_file_name)
    config.set_main_option("sqlalchemy.url", "sqlite:///" + "mended.db")
    target_metadata = tables.metadata


    def online():
        engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=target_metadata,
                compare_type=False,
                compare_server_default=True,
            )
            with context.begin_transaction():
                context.run_migrations()


    if context.is_offline_mode():
        context.configure(url="sqlite://", target_metadata=target_metadata)
    else:
        online()
"""
INI = dedented(
    """
    [alembic]
    script_location = %(here)s/db
    prepend_sys_path = .

    [loggers]
    keys = root
    [handlers]
    keys =
    [formatters]
    keys =
    [logger_root]
    handlers =
    """
)
MAKO = """
    revision = ${repr(up_revision)}
    down_revision = ${repr(down_revision)}
    import sqlalchemy as sa
    from alembic import op


    def upgrade():
        ${upgrades if upgrades else "pass"}


    def downgrade():
        ${downgrades if downgrades else "pass"}
"""

DOUBLED = '"sqlalchemy.url", ("sqlite:///" + "mended.db").replace("%", "%%")'
BATCH = "target_metadata=target_metadata, render_as_batch=True"


def repository(root: Path, env: str = ENV) -> Path:
    files = {
        "alembic.ini": INI,
        "db/env.py": env,
        "db/script.py.mako": MAKO,
        "db/versions/.gitkeep": "",
    }
    return write(root, r.TABLES, files)


def planned(root: Path, *, fix: bool = True) -> InitPlan:
    plan = plan_init(find_config(root), InitOptions(url="sqlite:///mended.db", fix=fix))
    assert isinstance(plan, InitPlan)
    return plan


def edits(root: Path) -> list[str]:
    """Return the lines that `--fix` takes and gives in env.py."""
    (change,) = (c for c in planned(root).pending if c.path == "db/env.py")
    before, after = (change.before or "").splitlines(), (change.content or "").splitlines()
    rows = list(unified_diff(before, after, n=0, lineterm=""))[2:]
    return [row for row in rows if not row.startswith("@@")]


def test_safe_edits_and_no_other(tmp_path: Path) -> None:
    assert edits(repository(tmp_path)) == [
        "+import app.more as app_more  # noqa: F401",
        "-fileConfig(config.config_file_name)",
        '-config.set_main_option("sqlalchemy.url", "sqlite:///" + "mended.db")',
        "+fileConfig(config.config_file_name, disable_existing_loggers=False)",
        f"+config.set_main_option({DOUBLED})",
        "-            compare_type=False,",
        "-            compare_server_default=True,",
        "+            compare_type=True,",
        "+            compare_server_default=False,",
        "+            render_as_batch=True,",
        '-    context.configure(url="sqlite://", target_metadata=target_metadata)',
        f'+    context.configure(url="sqlite://", {BATCH})',
    ]


def test_mended_environment_is_right_and_has_nothing_left_to_mend(tmp_path: Path) -> None:
    before = planned(repository(tmp_path), fix=False)
    assert before.mendable == len(before.notes) == 6
    apply(planned(tmp_path))
    after = planned(tmp_path)
    assert (after.notes, after.mendable) == ((), 0)
    assert "db/env.py" not in [c.path for c in after.pending]
    done = alembic(tmp_path, ROUND)
    assert done.returncode == 0, done.stderr
    (revision,) = (tmp_path / "db/versions").glob("*.py")
    assert "'posts'" in revision.read_text(), "a module that was not imported"


def test_without_the_flag_nothing_of_it_changes(tmp_path: Path) -> None:
    repository(tmp_path)
    plan = planned(tmp_path, fix=False)
    assert [c.action for c in plan.changes if c.path == "db/env.py"] == [Action.KEEP]


def test_missing_target_is_the_project_s_base(tmp_path: Path) -> None:
    bare = (
        "from alembic import context\n\ntarget_metadata = None\n"
        "context.configure(url='sqlite://', target_metadata=target_metadata, **{})\n"
    )
    assert edits(repository(tmp_path, bare)) == [
        "+from app.tables import metadata",
        "+import app.more  # noqa: F401",
        "+import app.tables  # noqa: F401",
        "-target_metadata = None",
        "+target_metadata = metadata",
    ]


def test_percent_signs_that_are_doubled_already_are_no_weak_point(tmp_path: Path) -> None:
    doubled = ENV.replace('+ "mended.db")', '+ "mended.db".replace("%", "%%"))')
    assert "set_main_option" not in str(planned(repository(tmp_path, doubled)).notes)


REVISION = """
    from alembic import op
    import sqlalchemy as sa


    def upgrade():
        op.create_table("users", sa.Column("id", sa.Integer))
        op.create_table("audit", sa.Column("id", sa.Integer))
        op.create_table("old", sa.Column("id", sa.Integer))
        op.create_table("draft", sa.Column("id", sa.Integer))
        op.rename_table("draft", "posts")
        op.execute("DROP TABLE IF EXISTS old")


    def downgrade():
        op.drop_table("audit")
"""


def test_tables_that_revisions_made_and_no_model_has(tmp_path: Path) -> None:
    """The next revision would drop them: a model module may have gone unseen."""
    root = write(repository(tmp_path), {"db/versions/0001_first.py": REVISION})
    assert planned(root).notes == (
        "no model has audit, made by revisions: the next one would drop them",
    )
    computed = '    for name in ("audit",):\n        op.drop_table(name)\n'
    (root / "db/versions/0002_second.py").write_text(f"def upgrade():\n{computed}")
    assert planned(root).notes == ()


def test_environments_that_cannot_be_adopted_are_not_joined_by_another(tmp_path: Path) -> None:
    sections = INI.replace("[alembic]", "[core]") + "[tenant]\nscript_location = db2\n"
    root = repository(tmp_path)
    (root / "alembic.ini").write_text(sections)
    with pytest.raises(ConfigurationError, match=r"only \[core\], \[tenant\]"):
        planned(root)
    (root / "alembic.ini").unlink()
    with pytest.raises(ConfigurationError, match="db is an Alembic environment that no settings"):
        planned(root)
    assert not (root / "migrations").exists()


def test_sync_engine_beside_an_async_application(tmp_path: Path) -> None:
    engine = """
        import os

        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(os.environ["MENDED_URL"])
    """
    root = write(repository(tmp_path), {"app/engine.py": engine})
    plan = plan_init(find_config(root), InitOptions(fix=True))
    assert isinstance(plan, InitPlan)
    (left,) = plan.notes
    assert left.startswith("db/env.py:16 makes a sync engine")
    swapped = ENV.replace('+ "mended.db")', '+ "mended.db".replace("+aiosqlite", ""))')
    (root / "db/env.py").write_text(dedented(swapped))
    again = plan_init(find_config(root), InitOptions(fix=True))
    assert isinstance(again, InitPlan)
    assert again.notes == ()


def test_url_that_cannot_be_followed_is_a_question(tmp_path: Path) -> None:
    """A variable made up for a project that connects would be wrong without a word."""
    engine = """
        from sqlalchemy.ext.asyncio import create_async_engine


        def engine(settings):
            return create_async_engine(settings.dsn("asyncpg"))
    """
    root = write(repository(tmp_path), {"app/engine.py": engine})
    with pytest.raises(UsageError, match="cannot be read from the source") as caught:
        plan_init(find_config(root), InitOptions())
    assert "--url env:NAME" in caught.value.hint
    assert ("used in", "app/engine.py:5") in caught.value.details
