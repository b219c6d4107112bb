"""One run of the project's env.py, with asa's own work inside it.

Alembic calls the work within `context.run_migrations`, once env.py has connected: so whatever
env.py does to connect, the work sees the connection that it really opened. Meanwhile the
process stands in the project: its directory, import paths and `.env` hold, what env.py prints
goes to stderr, and Alembic's log lines are silent. Everything is put back afterwards.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from alembic.config import Config as AlembicConfig
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from asa.database.dialect import dialect_named
from asa.database.engine import is_driver_error
from asa.database.url import FAMILIES, DatabaseUrl
from asa.errors import AsaError, DatabaseError, ProjectError
from asa.migrations.cause import code_error, command_error
from asa.migrations.environment import Environment
from asa.migrations.history import History
from asa.migrations.surroundings import directory_of, imports_of, quiet, variables_of

__all__ = ["Site", "Work", "standing_in"]

Work = Callable[[tuple[str, ...], MigrationContext], Iterable[Any]]
Explain = Callable[[BaseException], AsaError | None]


@dataclass
class Witness:
    """What was seen of env.py's connections.

    Attributes:
        address: The last address that an engine was about to connect to.
        reading: Whether this run must leave everything as it is.
        reached: Whether `context.run_migrations` was called.
        engine: The engine that env.py used.
    """

    reading: bool
    address: URL | None = None
    reached: bool = False
    engine: Engine | None = None

    def see(self, dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> None:
        """Note the address of a connection about to be made; SQLAlchemy's `do_connect`."""
        if dialect.name not in FAMILIES:
            return
        named = {key: options.get(key) for key in ("host", "port")}
        database = options.get("database") or options.get("dbname") or options.get("db")
        if dialect.name == "sqlite" and args:
            database = args[0]
            if self.reading and missing_file(database):
                # SQLite would create the file; an empty database in memory reads the same.
                args[0] = ":memory:"
        self.address = URL.create(
            f"{dialect.name}+{dialect.driver}",
            username=options.get("user"),
            host=named["host"] if isinstance(named["host"], str) else None,
            port=named["port"] if isinstance(named["port"], int) else None,
            database=str(database) if database else None,
        )


def missing_file(database: object) -> bool:
    """Tell whether this is an SQLite database in a file that does not exist."""
    name = str(database)
    return bool(name) and not name.startswith((":", "file:")) and not Path(name).exists()


def forget_pool(engine: Engine | None) -> None:
    """Empty the pool of an engine that outlives env.py, a module's of the project's.

    Its connections belong to the event loop of this run; the next run has another.
    """
    if engine is None or engine.url.database in (None, "", ":memory:"):
        return
    engine.dispose(close=False)


@dataclass(frozen=True)
class Site:
    """A project in which the process now stands.

    Attributes:
        environment: Whose settings hold.
        alembic: Alembic's Config of them.
        script: The directory of revisions.
    """

    environment: Environment
    alembic: AlembicConfig
    script: ScriptDirectory
    history: History = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "history", History(self.script, self.environment))

    def steps_up(self, target: str, heads: tuple[str, ...]) -> Iterable[Any]:
        """Return Alembic's steps from where a database stands up to a target.

        Raises:
            UsageError: No revision file has the target's id.
        """
        self.history.check(target)
        return self.script._upgrade_revs(target, heads)  # type: ignore[arg-type]

    def steps_down(self, target: str, heads: tuple[str, ...]) -> Iterable[Any]:
        """Return Alembic's steps from where a database stands down to a target.

        Raises:
            UsageError: No revision file has the target's id.
        """
        self.history.check(target)
        return self.script._downgrade_revs(target, heads)  # type: ignore[arg-type]

    def run(
        self,
        work: Work,
        *,
        reading: bool = False,
        explain: Explain = lambda _error: None,
        **options: Any,
    ) -> None:
        """Run env.py with the work inside it.

        Args:
            work: Gets the ids that the database is marked with and Alembic's context; returns
                or yields the steps to run.
            reading: Whether the run must leave everything as it is.
            explain: Sees an exception first; what it returns is raised instead.
            options: For Alembic's `EnvironmentContext`.

        The version table is not made: work that is to write calls for it.

        Raises:
            AsaError: env.py failed, could not connect, or the work did.
        """
        witness = Witness(reading)

        def reached(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            witness.reached = True
            if not context.as_sql and context.connection is not None:
                witness.engine = context.connection.engine
            return work(heads, context)

        with witnessed(witness):
            try:
                # Alembic would make the version table before the work can refuse to.
                options["dont_mutate"] = True
                with EnvironmentContext(self.alembic, self.script, fn=reached, **options):
                    self.script.run_env()
            except AsaError:
                raise
            except (Exception, SystemExit) as error:
                told = explain(error) or self.connection_error(error, witness)
                if told is None:
                    raise
                raise told from error
            finally:
                forget_pool(witness.engine)
        if not witness.reached:
            raise ProjectError(
                "env.py ended without calling context.run_migrations()",
                "call it in env.py, as Alembic's templates do; asa init writes such a file",
            )

    def connection_error(self, error: BaseException, witness: Witness) -> DatabaseError | None:
        """Return the error for a connection that env.py could not make; None for other ones."""
        if not is_driver_error(error):
            return None
        if isinstance(error, SQLAlchemyError) and not isinstance(
            error, (DBAPIError, PoolTimeoutError)
        ):
            return None
        seen = DatabaseUrl(witness.address) if witness.address else self.environment.database
        if seen is None or (witness.address is None and not isinstance(error, ImportError)):
            return None
        return dialect_named(seen.dialect).cause(error, seen.shown)


@contextmanager
def standing_in(environment: Environment, output: TextIO | None = None) -> Iterator[Site]:
    """Stand in the project for the time of the block.

    Args:
        environment: The project's Alembic environment.
        output: Takes the SQL of an offline run.

    Raises:
        AsaError: What Alembic or the user's code raises in the block, translated.
    """
    with ExitStack() as stack:
        for surrounding in (directory_of, imports_of, variables_of):
            stack.enter_context(surrounding(environment))
        stack.enter_context(quiet())
        stack.enter_context(translated(environment))
        config = environment.alembic_config(output)
        yield Site(environment, config, ScriptDirectory.from_config(config))


@contextmanager
def translated(environment: Environment) -> Iterator[None]:
    """Turn Alembic's errors, and those that the user's code raises, into asa's."""
    try:
        yield
    except AsaError:
        raise
    except CommandError as error:
        raise command_error(error, environment) from error
    except (Exception, SystemExit) as error:
        told = code_error(error, environment)
        if told is None:
            raise
        raise told from error


@contextmanager
def witnessed(witness: Witness) -> Iterator[None]:
    """Let the witness see every connection that any engine makes in the block."""
    event.listen(Engine, "do_connect", witness.see)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", witness.see)
