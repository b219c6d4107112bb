"""`asa rules`: every rule asa knows; one rule explained."""

import difflib
from typing import Annotated

import typer
from rich.text import Text

from asa.errors import UsageError
from asa.report.terminal.style import answer, header, next_step

__all__ = ["rules"]

SYMBOLS = {"ERROR": "red", "WARNING": "yellow", "INFO": "dim"}


def rules(
    name: Annotated[str | None, typer.Argument(metavar="RULE", help="A rule's id.")] = None,
) -> None:
    """List every rule that asa judges by, or explain one."""
    if name is None:
        show_all()
    else:
        show_one(name)


def show_all() -> None:
    """Print one line for each rule, by family."""
    from asa.rules import RULES

    console = answer()
    console.print(header("asa rules", f"{len(RULES)} rules"))
    for family in dict.fromkeys(rule.family for rule in RULES):
        console.print()
        console.print(Text(f"  {family}", style="bold"))
        width = max(len(rule.id) for rule in RULES if rule.family == family)
        for rule in RULES:
            if rule.family == family:
                severity = rule.severity.name
                console.print(
                    Text.assemble(
                        f"    {rule.id:<{width}}  ",
                        (f"{severity.lower():<8}", SYMBOLS[severity]),
                        (rule.summary, "dim"),
                    )
                )
    console.print()
    console.print(next_step(f"asa rules {RULES[0].id}"))


def show_one(name: str) -> None:
    """Print the page of one rule.

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
    console = answer()
    facts = [f"{rule.family} rule", f"{rule.severity.name.lower()} unless proof says otherwise"]
    if len(rule.dialects) < 3:
        facts.append(", ".join(rule.dialects))
    console.print(header(rule.id, *facts[:1], *facts[2:]))
    console.print()
    for row in rule.page.strip().splitlines():
        heading = row.endswith(":") and not row.startswith(" ")
        console.print(
            Text(row.removesuffix(":") if heading else row, style="bold" if heading else "")
        )
