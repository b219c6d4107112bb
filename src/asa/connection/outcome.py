"""What became of checking one database, and the forms that programs read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from asa.connection.form import Form
from asa.connection.step import Step, Verdict
from asa.errors import DatabaseError, ExitCode
from asa.model.event import Stage

__all__ = ["Outcome", "exit_code", "rendered"]

VERSION = 1
MARKS = {Stage.DONE: "✓", Stage.WARNED: "!", Stage.NOTE: "·", Stage.FAILED: "✗"}
STATES = {Stage.DONE: "ok", Stage.WARNED: "warning", Stage.NOTE: "note", Stage.FAILED: "failed"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check.

    Attributes:
        database: As shown, without its password.
        name: What the settings call it; empty for one that they do not name.
        verdict: What was found; None where it cannot be used.
        error: Why it cannot be used.
        unmet: What `--require` demands and the database does not have, each with why.
    """

    database: str
    name: str = ""
    verdict: Verdict | None = None
    error: DatabaseError | None = None
    unmet: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The database as a heading: its name, where it has one, and its URL."""
        return f"{self.name}   {self.database}" if self.name else self.database

    @property
    def summary(self) -> str:
        """Return the sum in a few words."""
        if self.error is not None:
            return f"{self.error.message} [{self.error.cause}]"
        if self.unmet:
            return f"usable, {len(self.unmet)} unmet"
        count = len(self.verdict.warnings) if self.verdict else 0
        return f"usable, {count} warning{'s' if count > 1 else ''}" if count else "usable"

    @property
    def stage(self) -> Stage:
        """Return how it ended."""
        if self.error is not None or self.unmet:
            return Stage.FAILED
        return Stage.WARNED if self.verdict and self.verdict.warnings else Stage.DONE


def exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """Return the code that the command ends with: unreachable weighs more than unmet."""
    if any(outcome.error is not None for outcome in outcomes):
        return ExitCode.DATABASE
    return ExitCode.FINDINGS if any(outcome.unmet for outcome in outcomes) else ExitCode.OK


def rendered(form: Form, outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes in one of the forms other than the terminal's."""
    if form is Form.JSON:
        document = {"version": VERSION, "databases": [as_data(one) for one in outcomes]}
        return json.dumps(document, indent=2, ensure_ascii=False)
    lines = as_commands if form is Form.GITHUB else as_section
    return "\n".join(line for outcome in outcomes for line in lines(outcome))


def as_data(outcome: Outcome) -> dict[str, object]:
    """Return one outcome as plain data."""
    verdict, error = outcome.verdict, outcome.error
    data: dict[str, object] = {
        "name": outcome.name or None,
        "database": outcome.database,
        "usable": error is None,
        "unmet": [{"requirement": name, "reason": reason} for name, reason in outcome.unmet],
    }
    if error is not None:
        data["cause"] = error.cause
        data["transient"] = error.transient
        data["message"] = error.message
        data["hint"] = error.hint
        data["details"] = [{"label": label, "text": text} for label, text in error.details]
    if verdict is not None:
        server = verdict.server
        data["server"] = {
            "dialect": server.dialect,
            "flavour": server.flavour,
            "version": server.version_text,
            "read_only": server.read_only,
            "replica": server.replica,
        }
        data["steps"] = [step_data(step) for step in verdict.steps]
    return data


def step_data(step: Step) -> dict[str, object]:
    """Return one step as plain data."""
    return {
        "step": step.name,
        "state": STATES[step.stage],
        "text": step.text,
        "duration_ms": None if step.duration_ms is None else round(step.duration_ms, 3),
        "advice": step.advice or None,
    }


def as_commands(outcome: Outcome) -> list[str]:
    """Return GitHub's workflow commands: an error, the unmet, the warnings, and a plain line."""
    lines = []
    if outcome.error is not None:
        text = f"{outcome.error.message}\n{outcome.error.hint}"
        lines.append(f"::error title=asa check-connection {outcome.error.cause}::{escaped(text)}")
    for name, reason in outcome.unmet:
        lines.append(f"::error title=asa requires {escaped(name)}::{escaped(reason)}")
    for step in outcome.verdict.warnings if outcome.verdict else ():
        text = f"{step.text}\n{step.advice}"
        lines.append(f"::warning title=asa check-connection {step.name}::{escaped(text)}")
    return [*lines, f"asa: {outcome.title} {outcome.summary}"]


def escaped(text: str) -> str:
    """Return text as GitHub takes it in a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_section(outcome: Outcome) -> list[str]:
    """Return a Markdown section: the sum, then a table of the steps."""
    name = f"{outcome.name} " if outcome.name else ""
    heading = f"### {MARKS[outcome.stage]} {name}`{outcome.database}`"
    lines = [heading, "", f"**{cell(outcome.summary)}**"]
    lines += [f"- unmet `{name}`: {cell(reason)}" for name, reason in outcome.unmet]
    if outcome.error is not None:
        lines += ["", f"next: {cell(outcome.error.hint)}"]
    if outcome.verdict is not None:
        lines += ["", "| | step | | ms |", "|-|-|-|-:|"]
        lines += [row(step) for step in outcome.verdict.steps]
    return [*lines, ""]


def row(step: Step) -> str:
    """Return one step as a table's row."""
    time = "" if step.duration_ms is None else f"{step.duration_ms:.1f}"
    advice = f"; next: {step.advice}" if step.advice else ""
    return f"| {MARKS[step.stage]} | {step.name} | {cell(step.text + advice)} | {time} |"


def cell(text: str) -> str:
    """Return text that breaks no table."""
    return text.replace("|", "\\|").replace("\n", " ")
