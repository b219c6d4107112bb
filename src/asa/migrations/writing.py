"""Write a revision, wherever the models can be compared, and prove it."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from asa.errors import ConfigurationError, DatabaseError
from asa.migrations import directory
from asa.migrations.environment import Environment
from asa.migrations.meant import dialect_meant
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import StaleError, replay
from asa.migrations.proof.revision_proof import Proof, prove
from asa.migrations.proof.scratch_server import Bench, bench_for
from asa.migrations.rename import Answers, Undecided
from asa.migrations.revision import BehindError, Written, hook_error, migrate
from asa.migrations.visit import standing_in
from asa.model.event import Event, Notify, Stage, silent
from asa.model.server import Server

__all__ = ["Outcome", "Scratch", "dialect_of", "write_revision"]

# Nobody is there, in contrast to somebody who refuses.
NOBODY = frozenset({"dns", "refused", "socket-missing", "timeout", "unknown-database"})


@dataclass(frozen=True, slots=True)
class Scratch:
    """How a command comes by scratch databases.

    Attributes:
        only: Whether the models are compared with the replayed history in any case.
        lent: URL of a server that the user lends; None to start one.
    """

    only: bool = False
    lent: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A revision and its proof; nothing was written where `proof` is None.

    Attributes:
        scratch: Whether the models were compared with the history replayed on scratch.
    """

    written: Written
    proof: Proof | None
    scratch: bool


def write_revision(
    environment: Environment,
    message: str,
    notify: Notify,
    scratch: Scratch,
    answers: Answers,
) -> Outcome | Undecided:
    """Write the revision that makes the schema equal to the models, and prove it on scratch.

    The models are compared with the database; where it is behind or not there, with the
    history of revisions replayed on a scratch database of the same dialect.

    Args:
        environment: The project's Alembic environment.
        message: What the revision does, in the user's words.
        notify: Told what is at work, and why scratch is used.
        scratch: How to come by scratch databases.
        answers: What the user said of columns and tables that may have been renamed.

    Raises:
        MigrationError: The history cannot be replayed; the message names the revision.
        AsaError: As `migrate`.
    """
    with ExitStack() as stack:
        benches: list[Bench] = []

        def bench(dialect: str) -> Bench:
            if not benches:
                benches.append(stack.enter_context(bench_for(dialect, scratch.lent)))
            return benches[0]

        written = None
        if not scratch.only:
            written = compared_live(environment, message, notify, answers)
        live = written is not None
        if written is None:
            hint = (
                f'asa migrate "{message}" --scratch --url postgresql://   (or mysql://, sqlite://)'
            )
            dialect = dialect_of(environment, hint)
            written = compared_on_scratch(environment, message, bench(dialect), notify, answers)
        if isinstance(written, Undecided):
            return written
        proof = None
        if written.revision is not None:
            server: Server | None = written.place.server if live else None
            try:
                chosen = bench(written.place.server.dialect)
                notify(Event(Stage.STARTED, "proof", "on scratch"))
                proof = prove(environment, written.revision, chosen, server, silent)
            except KeyboardInterrupt:
                told = f"{written.revision.file} is written, and not proved"
                notify(Event(Stage.NOTE, "proof", told))
                raise
        return Outcome(written, proof, not live)


def compared_live(
    environment: Environment, message: str, notify: Notify, answers: Answers
) -> Written | Undecided | None:
    """Compare with the database itself; None where it is behind or not there."""
    try:
        return migrate(environment, message, notify, answers)
    except BehindError as error:
        reason = error.behind
    except DatabaseError as error:
        if error.cause not in NOBODY:
            raise
        reason = error.message
    told = f"{reason}: compared with the history, replayed on scratch"
    notify(Event(Stage.NOTE, "scratch", told))
    return None


def dialect_of(environment: Environment, hint: str) -> str:
    """Return the dialect that the revisions are meant for.

    Args:
        environment: The project's.
        hint: What names it on the command line, for the error.

    Raises:
        ConfigurationError: Nothing tells.
    """
    with standing_in(environment) as site:
        env_py = Path(site.script.env_py_location)
    try:
        return dialect_meant(environment, env_py)
    except ConfigurationError as error:
        raise ConfigurationError(error.message, hint) from None


def compared_on_scratch(
    environment: Environment, message: str, bench: Bench, notify: Notify, answers: Answers
) -> Written | Undecided:
    """Replay the history on scratch and compare with that; twice where a kept log is stale."""
    notify(Event(Stage.STARTED, "history", "replayed on scratch"))
    try:
        written = attempt(environment, message, bench, answers)
    except StaleError:
        written = attempt(environment, message, bench, answers)
    if isinstance(written, Written) and written.revision is not None:
        run_hooks(environment, written.revision.file)
    return written


def attempt(
    environment: Environment, message: str, bench: Bench, answers: Answers
) -> Written | Undecided:
    """Compare once, on a database that is empty yet."""
    with bench.database() as database:
        answer = run_guarded(
            replay_and_migrate,
            message,
            answers,
            str(bench.server.about),
            environment=environment,
            scratch=database,
            notify=silent,
            lent=bench.shared,
        )
    value: Written | Undecided = answer.value
    return value


def replay_and_migrate(
    environment: Environment, message: str, answers: Answers, server: str, notify: Notify
) -> Written | Undecided:
    """Replay the history, then write the revision; runs behind the guard."""
    with standing_in(environment) as site:
        heads = tuple(sorted(site.script.get_heads()))
    if len(heads) == 1:
        # Several heads are refused, and better before they are replayed.
        replay(environment, heads, server, notify)
    return migrate(environment, message, notify, answers, hooks=False)


def run_hooks(environment: Environment, file: str) -> None:
    """Run the project's post-write hooks: programs, which the guard would not let start.

    Raises:
        MigrationError: One failed; the file stays.
    """
    with standing_in(environment) as site:
        try:
            directory.run_hooks(site.script, environment.config.root / file)
        except Exception as error:
            raise hook_error(file, error) from error
