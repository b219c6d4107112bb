"""What `asa migrate` shows: what changes, how it was proved and judged, where it was written."""

from typing import TYPE_CHECKING

import typer
from rich.text import Text

from asa.cli.migration import facts, operation_lines
from asa.config import Config
from asa.errors import AsaError, ExitCode
from asa.model.event import silent
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.migrations.environment import Environment
    from asa.migrations.proof.revision_proof import Proof
    from asa.migrations.writing import Outcome
    from asa.model.finding import Finding

__all__ = ["exit_code", "judged", "show", "show_sql"]

UPGRADE = "asa upgrade"


def judged(environment: "Environment", outcome: "Outcome") -> "tuple[Finding, ...]":
    """Review what was written; nothing where that fails, for the file is written already."""
    from asa.cli.policy import under_policy
    from asa.migrations.review.choice import Choice
    from asa.migrations.review.review import review
    from asa.model.finding import Severity

    written = outcome.written
    if not written.revisions:
        return ()
    try:
        found = review(
            environment,
            Choice(tuple(revision.id for revision in written.revisions)),
            silent,
            dialect=written.place.server.dialect,
            ask_database=not outcome.scratch,
        )
    except AsaError:
        return ()
    judgement = under_policy(found.judgement, environment.config.policy)
    return judgement.at_least(Severity.WARNING)


def show_sql(environment: "Environment", outcome: "Outcome") -> None:
    """Print the SQL of the revisions, or why there is none without a database."""
    from asa.migrations.offline import upgrade_sql

    console = answer()
    written = outcome.written
    console.print()
    try:
        end = written.revisions[-1].id
        start = "".join(f"{parent.id}:" for parent in written.parents[:1])
        sql = upgrade_sql(environment, f"{start}{end}")
    except AsaError as error:
        console.print(line(console, Symbol.NOTE, f"no SQL: {error.message}", indent=0))
        return
    console.print(header("sql", written.place.server.dialect))
    console.print()
    typer.echo(sql.strip())


def finding_line(finding: "Finding") -> Text:
    """Return a finding on one line; asa review tells the rest."""
    from asa.report.terminal.findings import SYMBOLS

    console = answer()
    text = Text.assemble(f"{finding.rule}   ", (finding.subject, "bold"))
    return line(console, SYMBOLS[finding.severity], text)


def show(
    outcome: "Outcome", message: str, config: Config, findings: "tuple[Finding, ...]" = ()
) -> None:
    """Print what the revision does, how it was proved and judged, and where it was written."""
    console = answer()
    written = outcome.written
    at = f"at {written.parents[0].shown}" if written.parents else "first revision"
    where = (
        (f"against scratch {written.place.server}",)
        if outcome.scratch
        else facts(config, written.place)
    )
    console.print(header(f'asa migrate "{message}"', *where, at))
    console.print()
    if not written.revisions:
        tables = "1 table" if written.tables == 1 else f"{written.tables} tables"
        equal = "the replayed history" if outcome.scratch else "the database"
        same = f"no change: models equal {equal} ({tables}), so nothing was written"
        console.print(line(console, Symbol.PROVED, same, indent=0))
        return
    for row in operation_lines(written.operations):
        console.print(row)
    console.print()
    if outcome.proof is not None:
        for row in proof_lines(outcome.proof):
            console.print(row)
    for finding in findings:
        console.print(finding_line(finding))
    if outcome.proof is not None or findings:
        console.print()
    for row in closing_lines(outcome, findings):
        console.print(row)


def closing_lines(outcome: "Outcome", findings: "tuple[Finding, ...]") -> "list[Text]":
    """Return which files were written, and what to type next."""
    console = answer()
    revisions = outcome.written.revisions
    right = exit_code(outcome) == ExitCode.OK
    symbol = Symbol.PROVED if right else Symbol.CHANGE
    remark = "" if right else ", which must change"
    rows = [line(console, symbol, f"wrote {one.file}{remark}", indent=0) for one in revisions]
    if right and findings:
        remark = f"shows what to write instead; then {UPGRADE}"
        return [*rows, next_step(f"asa review {revisions[0].shown}", remark)]
    if right:
        return [*rows, next_step(UPGRADE)]
    if len(revisions) > 1:
        return [*rows, next_step("correct them", "or remove them, and go again")]
    return [*rows, next_step(f"correct {revisions[0].file}", "or remove it, and go again")]


def proof_lines(proof: "Proof") -> list[Text]:
    """Return the proof's word with its evidence."""
    from asa.migrations.proof.revision_proof import Proved, Unproved

    console = answer()
    if isinstance(proof, Proved):
        times = (proof.up_ms, proof.down_ms, proof.again_ms)
        up, down, again = (milliseconds(one) for one in times)
        schema = (
            "schema equals models" if proof.compared is None else f"not compared: {proof.compared}"
        )
        several = f"{proof.revisions} revisions, " if proof.revisions > 1 else ""
        text = Text.assemble(
            "proved  ", (f"{several}up {up}, down {down}, up {again}; {schema}", "dim")
        )
        return [line(console, Symbol.PROVED, text)]
    if isinstance(proof, Unproved):
        first = line(console, Symbol.JUDGE, f"unproved: {proof.reason}")
        return [first, *detail_lines(proof.details)]
    rows = [line(console, Symbol.CHANGE, f"refuted: {proof.reason}")]
    rows += detail_lines(proof.details)
    return [*rows, *(Text("    ") + row for row in operation_lines(proof.operations))]


def detail_lines(details: tuple[tuple[str, str], ...]) -> list[Text]:
    """Return evidence as rows of a label and a text, of whose lines the first is enough."""
    width = max((len(label) for label, _ in details), default=0)
    return [
        Text(f"    {label:<{width}}  {text.partition(chr(10))[0]}", style="dim")
        for label, text in details
    ]


def exit_code(outcome: "Outcome") -> ExitCode:
    """Return 4 for a revision that its proof refutes."""
    from asa.migrations.proof.revision_proof import Refuted

    refuted = isinstance(outcome.proof, Refuted)
    return ExitCode.MIGRATION if refuted else ExitCode.OK
