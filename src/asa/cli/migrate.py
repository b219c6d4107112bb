"""`asa migrate`: write a revision from the difference between models and database."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.migration import (
    Narrator,
    UrlOption,
    environment_for,
    facts,
    operation_lines,
)
from asa.config import Config
from asa.report.terminal.style import Symbol, answer, header, line, next_step

if TYPE_CHECKING:
    from asa.migrations.revision import Written

__all__ = ["migrate"]


def migrate(
    message: Annotated[str, typer.Argument(help="What the revision does, in your words.")],
    url: UrlOption = None,
) -> None:
    """Write a revision from the models."""
    from asa.migrations import revision

    environment = environment_for(url)
    narrator = Narrator("asa migrate", environment.config)
    written = revision.migrate(environment, message, narrator.hear)
    show(written, message, environment.config)


def show(written: "Written", message: str, config: Config) -> None:
    """Print what the revision does and where it was written."""
    from asa.migrations.revision import likely_renames

    console = answer()
    at = f"at {written.parents[0].shown}" if written.parents else "first revision"
    console.print(header(f'asa migrate "{message}"', *facts(config, written.place), at))
    if written.revision is None:
        tables = "1 table" if written.tables == 1 else f"{written.tables} tables"
        same = f"no change: models equal the database ({tables}), so nothing was written"
        console.print()
        console.print(line(console, Symbol.PROVED, same, indent=0))
        return
    console.print()
    for row in operation_lines(written.operations):
        console.print(row)
    for dropped, added in likely_renames(written.operations):
        text = Text(f"{dropped.table}.{dropped.column} is dropped and {added.column.name} added: ")
        text.append("if that is a rename, its values are lost as written", style="bold")
        console.print()
        console.print(line(console, Symbol.JUDGE, text))
        alter = f'op.alter_column("{dropped.table}", "{dropped.column}", '
        alter += f'new_column_name="{added.column.name}")'
        console.print(Text(f"    write instead   {alter}", style="dim"))
    console.print()
    console.print(line(console, Symbol.PROVED, f"wrote {written.revision.file}", indent=0))
    console.print(next_step("asa upgrade"))
