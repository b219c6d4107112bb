"""Write a revision, wherever the models can be compared, and prove it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from asa.errors import ConfigurationError, DatabaseError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.intended_dialect import dialect_meant
from asa.migrations.on_scratch import compared_on_scratch
from asa.migrations.proof.revision_proof import Proof, prove
from asa.migrations.proof.scratch_server import Bench, bench_for
from asa.migrations.rename import Undecided
from asa.migrations.request import Request
from asa.migrations.revision import Written, migrate
from asa.migrations.standing import BehindError
from asa.model.event import Event, Notify, Stage, silent
from asa.model.server import Server

__all__ = ["Outcome", "Scratch", "dialect_of", "write_revision"]

# Nobody is there, in contrast to somebody who refuses.
NOBODY = frozenset({"dns", "refused", "socket-missing", "timeout", "unknown-database"})
WITHOUT_DIALECT = 'asa migrate "{message}" --scratch --url postgresql://   (or mysql://, sqlite://)'


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
    environment: Environment, request: Request, notify: Notify, scratch: Scratch
) -> Outcome | Undecided:
    """Write what makes the schema equal to the models, and prove it on scratch.

    The models are compared with the database; where it is behind or not there, with the
    history of revisions replayed on a scratch database of the same dialect.

    Args:
        environment: The project's Alembic environment.
        request: The revision as the user wants it.
        notify: Told what is at work, and why scratch is used.
        scratch: How to come by scratch databases.

    Raises:
        MigrationError: The history cannot be replayed; the message names the revision.
        AsaError: As `migrate`.
    """
    with ExitStack() as stack:
        benches: list[Bench] = []

        def bench(dialect: str, like: Server | None = None) -> Bench:
            if not benches:
                benches.append(stack.enter_context(bench_for(dialect, scratch.lent, like)))
            return benches[0]

        written = None if scratch.only else compared_live(environment, request, notify)
        live = written is not None
        if written is None:
            dialect = dialect_of(environment, WITHOUT_DIALECT.format(message=request.message))
            written = compared_on_scratch(environment, request, bench(dialect), notify)
        if isinstance(written, Undecided):
            return written
        proof = None
        if written.revisions:
            proof = proven(environment, written, bench, notify, live=live)
        return Outcome(written, proof, not live)


def proven(
    environment: Environment,
    written: Written,
    bench: Callable[[str, Server | None], Bench],
    notify: Notify,
    *,
    live: bool,
) -> Proof:
    """Prove what was written."""
    server: Server | None = written.place.server if live else None
    notify(Event(Stage.STARTED, "proof", "on scratch"))
    try:
        made = bench(written.place.server.dialect, server)
        return prove(environment, written.revisions, made, server, silent)
    except KeyboardInterrupt:
        for revision in written.revisions:
            notify(Event(Stage.NOTE, "proof", f"{revision.file} is written, and not proved"))
        raise


def compared_live(
    environment: Environment, request: Request, notify: Notify
) -> Written | Undecided | None:
    """Compare with the database itself; None where it is behind or not there."""
    try:
        return migrate(
            environment,
            request.message,
            notify,
            request.answers,
            plain=request.plain,
            certified=request.certified,
        )
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
