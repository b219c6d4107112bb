"""`asa review`: judge revisions before they are applied."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.completion import complete_revision
from asa.cli.gate import FailOn, exit_code
from asa.cli.migration import UrlOption, environment_for, environment_without_database, facts
from asa.cli.progress import working
from asa.cli.target import DatabaseOption, DialectName, ScratchUrlOption, scratch_of
from asa.errors import AsaError, UsageError
from asa.model.event import Event, Stage
from asa.report.form import Form
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.config import Config
    from asa.migrations.environment import Environment
    from asa.migrations.proof.trace import Trace
    from asa.migrations.review.review import Review

__all__ = ["review"]


def review(
    revisions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REVISION",
            autocompletion=complete_revision,
            help="Ids; the unapplied revisions without any.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="GITREF", help="Revisions that are new since a branch or commit."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole history.")] = False,
    url: UrlOption = None,
    database: DatabaseOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no database, not even for sizes.")
    ] = False,
    dialect: Annotated[
        DialectName | None, typer.Option(help="What they are meant for, where no database tells.")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Run them on a scratch PostgreSQL and watch the locks.")
    ] = False,
    scratch_url: ScratchUrlOption = None,
    form: Annotated[Form, typer.Option("--format", help="How to print findings.")] = Form.TERMINAL,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit 1 from findings of this severity on.")
    ] = FailOn.ERROR,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Tell every note in full, and what was not judged, and why."
        ),
    ] = False,
) -> None:
    """Judge revisions: what they lock, lose or break, and what cannot be undone.

    Each function of a revision runs without a database; nothing is applied. With
    --trace it runs on a scratch PostgreSQL too, and what it really locks and
    rewrites is told.

    Example: asa review --since main --format github
    """
    from asa.cli.policy import review_under_policy
    from asa.migrations.review.choice import Choice
    from asa.migrations.review.review import review as run

    names = tuple(revisions or ())
    refuse_contradictions(names, since, everything=everything)
    environment = environment_of(url, database, offline=offline)
    with working("reading the revisions"):
        result = run(
            environment,
            Choice(names, since, everything),
            note,
            dialect=dialect.value if dialect else None,
            ask_database=not offline,
        )
    result = review_under_policy(result, environment.config.policy)
    traces: tuple[Trace, ...] = ()
    if trace:
        lent = scratch_of(environment.config.with_flags(scratch=scratch_url))
        result, traces = traced(environment, result, lent)
    if form is Form.TERMINAL:
        show(result, names, environment.config, traces, verbose=verbose)
    else:
        from asa.report.form import rendered
        from asa.rules import migration_rules

        sys.stdout.write(rendered(form, result.judgement, migration_rules()) + "\n")
    raise typer.Exit(exit_code(result.judgement, fail_on))


def refuse_contradictions(names: tuple[str, ...], since: str | None, *, everything: bool) -> None:
    """See that one thing is asked for.

    Raises:
        UsageError: Revisions are chosen in two ways.
    """
    if sum((bool(names), since is not None, everything)) > 1:
        raise UsageError(
            "revisions are chosen in two ways", "give ids, or --since, or --all; one of them"
        )


def environment_of(url: str | None, database: str | None, *, offline: bool) -> "Environment":
    """Return the Alembic environment; without its database where the settings lead to none.

    Raises:
        ConfigurationError: There is no environment, or what was typed leads nowhere.
    """
    try:
        return environment_for(url, database, reading=True)
    except AsaError as error:
        typed = url is not None or database is not None
        if typed and not offline:
            raise
        environment = environment_without_database()
        if not offline:
            note(Event(Stage.NOTE, "offline", error.message))
        return environment


def note(event: Event) -> None:
    """Print a note of the workflow to stderr."""
    if event.stage is Stage.NOTE:
        console = answer("stderr")
        console.print(line(console, Symbol.NOTE, event.text))


def traced(
    environment: "Environment", result: "Review", lent: str | None
) -> "tuple[Review, tuple[Trace, ...]]":
    """Run what was reviewed on scratch; return the review with the proofs, and what was watched.

    Raises:
        UsageError: The revisions are meant for another kind of database.
        AsaError: A revision fails there, or there is no scratch PostgreSQL.
    """
    from asa.migrations.proof.trace import trace
    from asa.migrations.review.watched_proof import with_traces

    if result.dialect != "postgresql":
        raise UsageError(
            f"--trace watches PostgreSQL only, and these revisions are for {result.dialect}",
            "leave --trace out, or add --dialect postgresql",
        )
    wanted = tuple(one.revision.id for one in result.revisions)
    with working("scratch database") as notify:
        server, traces = trace(environment, wanted, lent, notify)
    return with_traces(result, server, traces), traces


def show_traces(traces: "tuple[Trace, ...]", result: "Review") -> None:
    """Print every statement with the locks it took, the tables it wrote anew, and its time."""
    from asa.report.terminal.review import print_statement

    console = answer()
    shown = {one.revision.id: one.revision for one in result.revisions}
    for trace in traces:
        console.print(header(str(shown[trace.revision]), "watched on scratch, tables empty"))
        for one in trace.statements:
            marks = [f"{table}   {modes}" for table, modes in one.locks_by_table]
            marks += [f"{table}   written anew" for table in one.rewritten]
            print_statement(console, one.line, one.sql, milliseconds(one.duration_ms), marks)
        console.print()


def show(
    result: "Review",
    names: tuple[str, ...],
    config: "Config",
    traces: "tuple[Trace, ...]" = (),
    *,
    verbose: bool,
) -> None:
    """Print what was judged, on which sizes, the findings and the next step."""
    from asa.report.terminal.review import print_review

    console = answer()
    known = facts(config, result.place) if result.place else (f"for {result.dialect}", "no sizes")
    typed = " ".join(("asa review", *names))
    console.print(header(typed, result.scope, *known))
    console.print()
    pairs = [(reviewed.revision, reviewed.findings) for reviewed in result.revisions]
    show_traces(traces, result)
    print_review(console, pairs, result.judgement, verbose=verbose)
    if result.judgement.findings:
        worst = max(result.judgement.findings, key=lambda finding: finding.severity)
        console.print(next_step(f"asa rules {worst.rule}"))
    elif result.place is not None and result.revisions and not names:
        console.print(next_step("asa upgrade"))
