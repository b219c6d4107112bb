"""Projects to migrate: models, an env.py as people have it, and whatever revisions a test needs."""

import asyncio
import importlib
import io
import os
import subprocess
import sys
import uuid
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from asa.cli.app import app
from asa.config import Config, UrlReference
from asa.database.url import parse_url
from asa.migrations.environment import Environment, find_environment
from asa.migrations.revision import Written, migrate
from asa.model.event import silent
from asa.report.terminal.style import answer

ENVIRONMENTS = Path(__file__).parent / "environments"

HEAD = """
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass
"""
CUSTOMER = """
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
"""
ORDER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
"""
REVISION = '''"""{message}"""
import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {parent!r}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Project:
    """A project below a test's directory.

    Attributes:
        root: Where alembic.ini lies.
        models: Name of its module, another one in every test: modules stay imported.
        url: The database that its own env.py names, async.
    """

    root: Path
    models: str
    url: str

    def write_models(self, *parts: str) -> None:
        """Write the models' module; the next env.py imports it afresh."""
        (self.root / f"{self.models}.py").write_text("".join((HEAD, *parts)))
        sys.modules.pop(self.models, None)
        importlib.invalidate_caches()

    def write_revision(
        self, revision: str, parent: str | None, upgrade: str, downgrade: str = "pass"
    ) -> Path:
        """Write a revision file; the bodies' lines are separated by `; `."""
        file = self.root / "migrations" / "versions" / f"{revision}_.py"
        upgrade, downgrade = (body.replace("; ", "\n    ") for body in (upgrade, downgrade))
        file.write_text(
            REVISION.format(
                id=revision,
                parent=parent,
                message=f"step {revision}",
                upgrade=upgrade,
                downgrade=downgrade,
            )
        )
        return file

    @property
    def files(self) -> list[str]:
        """Every file in the directory of revisions, hidden ones too."""
        directory = self.root / "migrations" / "versions"
        return sorted(file.name for file in directory.iterdir() if file.name != "__pycache__")

    def environment(self, url: str | None = None, origin: str = "--url") -> Environment:
        """Return the environment as the command line makes it; by default url names nothing."""
        reference = UrlReference(url, origin) if url else None
        config = Config(root=self.root, url=reference)
        return find_environment(config, parse_url(url) if url else None)

    def migrate(self, message: str) -> Written:
        """Write a revision from the models; nothing in it may need an answer."""
        written = migrate(self.environment(), message, silent)
        assert isinstance(written, Written)
        return written

    def execute(self, *statements: str) -> list[list[Any]]:
        """Run statements on the database; return the rows of each."""

        async def work() -> list[list[Any]]:
            engine = create_async_engine(self.url)
            answers = []
            async with engine.begin() as connection:
                for statement in statements:
                    result = await connection.execute(text(statement))
                    answers.append([tuple(row) for row in result] if result.returns_rows else [])
            await engine.dispose()
            return answers

        return asyncio.run(work())

    @property
    def marks(self) -> list[str]:
        """Ids that the database is marked with."""
        return sorted(row[0] for row in self.execute("SELECT version_num FROM alembic_version")[0])

    def tables(self) -> set[str]:
        """Names of the tables in the database."""
        from sqlalchemy import inspect

        async def work() -> set[str]:
            engine = create_async_engine(self.url)
            async with engine.connect() as connection:
                names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            await engine.dispose()
            return set(names)

        return asyncio.run(work())

    def asa(self, *words: str, directory: Path | None = None, **variables: str) -> Done:
        """Run the command line in the project, within this process; it is told apart."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        before = Path.cwd()
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            for name in [name for name in os.environ if name.startswith("ASA_")]:
                patch.delenv(name)
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr("sys.stdin", io.StringIO())
            os.chdir(directory or self.root)
            # The consoles remember the streams that they were made for.
            answer.cache_clear()
            try:
                app(list(words), prog_name="asa")
            except SystemExit as end:
                code = end.code
            finally:
                answer.cache_clear()
                os.chdir(before)
        assert isinstance(code, int)
        return Done(int(code), read_back(out), read_back(err))

    def asa_process(self, *words: str, **variables: str) -> Done:
        """Run the command line in the project as a process of its own."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("ASA_")}
        done = subprocess.run(
            [sys.executable, "-m", "asa", *words],
            cwd=self.root,
            env={**environ, "PYTHONIOENCODING": "utf-8", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def read_back(stream: io.TextIOWrapper) -> str:
    """Return what was written to a stream in memory."""
    stream.seek(0)
    return stream.read()


def make_project(root: Path, url: str, kind: str = "stock") -> Project:
    """Make a project whose env.py is one of `environments/` and names the URL itself."""
    models = f"models_{uuid.uuid4().hex[:8]}"
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(
        (ENVIRONMENTS / "alembic.ini").read_text().replace("URL", url.replace("%", "%%"))
    )
    (root / "migrations" / "script.py.mako").write_text(
        (ENVIRONMENTS / "script.py.mako").read_text()
    )
    source = (ENVIRONMENTS / f"{kind}.py").read_text().replace("shop_models", models)
    (root / "migrations" / "env.py").write_text(source)
    project = Project(root, models, url)
    project.write_models(CUSTOMER)
    return project
