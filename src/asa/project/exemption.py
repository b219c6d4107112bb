"""What a file of the user's says asa shall keep silent on: `# asa: ignore[rule] reason`.

It holds for the statement that it stands beside or directly above, and on a line of its own at
the top level for the whole file. A reason must be given; `until 2027-03-01:` before it sets a
last day.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from datetime import date

from asa.model.exemption import Exemption

__all__ = ["exemptions_in"]

COMMENT = re.compile(r"#\s*asa:\s*ignore\s*(?:\[([^\]]*)\])?\s*(.*)")
HEADED = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef)
UNTIL = re.compile(r"until\s+(\d{4}-\d\d-\d\d)\b\s*")


def exemptions_in(source: str) -> tuple[Exemption, ...]:
    """Return the comments of a file; none where it is no Python."""
    if "asa:" not in source:
        return ()
    try:
        comments = [
            token
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT
        ]
        spans = sorted(statement_spans(ast.parse(source)))
    except (tokenize.TokenError, SyntaxError):
        return ()
    found = []
    for token in comments:
        match = COMMENT.match(token.string)
        if match:
            rules = tuple(name.strip() for name in (match[1] or "").split(",") if name.strip())
            first, last = reach(token, spans, len(source.splitlines()))
            until, reason = dated(match[2].strip(" -:"))
            found.append(Exemption(rules, reason, token.start[0], first, last, until))
    return tuple(found)


def dated(words: str) -> tuple[date | None, str]:
    """Split `until 2027-03-01: reason` into its day and the reason; no day where none is valid."""
    match = UNTIL.match(words)
    if match is None:
        return None, words
    try:
        return date.fromisoformat(match[1]), words[match.end() :].strip(" -:")
    except ValueError:
        return None, words


def statement_spans(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield (first line, last line) of every statement that holds no other."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node.lineno, node.end_lineno or node.lineno
        elif isinstance(node, HEADED):
            yield node.lineno, node.body[0].lineno - 1


def reach(token: tokenize.TokenInfo, spans: list[tuple[int, int]], length: int) -> tuple[int, int]:
    """Return the lines that a comment holds for."""
    line, column = token.start
    alone = not token.line[:column].strip()
    if alone and column == 0:
        return 0, length
    if not alone:
        inside = [span for span in spans if span[0] <= line <= span[1]]
        return inside[-1] if inside else (line, line)
    return next((span for span in spans if span[0] > line), (line + 1, line + 1))
