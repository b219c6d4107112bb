"""`asa rules`: every rule asa knows; one rule explained."""

import difflib
import json
import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.completion import complete_rule
from asa.errors import UsageError
from asa.report.terminal.findings import SYMBOLS
from asa.report.terminal.page import filled
from asa.report.terminal.style import answer, header, line, next_step

if TYPE_CHECKING:
    from rich.console import Console

    from asa.model.rule import Rule

__all__ = ["rules"]

LETTERS = {"postgresql": "P", "mysql": "M", "sqlite": "S"}
LEGEND = "P PostgreSQL   M MySQL, MariaDB   S SQLite"


class Form(str, Enum):
    """How rules are printed."""

    TERMINAL = "terminal"
    JSON = "json"


def rules(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RULE",
            help="A rule's id, or what a traceback shows: MissingGreenlet, 3o7r.",
            show_default=False,
            autocompletion=complete_rule,
        ),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print them.")] = Form.TERMINAL,
) -> None:
    """List every rule that asa judges by, or explain one.

    Example: asa rules n-plus-one
    """
    from asa.rules import RULES

    chosen = RULES if name is None else (named(name),)
    if form is Form.JSON:
        sys.stdout.write(json.dumps([as_json(rule) for rule in chosen], indent=2) + "\n")
    elif name is None:
        show_all(chosen)
    else:
        show_one(chosen[0])


def named(name: str) -> "Rule":
    """Return the rule of a name.

    Raises:
        UsageError: There is no such rule.
    """
    from asa.rules import RULES, rule_named

    rule = rule_named(name)
    if rule is None:
        near = difflib.get_close_matches(name, [rule.id for rule in RULES], n=1)
        raise UsageError(
            f'there is no rule "{name}"', f"asa rules {near[0]}" if near else "asa rules"
        )
    return rule


def show_all(rules: "tuple[Rule, ...]") -> None:
    """Print one line for each rule, by family."""
    console = answer()
    console.print(header("asa rules", f"{len(rules)} rules", LEGEND))
    for family in dict.fromkeys(rule.family for rule in rules):
        console.print()
        console.print(Text(f"  {family}", style="bold"))
        members = [rule for rule in rules if rule.family == family]
        width = max(len(rule.id) for rule in members)
        for rule in members:
            console.print(row(console, rule, width))
    console.print()
    console.print(next_step(f"asa rules {rules[0].id}"))


def row(console: "Console", rule: "Rule", width: int) -> Text:
    """Return a rule's line: id, severity, dialects, summary."""
    letters = "".join(LETTERS[d] if d in rule.dialects else " " for d in LETTERS)
    text = Text.assemble(f"{rule.id:<{width}}  ", (f"{letters}  {rule.summary}", "dim"))
    return line(console, SYMBOLS[rule.severity], text)


def show_one(rule: "Rule") -> None:
    """Print the page of one rule."""
    console = answer()
    facts = [f"{rule.family} rule", f"{rule.severity.name.lower()} unless proof says otherwise"]
    if len(rule.dialects) < len(LETTERS):
        facts.append(", ".join(rule.dialects))
    console.print(header(rule.id, *facts))
    if rule.errors:
        console.print(Text(f"shown as {', '.join(rule.errors)}", style="dim"))
    console.print()
    for text in filled(rule.page.strip(), console.width):
        heading = text.endswith(":") and not text.startswith(" ")
        console.print(
            Text(text.removesuffix(":") if heading else text, style="bold" if heading else "")
        )


def as_json(rule: "Rule") -> dict[str, object]:
    """Return a rule as a JSON object."""
    return {
        "id": rule.id,
        "family": rule.family,
        "severity": rule.severity.name.lower(),
        "dialects": list(rule.dialects),
        "summary": rule.summary,
        "errors": list(rule.errors),
        "page": rule.page.strip(),
    }
