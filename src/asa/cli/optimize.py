"""`asa optimize`: what makes the queries of a log slow, proved, with the fix."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.gate import FailFrom, gate_of
from asa.cli.planning import (
    Baseline,
    Budget,
    FailFromOption,
    FixOption,
    Jobs,
    PlanningLimit,
    PlanUrl,
    ProveOption,
    Rows,
    ShowValues,
    SnapshotFile,
    Verbose,
    WriteBaseline,
    Yes,
    bytes_of,
    rows_of,
    saved_of,
)
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
from asa.report.form import Form
from asa.report.terminal.style import answer, header, next_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asa.config import Config
    from asa.database.url import DatabaseUrl
    from asa.model.judgement import Judgement
    from asa.model.row_snapshot import RowSnapshot
    from asa.model.rule import Rule
    from asa.model.snapshot import Snapshot
    from asa.model.workload import Workload
    from asa.optimize import Optimization
    from asa.optimize.recording import Recording

__all__ = ["optimize"]


def optimize(
    logs: Logs = None,
    url: PlanUrl = None,
    snapshot: SnapshotFile = None,
    rows: Rows = None,
    budget: Budget = None,
    form: Annotated[Form, typer.Option("--format", help="How to print findings.")] = Form.TERMINAL,
    fail_on: FailFromOption = FailFrom.ERROR,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    prove: ProveOption = False,
    fix: FixOption = False,
    yes: Yes = False,
    jobs: Jobs = 2,
    planning_limit: PlanningLimit = 120,
    show_values: ShowValues = False,
    verbose: Verbose = False,
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
    proved by HypoPG where the database has it, else on a throwaway twin: from
    statistics on PostgreSQL and SQLite, from a sample of the rows, on this
    machine, on MySQL and MariaDB. With --prove the command of the capture runs
    again, and does all that it does. With --fix proved indexes go into the
    models and one revision, loader options into the source.

    Example: asa optimize shop.jsonl --fail-on warning
    """
    logs = logs or []
    recording = recorded(logs, yes=yes) if prove else None
    saved, sizes, room = saved_of(snapshot, url), rows_of(rows), bytes_of(budget)
    config = configured(url=url)
    database = database_of(config) if config.url and saved is None else None
    view = view_of(database, logs, source)
    selection = selected(since, until, database_name, user, exclude)
    dialect = saved.server.dialect if saved else database.dialect if database else None
    workload = read_all(
        logs, view, database, dialect, form=log_format, line_prefix=log_line_prefix,
        selection=selection,
    ).workload()  # fmt: skip
    models = has_models(config, workload)
    result = judged(
        with_models(workload, config) if models else workload, database, saved,
        jobs=jobs, show_values=show_values, budget=room, rows=sizes, limit_s=planning_limit,
    )  # fmt: skip
    if recording is not None:
        result = rerun(result, recording, yes=yes)
    root = Path(recording.header.directory) if recording else Path.cwd()
    gate = gate_of(fitted(result.judgement, config), root, baseline, write_baseline)
    result = replace(result, judgement=gate.judgement)
    place = str(snapshot) if snapshot else database.place if database else None
    named = [*logs, "--source", view.value] if view else logs
    if form is Form.TERMINAL:
        step = "" if fix else next_of(result.judgement, named, place, models=models)
        show(result, named, place, step, verbose=verbose)
    else:
        write(form, result)
    gate.tell()
    if fix:
        mend(result, root, url, yes=yes)
    raise typer.Exit(gate.exit_code(fail_on))


def recorded(logs: list[str], *, yes: bool) -> "Recording":
    """Return the capture whose command is to run again.

    Raises:
        LogError: It cannot be read.
        UsageError: There is not one, or nobody can say yes.
    """
    from asa.cli.rerun import rerunnable

    return rerunnable(logs, yes=yes)


def rerun(result: "Optimization", recording: "Recording", *, yes: bool) -> "Optimization":
    """Return the result with its N+1 findings put to the proof."""
    from asa.cli.rerun import proved

    return proved(result, recording, yes=yes)


def mend(result: "Optimization", root: Path, url: str | None, *, yes: bool) -> None:
    """Write the fixes into the source, those of indexes with a revision."""
    from asa.cli.fix import applied
    from asa.cli.fix_index import indexes_applied
    from asa.fix.index import index_fixes
    from asa.fix.source import fixes_of

    found = result.judgement.findings
    indexes = index_fixes(found)
    if fixes_of(found) or not indexes:
        applied(found, root, result.workload.mapped, yes=yes)
    if indexes:
        indexes_applied(indexes, url, yes=yes)


def fitted(judgement: "Judgement", config: "Config") -> "Judgement":
    """Return a judgement without what the settings leave out, and as grave as they say."""
    from asa.cli.policy import under_policy

    return under_policy(judgement, config.policy)


def with_models(workload: "Workload", config: "Config") -> "Workload":
    """Return a workload with what the project's models say."""
    from asa.cli.progress import working
    from asa.optimize.mapping import with_mapping

    with working("importing the models"):
        return with_mapping(workload, config)


def judged(
    workload: "Workload",
    database: "DatabaseUrl | None",
    saved: "Snapshot | RowSnapshot | None",
    *,
    jobs: int,
    show_values: bool,
    budget: int | None,
    rows: "Mapping[str, int]",
    limit_s: float,
) -> "Optimization":
    """Judge a workload, with a bar where somebody looks."""
    import asyncio

    from asa.cli.progress import working
    from asa.optimize import optimize as run

    with working("planning") as notify:
        return asyncio.run(
            run(
                workload,
                database,
                jobs=jobs,
                show_values=show_values,
                snapshot=saved,
                budget=budget,
                rows=rows,
                limit_s=limit_s,
                notify=notify,
            )
        )


def write(form: Form, result: "Optimization") -> None:
    """Print the findings for a program."""
    from asa.report.form import rendered

    sys.stdout.write(rendered(form, result.judgement, reported_rules()) + "\n")


def reported_rules() -> "tuple[Rule, ...]":
    """Return the rules that findings of this command may name."""
    from asa.rules import query_rules, rule_named

    comments = rule_named("ignore-without-reason")
    return (*query_rules(), *([comments] if comments else []))


def has_models(config: "Config", workload: "Workload") -> bool:
    """Whether an application is here or was recorded: a server's log alone has no models."""
    marked = any((config.root / name).is_file() for name in ("alembic.ini", "pyproject.toml"))
    return marked or config.source is not None or any(source.command for source in workload.sources)


def show(
    result: "Optimization", logs: list[str], place: str | None, step: str, *, verbose: bool
) -> None:
    """Print what was read, what it was planned on, the findings and the next step, if any."""
    from asa.report.terminal.findings import print_judgement
    from asa.report.terminal.workload import print_unread

    console = answer()
    console.print(header(f"asa optimize {' '.join(logs)}", read(result.workload)))
    if place is not None:
        console.print(Text(f"planned on {place}   {result.server}"))
    console.print()
    print_unread(console, result.workload, verbose=verbose)
    print_judgement(console, result.judgement, verbose=verbose)
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
