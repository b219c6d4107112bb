"""Two sets of models, and the operations between them, run on a database as a revision would."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.autogenerate.api import AutogenContext, produce_migrations
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.asyncio import create_async_engine

from asa.migrations.check_comparison import add_checks
from asa.migrations.drift import compare
from asa.migrations.enum_comparison import add_members
from asa.migrations.rename import NO_ANSWERS, Answers

__all__ = ["Compared", "on"]

Result = TypeVar("Result")


def on(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run a function on a connection to a database; what it did is committed."""

    async def main() -> Result:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            result = await connection.run_sync(work)
            await connection.commit()
        await engine.dispose()
        return result

    return asyncio.run(main())


class Compared:
    """A database and the models that it is to follow."""

    def __init__(self, url: str, models: MetaData) -> None:
        self.url = url
        self.models = models
        self.up = ""
        self.down = ""
        on(url, models.create_all)

    def context(self, connection: Connection) -> MigrationContext:
        """Return Alembic's context, as an env.py makes it."""
        batch = connection.dialect.name == "sqlite"
        options = {
            "target_metadata": self.models,
            "render_as_batch": batch,
            "user_module_prefix": None,
        }
        return MigrationContext.configure(connection, opts=options)

    @property
    def drift(self) -> list[str]:
        """What differs, one line each."""

        def work(connection: Connection) -> list[str]:
            operations = compare(self.context(connection)).operations
            told = [operation.description for operation in operations]
            return [f"{one.sign} {one.kind} {one.subject} {one.remark}" for one in told]

        return on(self.url, work)

    def write(self, models: MetaData, answers: Answers = NO_ANSWERS) -> None:
        """Take other models, and write what makes the database follow them."""
        self.models = models

        def work(connection: Connection) -> None:
            context = self.context(connection)
            compare(context)
            script = produce_migrations(context, models)
            add_members(script, context, answers)
            add_checks(script, context)
            rendering = AutogenContext(context, models)
            for name, operations in (("up", script.upgrade_ops), ("down", script.downgrade_ops)):
                assert operations is not None
                text = render_python_code(
                    operations,
                    render_as_batch=context.opts["render_as_batch"],
                    migration_context=context,
                    imports=sorted(rendering.imports),
                )
                setattr(self, name, text)

        on(self.url, work)

    def upgrade(self) -> None:
        """Run what was written."""
        self.run(self.up)

    def downgrade(self) -> None:
        """Undo it by what was written for that."""
        self.run(self.down)

    def run(self, text: str) -> None:
        """Run the body of a revision, in a transaction as Alembic's own."""

        def work(connection: Connection) -> None:
            context = self.context(connection)
            source = "def body():\n    " + text
            with context.begin_transaction(_per_migration=True), Operations.context(context) as op:
                names: dict[str, Any] = {"op": op, "sa": sa, "mysql": mysql}
                names["postgresql"] = postgresql
                exec(compile(source, "<revision>", "exec"), names)  # noqa: S102  (written by asa)
                names["body"]()

        on(self.url, work)

    def rows(self, *statements: str) -> list[Any]:
        """Run statements; return the rows of the last one."""

        def work(connection: Connection) -> list[Any]:
            found: list[Any] = []
            for statement in statements:
                result = connection.execute(sa.text(statement))
                found = [tuple(row) for row in result] if result.returns_rows else []
            return found

        return on(self.url, work)
