"""A revision written where no database serves: from the history, replayed on scratch."""

from asa.migrations import directory
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import StaleError, replay
from asa.migrations.proof.scratch_server import Bench
from asa.migrations.rename import Undecided
from asa.migrations.request import Request
from asa.migrations.revision import Written, hook_error, migrate
from asa.model.event import Event, Notify, Stage, silent

__all__ = ["compared_on_scratch"]


def compared_on_scratch(
    environment: Environment, request: Request, bench: Bench, notify: Notify
) -> Written | Undecided:
    """Replay the history on scratch and compare with that; twice where a kept log is stale."""
    notify(Event(Stage.STARTED, "history", "replayed on scratch"))
    try:
        written = attempt(environment, request, bench)
    except StaleError:
        written = attempt(environment, request, bench)
    if isinstance(written, Written):
        for revision in written.revisions:
            run_hooks(environment, revision.file)
    return written


def attempt(environment: Environment, request: Request, bench: Bench) -> Written | Undecided:
    """Compare once, on a database that is empty yet."""
    with bench.database() as database:
        answer = run_guarded(
            replay_and_migrate,
            request,
            str(bench.server.about),
            environment=environment,
            scratch=database,
            notify=silent,
            lent=bench.shared,
        )
    value: Written | Undecided = answer.value
    return value


def replay_and_migrate(
    environment: Environment, request: Request, server: str, notify: Notify
) -> Written | Undecided:
    """Replay the history, then write the revision; runs behind the guard."""
    with standing_in(environment) as site:
        heads = tuple(sorted(site.script.get_heads()))
    if len(heads) == 1:
        # Several heads are refused, and better before they are replayed.
        replay(environment, heads, server, notify)
    return migrate(
        environment,
        request.message,
        notify,
        request.answers,
        plain=request.plain,
        scratch=True,
        certified=request.certified,
    )


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
