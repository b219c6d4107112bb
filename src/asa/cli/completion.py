"""What a shell completes beyond commands and options: revisions, rules, examples, tables.

Nothing of the project is imported, no database asked. A completion that fails is an empty one:
a shell has no place for a message.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path

__all__ = ["complete_example", "complete_revision", "complete_rule", "complete_table"]

Completion = tuple[str, str]

REVISION = re.compile(r"^revision(?:\s*:\s*[\w\[\].]+)?\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)
MESSAGE = re.compile(r'\A\s*[rR]?"{3}(.*)')
TABLE = re.compile(r"""\b(?:__tablename__\s*(?::\s*\w+\s*)?=\s*|Table\(\s*)["'](\w+)["']""")
PLACES = (("head", "the newest revision"), ("base", "before the first revision"))


def silent(
    source: Callable[[], Iterator[Completion]],
) -> Callable[[str], list[Completion]]:
    """Return a completion that offers what begins with the word typed, and never raises."""

    @wraps(source)
    def offered(incomplete: str) -> list[Completion]:
        with suppress(Exception):
            return sorted({pair for pair in source() if pair[0].startswith(incomplete)})
        return []

    # Typer reads the parameters; those of the source are none.
    offered.__annotations__ = {"incomplete": str, "return": list[Completion]}
    del offered.__wrapped__
    return offered


@silent
def complete_revision() -> Iterator[Completion]:
    """Yield each revision of the project with its message, and the words for the ends."""
    from asa.config import find_config
    from asa.project.find.environment import script_locations

    yield from PLACES
    config = find_config(Path.cwd())
    for _, folder in script_locations(config.root / (config.alembic or "alembic.ini")):
        for file in folder.rglob("*.py"):
            text = file.read_text(encoding="utf-8", errors="replace")
            if found := REVISION.search(text):
                message = MESSAGE.match(text)
                yield found[1], message[1].strip() if message else ""


@silent
def complete_rule() -> Iterator[Completion]:
    """Yield each rule with its summary, and what a traceback shows of it."""
    from asa.rules import RULES

    for rule in RULES:
        yield rule.id, rule.summary
        yield from ((error, rule.id) for error in rule.errors)


@silent
def complete_example() -> Iterator[Completion]:
    """Yield each worked example with what it shows."""
    from asa.examples import EXAMPLES

    for example in EXAMPLES:
        yield example.name, example.summary


@silent
def complete_table() -> Iterator[Completion]:
    """Yield each table that the project's models name, with the file that does."""
    from asa.config import find_root
    from asa.project.find.files import read_sources

    for file in read_sources(find_root(Path.cwd())):
        for match in TABLE.finditer(file.text):
            yield match[1], file.path.as_posix()
