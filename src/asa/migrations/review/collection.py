"""What a revision would do: its functions run, and every operation is noted instead of done.

The operations run on a connection that leads nowhere. Where a function fails on the way
(mostly because it reads rows, and none come back), its remaining calls of `op` are read one
by one from its source; what cannot be read so either is told.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import op
from alembic.operations import BatchOperations, Operations, ops
from alembic.operations.batch import BatchOperationsImpl
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from asa.migrations.env_run import Site
from asa.migrations.review.mock_connection import connected_nowhere, kept_in
from asa.migrations.review.notes import MOST_STEPS, EndlessError, Notes
from asa.migrations.review.op_call import spoken
from asa.migrations.review.schema_state import Passage
from asa.migrations.review.unrun import unrun
from asa.model.change import Step
from asa.model.judgement import NotJudged
from asa.model.operation import ExecuteSql
from asa.model.schema import Schema
from asa.model.server import Server

__all__ = ["Function", "hear"]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a revision, as it was heard.

    Attributes:
        steps: What it does, in order.
        line: Where it begins; 0 where there is none.
        refuses: Whether it raises before it has done anything.
        silences: What of it is not known, and why.
    """

    steps: tuple[Step, ...] = ()
    line: int = 0
    refuses: bool = False
    silences: tuple[NotJudged, ...] = ()


class Context(MigrationContext):
    """Alembic's context, whose autocommit block only says that it was entered."""

    notes: Notes

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """Note the steps of the block as outside of any transaction."""
        with self.notes.outside():
            yield


class Listening:
    """Operations that are noted; mixed in before Alembic's own class."""

    notes: Notes
    recreate: str = "never"

    def invoke(self, operation: ops.MigrateOperation) -> Any:
        """Note an operation; return what Alembic would, as far as revisions use it."""
        context: Any = self.migration_context  # type: ignore[attr-defined]
        recreates = self.recreate == "always" or (self.recreate == "auto" and anew(operation))
        if isinstance(operation, ops.ExecuteSQLOp):
            for one in spoken(operation, context):
                if isinstance(one, ExecuteSql):
                    self.notes.add_sql(one.sql)
                else:
                    self.notes.add(one)
            return None
        for one in spoken(operation, context):
            tolerant = bool(getattr(operation, "if_exists", None))
            self.notes.add(one, recreates=recreates, tolerant=tolerant)
        return operation.to_table(context) if isinstance(operation, ops.CreateTableOp) else None


def anew(operation: ops.MigrateOperation) -> bool:
    """Tell whether SQLite's batch mode makes a table anew for an operation."""
    if isinstance(operation, ops.AddColumnOp):
        default = operation.column.server_default
        constant = default is None or isinstance(getattr(default, "arg", None), str)
        return not constant or bool(operation.column.foreign_keys)
    plain = (ops.CreateIndexOp, ops.DropIndexOp, ops.CreateTableCommentOp, ops.RenameTableOp)
    return not isinstance(operation, plain)


class BatchListener(Listening, BatchOperations):
    """The operations of one batch, noted."""


class Listener(Listening, Operations):
    """The operations of a revision, noted."""

    @contextmanager
    def batch_alter_table(
        self,
        table_name: str,
        schema: str | None = None,
        recreate: Any = "auto",
        *_: Any,
        **options: Any,
    ) -> Iterator[BatchOperations]:
        """Note the operations of a batch."""
        impl = BatchOperationsImpl(  # type: ignore[no-untyped-call]  # Alembic leaves it so
            self,
            table_name,
            schema,
            recreate,
            None,
            (),
            {},
            (),
            {},
            options.get("naming_convention"),
            (),
        )
        batch = BatchListener(self.migration_context, impl=impl)
        batch.notes = self.notes
        batch.recreate = recreate if self.notes.dialect == "sqlite" else "never"
        yield batch


def hear(
    site: Site,
    script: Script,
    dialect: str,
    server: Server | None = None,
    before: Schema | None = None,
    *,
    both: bool = True,
) -> tuple[Function, Function]:
    """Run a revision's functions without a database; return what they would do.

    Args:
        site: The project in which the process stands.
        script: The revision.
        dialect: Of the database that it is meant for.
        server: What answers there; None where that is not known.
        before: The schema that the upgrade meets, as far as known.
        both: Whether `downgrade` is asked for besides `upgrade`.
    """
    passage = Passage(before)
    upgrade = heard(site, script, "upgrade", dialect, server, passage)
    # What the upgrade has made is there when the downgrade looks.
    downgrade = heard(site, script, "downgrade", dialect, server, passage) if both else Function()
    return upgrade, downgrade


def heard(
    site: Site, script: Script, name: str, dialect: str, server: Server | None, passage: Passage
) -> Function:
    """Hear one function of a revision."""
    work: Callable[[], object] | None = getattr(script.module, name, None)
    if work is None:
        return Function()
    file = script.module.__file__ or script.path
    notes = Notes(file, dialect, passage)
    shown = site.environment.shown(script.path)
    silences: list[NotJudged] = []
    failed: BaseException | None = None
    with listening(site, notes, server), kept_in():
        try:
            work()
        except (Exception, SystemExit) as error:  # noqa: BLE001  (it is the user's code)
            failed = error
        if failed is not None and not refuses(failed, notes):
            read = unrun(Path(file), name, notes)
            silences += [NotJudged(f"{shown}:{read.line or 1}", reason_of(failed))]
            read.finish(script.module.__dict__)
            silences += [NotJudged(f"{shown}:{line}", "could not be read") for line in read.failed]
    silences += [
        NotJudged(f"{shown}:{step.line}", "is SQL that asa does not read")
        for step in notes.steps
        if isinstance(step.operation, ExecuteSql)
    ]
    return Function(
        tuple(notes.steps),
        work.__code__.co_firstlineno if hasattr(work, "__code__") else 0,
        failed is not None and refuses(failed, notes),
        tuple(silences),
    )


def refuses(error: BaseException, notes: Notes) -> bool:
    """Tell whether a function raised on purpose, before it did anything."""
    own = (NotImplementedError, RuntimeError, SystemExit, Exception)
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return not notes.steps and type(error) in own and bool(frames) and frames[-1] == notes.file


def reason_of(error: BaseException) -> str:
    """Return in few words why a function could not be run to its end."""
    kind = type(error).__name__
    if isinstance(error, EndlessError):
        return f"does not end within {MOST_STEPS:,} statements"
    if kind == "ReachedOutError":
        return "wants a connection of its own, so its calls were read, not run"
    return f"reads the database ({kind} without one), so the rest was read, not run"


@contextmanager
def listening(site: Site, notes: Notes, server: Server | None) -> Iterator[Context]:
    """Put a listener behind `alembic.op` and `alembic.context` for the block."""
    version = server.version if server else ()
    mariadb = server is not None and server.flavour == "MariaDB"
    told = (notes.dialect, notes.add_sql, notes.passage, version)
    with connected_nowhere(*told, mariadb=mariadb) as connection:
        context = Context(connection.dialect, connection, {"script": site.script})
        context.notes = notes
        with EnvironmentContext(site.alembic, site.script) as environment:
            environment._migration_context = context
            listener = Listener(context)
            listener.notes = notes
            # Operations' own installing knows no subclass.
            names = vars(op)
            before = names.get("_proxy")
            names["_proxy"] = listener
            try:
                yield context
            finally:
                names["_proxy"] = before
