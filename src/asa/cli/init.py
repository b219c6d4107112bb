"""asa init: wire a repository's models to an async Alembic environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.progress import working
from asa.cli.question import answerable, choose, confirm
from asa.config import find_config, find_root
from asa.errors import ConfigurationError, UsageError
from asa.report.terminal.style import Symbol, answer, header, line, next_step

if TYPE_CHECKING:
    from asa.project.find import FoundMetadata
    from asa.setup.plan import InitPlan

__all__ = ["init"]

WIDEST = 34  # of a subject; a longer one pushes its evidence to the right


def init(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="The project's root; found when left out."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            help="The base or MetaData to migrate, module:attribute; repeatable.",
            metavar="MODULE:ATTRIBUTE",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="Where the URL comes from: env:NAME or module:attribute.", metavar="REFERENCE"
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Set up a further database of this name, with revisions of its own.",
            metavar="NAME",
        ),
    ] = None,
    pyproject: Annotated[
        bool, typer.Option("--pyproject", help="Put Alembic's settings into pyproject.toml.")
    ] = False,
    models: Annotated[
        bool, typer.Option("--models", help="Write base_model.py: keys, timestamps, soft delete.")
    ] = False,
    session: Annotated[
        bool, typer.Option("--session", help="Write session_manager.py: engine, get_db, health.")
    ] = False,
    application: Annotated[
        bool, typer.Option("--app", help="Write main.py, a minimal FastAPI application.")
    ] = False,
    lock: Annotated[
        bool, typer.Option("--lock", help="Let env.py keep other upgrades out, also without asa.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is weak in an env.py that is there already.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be written, as a diff; write nothing."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask.")] = False,
) -> None:
    """Find the models, write an async Alembic environment.

    Example: asa init --dry-run
    """
    from asa.setup.init import InitOptions, plan_init
    from asa.setup.parts import Parts
    from asa.setup.plan import Undecided
    from asa.setup.write import apply

    root = root_of(directory)
    parts = Parts(models, session, application)
    options = InitOptions(tuple(metadata or ()), url, pyproject, parts, fix, lock, database)
    config = find_config(root)
    with working("reading the project"):
        plan = plan_init(config, options)
    if isinstance(plan, Undecided):
        chosen = ask_metadata(plan.candidates, no_input)
        with working("importing the models"):
            plan = plan_init(config, replace(options, metadata=chosen))
        assert not isinstance(plan, Undecided)  # noqa: S101  (references were given)
    show(plan)
    if dry_run:
        show_diff(plan)
        return
    asked = plan.pending and answerable(no_input) and not yes
    if asked and not confirm("Write this?", flag="--yes"):
        answer().print(line(answer(), Symbol.NOTE, "nothing written", indent=0))
        return
    apply(plan)
    show_end(plan, f" --database {database}" if database else "")


def root_of(directory: Path | None) -> Path:
    """Return the directory to set up: the one named, or the project around the current one."""
    if directory is None:
        return find_root(Path.cwd())
    if not directory.is_dir():
        raise ConfigurationError(f"there is no directory {directory}")
    return directory.resolve()


def ask_metadata(candidates: tuple[FoundMetadata, ...], no_input: bool) -> tuple[str, ...]:
    """Let the user say which of several MetaData to migrate.

    Raises:
        UsageError: Nobody is there to answer; names the flag, with the candidates.
    """
    width = max(len(found.reference) for found in candidates)
    shown = tuple(
        f"{found.reference:<{width}}  {counted(found.table_count, len(found.modules))}"
        for found in candidates
    )
    if not answerable(no_input):
        raise UsageError(
            f"{len(candidates)} bases with tables were found, and which to migrate is open",
            f"asa init --metadata {candidates[0].reference}   (repeat it to take several)",
            details=tuple(("", text) for text in shown),
        )
    picked = choose("Which to migrate?", shown, flag="--metadata", no_input=no_input)
    return tuple(candidates[index].reference for index in picked)


def show(plan: InitPlan) -> None:
    """Print what was found and what happens to each file."""
    console = answer()
    console.print(header("asa init", short(plan.root)))
    for rows in (found_rows(plan), changed_rows(plan)):
        console.print()
        width = min(max(len(subject) for _, subject, _ in rows), WIDEST)
        for label, subject, evidence in rows:
            padded = f"{subject:<{width}}" if evidence else subject
            text = Text.assemble(f"  {label:<9} ", (padded, "bold"))
            if text.cell_len + 3 + len(evidence) > console.width:
                console.print(text)
                text = Text(" " * 9)
            console.print(text.append(f"   {evidence}" if evidence else "", style="dim"))
    said = [(Symbol.JUDGE, note) for note in plan.notes]
    said += [(Symbol.NOTE, advice) for advice in plan.advice]
    if said:
        console.print()
        for symbol, sentence in said:
            console.print(line(console, symbol, sentence))
    console.print()


def found_rows(plan: InitPlan) -> list[tuple[str, str, str]]:
    """Return what was found, as (label, subject, evidence)."""
    rows = [
        ("models", found.reference, f"{counted(found.tables, len(found.modules))}, all import")
        for found in plan.metadata
    ]
    rows.append(("url", plan.url.reference, plan.url.origin))
    if plan.url.dialect is None:
        rows.append(("dialect", "unknown", "until the URL is set"))
    else:
        rows.append(("dialect", plan.url.dialect, plan.url.driver or ""))
    return rows


def changed_rows(plan: InitPlan) -> list[tuple[str, str, str]]:
    """Return what happens to each file, as (label, subject, evidence)."""
    return [(change.action.value, change.path, change.note) for change in plan.changes]


def counted(tables: int, modules: int) -> str:
    """Return a number of tables and modules in words."""
    return f"{tables} table{'s'[: tables != 1]}, {modules} module{'s'[: modules != 1]}"


def short(path: Path) -> str:
    """Return a path as people write it."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except ValueError:
        return path.as_posix()


def show_diff(plan: InitPlan) -> None:
    """Print the planned changes as a unified diff."""
    from difflib import unified_diff

    for change in plan.pending:
        before, after = change.before or "", change.content or ""
        old = f"a/{change.path}" if change.before is not None else "/dev/null"
        rows = unified_diff(
            before.splitlines(), after.splitlines(), old, f"b/{change.path}", lineterm=""
        )
        for row in rows:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(row[:1], "")
            answer().print(Text(row, style=style))
        answer().print()
    what = "nothing to do" if not plan.pending else "nothing written: --dry-run"
    answer().print(line(answer(), Symbol.NOTE, what, indent=0))


def show_end(plan: InitPlan, named: str) -> None:
    """Print what was done and the next command, with the option that names the database."""
    from asa.setup.plan import Action

    console = answer()
    written = sum(change.action is Action.WRITE for change in plan.pending)
    edited = len(plan.pending) - written
    if plan.pending:
        done = f"{written} written, {edited} edited, nothing overwritten"
        console.print(line(console, Symbol.PROVED, done, indent=0))
    else:
        console.print(line(console, Symbol.PROVED, "nothing to do", indent=0))
    if plan.serve:
        console.print(next_step('asa migrate "start" && asa upgrade'))
        console.print(next_step(plan.serve, "then serves the application"))
    elif plan.mendable:
        console.print(next_step(f"asa init --fix{named}", "--dry-run shows the edits"))
    else:
        command = "asa status" if plan.revisions else 'asa migrate "start"'
        console.print(next_step(f"{command}{named}"))
