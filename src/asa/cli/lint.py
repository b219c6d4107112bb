"""`asa lint`: judge models and engine settings against async SQLAlchemy best practice."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.gate import FailOn, exit_code, tell_silenced
from asa.cli.progress import working
from asa.cli.target import DatabaseOption, DialectName, configured, database_of
from asa.errors import AsaError
from asa.report.form import Form
from asa.report.terminal.style import answer, header, next_step

if TYPE_CHECKING:
    from asa.config import Config
    from asa.lint import Lint
    from asa.model.judgement import Judgement

__all__ = ["lint"]


def lint(
    dialect: Annotated[
        DialectName | None,
        typer.Option(help="What the models are meant for, where no URL tells."),
    ] = None,
    database: DatabaseOption = None,
    form: Annotated[Form, typer.Option("--format", help="How to print findings.")] = Form.TERMINAL,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit 1 from findings of this severity on.")
    ] = FailOn.ERROR,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Write the fixes into the source, after showing the change."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before that.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name every place of every finding.")
    ] = False,
) -> None:
    r"""Judge models and engine settings: what will be slow, lost or refused.

    The models are imported, the rest of the source is read; no database is
    asked. A comment silences a line: # asa: ignore\[rule] reason

    Example: asa lint --fail-on warning --format github
    """
    from asa.cli.policy import under_policy
    from asa.lint import lint as run
    from asa.rules import model_rules

    config = configured(database=database)
    with working("importing the models"):
        result = run(config, dialect.family if dialect else dialect_of(config))
    judgement = under_policy(result.judgement, config.policy)
    if form is Form.TERMINAL:
        show(result, judgement, verbose=verbose)
    else:
        from asa.report.form import rendered

        sys.stdout.write(rendered(form, judgement, model_rules()) + "\n")
    tell_silenced(result.silenced)
    if fix:
        from asa.cli.fix import applied

        applied(judgement.findings, config.root, yes=yes)
    raise typer.Exit(exit_code(judgement, fail_on))


def dialect_of(config: "Config") -> str | None:
    """Return the dialect of the database in the settings; None where they lead to none."""
    if config.url is None:
        return None
    try:
        return database_of(config).dialect
    except AsaError:
        return None


def show(result: "Lint", judgement: "Judgement", *, verbose: bool) -> None:
    """Print what was judged, the findings and the next step."""
    from asa.report.terminal.lint import print_lint

    console = answer()
    meant = f"for {result.design.dialect}" if result.design.dialect else "for any database"
    console.print(header("asa lint", ", ".join(judgement.judged), meant))
    console.print()
    print_lint(console, judgement, verbose=verbose)
    if judgement.findings:
        worst = max(judgement.findings, key=lambda finding: finding.severity)
        console.print(next_step(f"asa rules {worst.rule}"))
