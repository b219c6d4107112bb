"""The templates, and filling them in.

A template is a real file that reads, lints and (env.py) type-checks as it is. What depends
on the project stands on lines that end in `# asa: NAME`; those lines are replaced.
"""

import re
from collections.abc import Mapping
from importlib.resources import files

from asa.errors import AsaError

__all__ = ["filled", "template"]

MARKED = re.compile(r"^(?P<indent>[ ]*).*# asa: (?P<name>\w+)\n", re.MULTILINE)


def template(name: str) -> str:
    """Return a template as it is."""
    return files("asa.setup").joinpath("templates", name).read_text(encoding="utf-8")


def filled(text: str, places: Mapping[str, tuple[str, ...]]) -> str:
    """Return a template with its marked lines replaced, each by the lines given for its name.

    Raises:
        AsaError: A name is given that the template does not have, or the reverse.
    """
    marked = {match["name"] for match in MARKED.finditer(text)}
    if marked != set(places):
        raise AsaError(f"a template's places are {sorted(marked)}, given {sorted(places)}")

    def lines(match: re.Match[str]) -> str:
        indent = match["indent"]
        return "".join(f"{indent}{line}".rstrip() + "\n" for line in places[match["name"]])

    return MARKED.sub(lines, text)
