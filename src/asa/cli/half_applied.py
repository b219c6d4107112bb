"""A half applied revision on the screen: what is done, what is left, and how to go on."""

from typing import TYPE_CHECKING, Any

from rich.text import Text

from asa.report.terminal.style import Symbol, answer, command, fit, line

if TYPE_CHECKING:
    from asa.migrations.proof.half_applied import HalfApplied, NotCompared

__all__ = ["half_applied_as_json", "show_half_applied"]

WIDTH = 64
NAME_WIDTH = 9


def show_half_applied(found: "HalfApplied | NotCompared") -> None:
    """Print it; the SQL stands in full, to be copied."""
    from asa.migrations.proof.half_applied import HalfApplied

    console = answer()
    console.print()
    console.print(Text("  half applied"))
    if not isinstance(found, HalfApplied):
        perhaps = Text.assemble(f"{found.revision}   ", (f"perhaps: {found.reason}", "dim"))
        console.print(line(console, Symbol.JUDGE, perhaps))
        return
    total = len(found.done) + len(found.unknown) + len(found.left)
    done = Text(f"{found.revision}", style="bold")
    done.append(f"   {len(found.done)} of {total} statements are done", style="not bold dim")
    console.print(line(console, Symbol.CHANGE, done))
    parts = (
        (Symbol.PROVED, "done", found.done),
        (Symbol.JUDGE, "unknown", found.unknown),
        (Symbol.NOTE, "left", found.left),
    )
    for symbol, name, statements in parts:
        for sql in statements:
            text = f"{name:<{NAME_WIDTH}}{fit(' '.join(sql.split()), WIDTH)}"
            console.print(line(console, symbol, text, indent=4))
    show_ways(found)


def show_ways(found: "HalfApplied") -> None:
    """Print the ways out: to finish, to undo."""
    console = answer()
    if found.reads_rows:
        text = "it asks for rows: with yours it may send other statements than on scratch"
        console.print(line(console, Symbol.JUDGE, text))
    if found.obstacle is not None:
        console.print(line(console, Symbol.CHANGE, f"the rest fails: {found.obstacle}"))
    else:
        show_sql("to finish it", (*doubtful(found.unknown), *found.left))
        console.print(Text.assemble("    ", command(f"asa stamp {found.revision.shown}")))
    if found.undo is not None:
        show_sql("or to undo it" if found.obstacle is None else "to undo it", found.undo)


def doubtful(statements: tuple[str, ...]) -> tuple[str, ...]:
    """Return statements that may have run already as comments."""
    return tuple(f"-- unless it ran: {' '.join(sql.split())}" for sql in statements)


def show_sql(title: str, statements: tuple[str, ...]) -> None:
    """Print statements as they can be copied into the database's client."""
    console = answer()
    console.print()
    console.print(Text(f"  {title}"))
    for sql in statements:
        end = "" if sql.startswith("--") else ";"
        for row in f"{sql}{end}".splitlines():
            console.print(Text.assemble("    ", command(row)))


def half_applied_as_json(found: "HalfApplied | NotCompared | None") -> dict[str, Any] | None:
    """Return it as a JSON object."""
    from asa.migrations.proof.half_applied import HalfApplied

    if found is None:
        return None
    if not isinstance(found, HalfApplied):
        return {"revision": found.revision.id, "compared": False, "reason": found.reason}
    finish = None
    if found.obstacle is None:
        finish = {"sql": list(found.left), "then": f"asa stamp {found.revision.id}"}
    return {
        "revision": found.revision.id,
        "compared": True,
        "done": list(found.done),
        "unknown": list(found.unknown),
        "left": list(found.left),
        "obstacle": found.obstacle,
        "finish": finish,
        "undo": None if found.undo is None else list(found.undo),
    }
