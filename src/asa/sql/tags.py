"""What programs say of themselves in a comment of their statements: sqlcommenter, marginalia.

`/*route='%2Forders',traceparent='00-...'*/` stands at a statement's end, or at its start;
marginalia writes `/*application:shop,controller:orders*/`.
"""

import re
from urllib.parse import unquote

__all__ = ["tags"]

LONGEST = 4_096
QUOTED = re.compile(r"\s*([\w%.-]{1,100})='((?:[^'\\]|\\.)*)'\s*(?:,|\Z)")
BARE = re.compile(r"\s*(\w{1,100}):([^,]*)(?:,|\Z)")


def tags(sql: str) -> dict[str, str]:
    """Return the tags of a statement by name; none where its comments are of another kind."""
    text = sql.strip("; \t\r\n")
    if text.endswith("*/"):
        comment = text[text.rfind("/*") + 2 : -2]
    elif text.startswith("/*"):
        comment = text[2 : max(text.find("*/"), 2)]
    else:
        return {}
    if len(comment) > LONGEST:
        return {}
    return pairs(comment, QUOTED) or pairs(comment, BARE)


def pairs(comment: str, pattern: "re.Pattern[str]") -> dict[str, str]:
    """Return the pairs that a comment consists of; none where anything else is in it."""
    found: dict[str, str] = {}
    position = 0
    while position < len(comment.rstrip()):
        match = pattern.match(comment, position)
        if match is None:
            return {}
        found[unquote(match[1])] = unquote(match[2].replace("\\'", "'")).strip()
        position = match.end()
    return found
