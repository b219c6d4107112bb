"""The calls of `op` behind the line at which a function failed, read from its source."""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from asa.migrations.review.notes import Notes

__all__ = ["unrun"]


@dataclass
class Unrun:
    """The part of a function that was not run, as source.

    Attributes:
        calls: Calls on `op` as statements of their own, behind the line that failed.
        line: The line that failed; 0 where unknown.
        failed: Lines that could not be evaluated either.
    """

    notes: Notes
    calls: tuple[ast.Call, ...] = ()
    line: int = 0
    failed: list[int] = field(default_factory=list)

    def finish(self, names: dict[str, Any]) -> None:
        """Evaluate each call by itself; its operations are noted at its line."""
        for call in self.calls:
            code = compiled(call)
            before = len(self.notes.steps)
            self.notes.line = call.lineno
            try:
                # The user's own line, as it would run; it reaches nothing but the listener.
                eval(code, dict(names))  # noqa: S307
            except Exception:  # noqa: BLE001  (a name of the function's, or a value not known)
                del self.notes.steps[before:]
                self.failed.append(call.lineno)
        self.notes.line = 0


def compiled(call: ast.Call) -> CodeType:
    """Return a call as code of its own."""
    expression = ast.fix_missing_locations(ast.Expression(call))
    return compile(expression, "<revision>", "eval")


def unrun(file: Path, name: str, notes: Notes) -> Unrun:
    """Return the calls on `op` in a function, behind the last line that was heard."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return Unrun(notes)
    last = max((step.line for step in notes.steps), default=0)
    function = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None
    )
    if function is None:
        return Unrun(notes)
    calls = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and is_operation(node.value)
        and node.lineno > last
    ]
    calls.sort(key=lambda call: call.lineno)
    return Unrun(notes, tuple(calls), calls[0].lineno if calls else last or function.lineno)


def is_operation(call: ast.Call) -> bool:
    """Tell whether a call is `op.something(...)`."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "op"
    )
