"""`asa optimize`: what makes the queries of a log slow, proved, with the fix."""

import sys
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.gate import FailFrom, gate_of
from asa.cli.reading import (
    DatabaseName,
    Exclude,
    LinePrefix,
    LogFormat,
    Logs,
    Since,
    Until,
    UserName,
    ViewName,
    read_all,
    selected,
    view_of,
)
from asa.cli.target import configured, database_of
from asa.errors import ExitCode, UsageError
from asa.report.form import Form
from asa.report.terminal.style import answer, header, next_step

if TYPE_CHECKING:
    from asa.config import Config
    from asa.model.event import Event
    from asa.model.judgement import Judgement
    from asa.model.rule import Rule
    from asa.model.workload import Workload
    from asa.optimize import Optimization

__all__ = ["optimize"]


class FailOn(str, Enum):
    """The severity from which findings make the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def optimize(
    logs: Logs = None,
    url: Annotated[
        str | None,
        typer.Option(help="Database to plan on: a URL, env:NAME or module:attribute."),
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file of asa snapshot to plan on instead."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print findings.")] = Form.TERMINAL,
    fail_on: Annotated[
        FailFrom,
        typer.Option(help="Exit 1 from findings of this severity on, or on new ones alone."),
    ] = FailFrom.ERROR,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Findings that are known; stale entries fail."),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what is found now as the baseline."),
    ] = None,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove",
            help="Run the captured command again, unchanged and with the loader options added.",
        ),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Write the fixes into the source, after showing the change."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before a rerun or a change.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Statements planned at once.")] = 2,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show values of the log beside the queries.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List what was not planned or judged, and why.")
    ] = False,
    source: ViewName = None,
    log_format: LogFormat = None,
    log_line_prefix: LinePrefix = None,
    since: Since = None,
    until: Until = None,
    database_name: DatabaseName = None,
    user: UserName = None,
    exclude: Exclude = None,
) -> None:
    """Find N+1 queries and missing or needless indexes in query logs, and prove each fix.

    Statements are planned with EXPLAIN, read-only, and never run. An index is
    proved on a throwaway twin: from statistics on PostgreSQL and SQLite, from
    a sample of the rows, on this machine, on MySQL and MariaDB. With --prove
    the command of the capture runs again, and does all that it does.
    """
    import asyncio

    from asa.cli.policy import under_policy
    from asa.optimize import optimize as run
    from asa.optimize.mapping import with_mapping
    from asa.optimize.snapshot import read_snapshot

    logs = logs or []
    recording = None
    if prove:
        from asa.cli.rerun import proved, rerunnable

        recording = rerunnable(logs, yes=yes)
    if snapshot is not None and url is not None:
        raise UsageError("--snapshot and --url both name what to plan on", "leave one out")
    saved = read_snapshot(snapshot) if snapshot is not None else None
    config = configured(url=url)
    database = database_of(config) if config.url and saved is None else None
    view = view_of(database, logs, source)
    workload = read_all(
        logs,
        view,
        database,
        saved.server.dialect if saved else database.dialect if database else None,
        form=log_format,
        line_prefix=log_line_prefix,
        selection=selected(since, until, database_name, user, exclude),
    ).workload()
    named = [*logs, "--source", view.value] if view else logs
    models = has_models(config, workload)
    result = asyncio.run(
        run(
            with_mapping(workload, config) if models else workload,
            database,
            jobs=jobs,
            show_values=show_values,
            snapshot=saved,
            notify=show_progress,
        )
    )
    if recording is not None:
        result = proved(result, recording, yes=yes)
    root = Path(recording.header.directory) if recording else Path.cwd()
    judgement = under_policy(result.judgement, config.policy)
    gate = gate_of(judgement, root, baseline, write_baseline)
    result = replace(result, judgement=gate.judgement)
    if form is Form.TERMINAL:
        place = str(snapshot) if snapshot else database.place if database else None
        show(result, named, place, models=models, verbose=verbose)
    else:
        from asa.report.form import rendered

        sys.stdout.write(rendered(form, result.judgement, reported_rules()) + "\n")
    gate.tell()
    if fix:
        from asa.cli.fix import applied

        applied(result, root, yes=yes)
    raise typer.Exit(gate.exit_code(fail_on))


def reported_rules() -> "tuple[Rule, ...]":
    """Return the rules that findings of this command may name."""
    from asa.rules import query_rules, rule_named

    comments = rule_named("ignore-without-reason")
    return (*query_rules(), *([comments] if comments else []))


def exit_code(judgement: "Judgement", fail_on: FailOn) -> ExitCode:
    """Return 1 where a finding is at or above the severity asked for."""
    from asa.model.finding import Severity

    if fail_on is FailOn.NEVER:
        return ExitCode.OK
    wanted = Severity[fail_on.name]
    return ExitCode.FINDINGS if judgement.at_least(wanted) else ExitCode.OK


def show_progress(event: "Event") -> None:
    """Keep one line on a terminal's stderr up to date, and wipe it at the end."""
    if not sys.stderr.isatty() or event.total is None:
        return
    text = f"planning {event.done}/{event.total}" if event.done != event.total else ""
    sys.stderr.write(f"\r\x1b[2K{text}")
    sys.stderr.flush()


def has_models(config: "Config", workload: "Workload") -> bool:
    """Whether an application is here or was recorded: a server's log alone has no models."""
    marked = any((config.root / name).is_file() for name in ("alembic.ini", "pyproject.toml"))
    return marked or config.source is not None or any(source.command for source in workload.sources)


def show(
    result: "Optimization", logs: list[str], place: str | None, *, models: bool, verbose: bool
) -> None:
    """Print what was read, what it was planned on, the findings and the next step."""
    from asa.report.terminal.findings import print_judgement
    from asa.report.terminal.workload import print_unread

    console = answer()
    console.print(header(f"asa optimize {' '.join(logs)}", read(result.workload)))
    if place is not None:
        console.print(Text(f"planned on {place}   {result.server}"))
    console.print()
    print_unread(console, result.workload, verbose=verbose)
    print_judgement(console, result.judgement, verbose=verbose)
    step = next_of(result.judgement, logs, place, models=models)
    if step:
        console.print(next_step(step))


def read(workload: "Workload") -> str:
    """Return what the logs hold, in few words."""
    classes = len(workload.classes)
    queries = "1 query" if workload.calls == 1 else f"{workload.calls:,} queries"
    text = f"{queries}, {classes:,} class{'' if classes == 1 else 'es'}"
    command = next((source.command for source in workload.sources if source.command), None)
    return f"{text}, from {command}" if command else text


def next_of(judgement: "Judgement", logs: list[str], place: str | None, *, models: bool) -> str:
    """Return what to do next: the weightiest fix, or the database that is lacking."""
    from asa.model.fix import AddIndex, LoaderOption, Rewrite

    first = judgement.findings[0].fix if judgement.findings else None
    match first:
        case LoaderOption() | Rewrite():
            text = first.text.splitlines()[0]
            return f"write {text}" + (f" at {first.at}" if first.at else "")
        case AddIndex():
            return f"add {first.name} to the model, then asa migrate" if models else first.ddl
        case None if place is None:
            return f"asa optimize {' '.join(logs)} --url ...   to plan the queries too"
        case None:
            return ""
        case _:
            return first.text
