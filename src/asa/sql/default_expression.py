"""Whether two spellings of a column's default mean the same value.

A database keeps a default in its own words: PostgreSQL adds casts, MariaDB writes `now()` as
`current_timestamp()`, SQLite leaves the quotes that it was given. What is compared is what is
left without those: of a constant its value, of an expression its words.
"""

import json
import re
from decimal import Decimal, InvalidOperation

__all__ = ["is_constant", "is_volatile", "same_default", "same_expression"]

STRING = r"(?:\b[eEnN]|\b_(?:utf8(?:mb[34])?|latin1|ascii)\s*)?'(?:[^'\\]|''|\\.)*'"
TYPE = (
    r'(?:(?:"[^"]+"|[a-z_]\w*)\.)?(?:"[^"]+"|[a-z_]\w*)'
    r"(?:\s+varying|\s+precision)?(?:\(\d+(?:,\s*\d+)?\))?"
    r"(?:\s+with(?:out)?\s+time\s+zone)?(?:\[\])*"
)
CAST = re.compile(rf"::\s*{TYPE}", re.IGNORECASE)
CALLED_CAST = re.compile(rf"\bcast\s*\((.*)\s+as\s+{TYPE}\s*\)", re.IGNORECASE | re.DOTALL)
TYPED = re.compile(
    r"\b(?:interval|date|timestamp|timestamptz|time|uuid|jsonb?)\s+(?=')", re.IGNORECASE
)
WHOLE_STRING = re.compile(rf"{STRING}\Z", re.DOTALL)
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\Z", re.IGNORECASE)
BITS = (
    (re.compile(r"(?:0b|b')([01]+)'?", re.IGNORECASE), 2),
    (re.compile(r"(?:0x|x')([0-9a-f]+)'?", re.IGNORECASE), 16),
    (re.compile(r"(\d+)"), 10),
)
PART = re.compile(STRING, re.DOTALL)
ON_UPDATE = re.compile(r"\s+on\s+update\s+.*\Z", re.IGNORECASE | re.DOTALL)
NOW = re.compile(
    r"\b(?:now|transaction_timestamp|current_timestamp|localtimestamp)\b(?:\(\s*(\d*)\s*\))?"
)
ZONED = re.compile(r"timezone\('([^']*)',(now\d*)\)")
AT_ZONE = re.compile(r"(now\d*)attimezone'([^']*)'")
QUALIFIED = re.compile(r"\b[a-z_]\w*\.(?=[a-z_]\w*\()")
WORDS = {"true": "1", "false": "0", "t": "1", "f": "0", "yes": "1", "no": "0"}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
STABLE = frozenset(
    ("now", "current_timestamp", "current_date", "current_user", "timezone", "array", "interval")
)


def same_default(one: str, other: str, *, kind: str = "", backslashes: bool = False) -> bool:
    """Tell whether two defaults, as SQL, give a column the same value.

    Args:
        one: The first.
        other: The second.
        kind: What the column holds, where a value has several spellings: `number`, `boolean`,
            `json`, `time`, `bits`.
        backslashes: Whether a backslash in a string escapes what follows, as on MySQL.
    """
    first, second = bare(one), bare(other)
    if first == second:
        return True
    if kind == "bits":
        return bits(first) == bits(second)
    values = constant(first, backslashes), constant(second, backslashes)
    if values[0] is None or values[1] is None:
        return words(first, backslashes) == words(second, backslashes)
    return same_value(values[0], values[1], kind)


def same_expression(one: str, other: str) -> bool:
    """Tell whether two expressions are one, as MySQL and a model spell them."""
    return words(one, backslashes=True) == words(other, backslashes=True)


def is_constant(text: str) -> bool:
    """Tell whether a default is one value, and no expression."""
    return constant(bare(text)) is not None


def is_volatile(text: str) -> bool:
    """Tell whether a default may give each row another value, within one statement too."""
    code = PART.sub("''", bare(text).lower())
    called = re.findall(r"([a-z_]\w*)\s*\(", code)
    return any(name not in STABLE for name in called)


def bare(text: str) -> str:
    """Return a default without the casts and parentheses around its value."""
    text = ON_UPDATE.sub("", text.strip())
    before = ""
    while text != before:
        before = text
        text = without_parentheses(text).strip()
        text = outside_strings(text, CAST, "")
        cast = CALLED_CAST.fullmatch(text)
        text = cast[1] if cast else TYPED.sub("", text, count=1)
    return text


def outside_strings(text: str, pattern: re.Pattern[str], new: str) -> str:
    """Replace a pattern in a text, but within its strings."""
    pieces: list[str] = []
    end = 0
    for string in PART.finditer(text):
        pieces += [pattern.sub(new, text[end : string.start()]), string[0]]
        end = string.end()
    return "".join([*pieces, pattern.sub(new, text[end:])])


def without_parentheses(text: str) -> str:
    """Return a text without the parentheses that hold all of it."""
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        code = PART.sub(lambda string: "'" * len(string[0]), text)
        for place, character in enumerate(code):
            depth += (character == "(") - (character == ")")
            if depth == 0 and place < len(code) - 1:
                return text
        text = text[1:-1].strip()
    return text


def constant(text: str, backslashes: bool = False) -> str | None:
    """Return the value of a constant as text; None for an expression."""
    if WHOLE_STRING.match(text):
        return unquoted(text, backslashes or text[0] in "eE")
    if NUMBER.match(text) or text.lower() in ("true", "false", "null"):
        return text.lower()
    return None


def unquoted(text: str, backslashes: bool) -> str:
    """Return what a string literal says."""
    body = text[text.index("'") + 1 : -1].replace("''", "'")
    if not backslashes:
        return body
    return re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), body)


def respelled(literal: str, backslashes: bool) -> str:
    """Return a string literal in the one spelling that all its spellings share."""
    text = unquoted(literal, backslashes or literal[0] in "eE")
    return "'" + text.replace("\\", r"\\").replace("'", "''") + "'"


def same_value(one: str, other: str, kind: str) -> bool:
    """Tell whether two constants are one value for a column."""
    if one == other:
        return True
    if kind == "boolean":
        return WORDS.get(one.lower(), one) == WORDS.get(other.lower(), other)
    if kind == "number":
        return same_number(WORDS.get(one, one), WORDS.get(other, other))
    if kind == "json":
        return same_json(one, other)
    if kind == "time":
        return moment(one) == moment(other)
    return False


def same_number(one: str, other: str) -> bool:
    """Tell whether two texts are one number."""
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def same_json(one: str, other: str) -> bool:
    """Tell whether two texts are one JSON value."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def bits(text: str) -> int | str:
    """Return what a literal of bits counts to; another text as it is."""
    for pattern, radix in BITS:
        if found := pattern.fullmatch(text):
            return int(found[1], radix)
    return text


def moment(text: str) -> str:
    """Return a point in time without what may be left out of it."""
    text = re.sub(r"(\d)[T ](\d)", r"\1 \2", text)
    text = re.sub(r"(\A| )(\d\d:\d\d)\Z", r"\1\2:00", text)
    text = re.sub(r"(?:\.0+)?(?:\+00(?::?00)?|Z)?\Z", "", text)
    return re.sub(r" 00:00(?::00)?\Z", "", text)


def words(text: str, backslashes: bool = False) -> str:
    """Return an expression without what does not change it: case, space, parentheses."""
    text = PART.sub(lambda string: respelled(string[0], backslashes), text)
    code = re.sub(r"\s+", " ", lowered(text))
    code = outside_strings(code, QUALIFIED, "")
    code = NOW.sub(lambda now: f"now{now[1] or ''}", code)
    code = outside_strings(code, re.compile(r'[\s"`]+'), "")
    code = ZONED.sub(r"\2attimezone'\1'", code)
    code = AT_ZONE.sub(lambda zone: f"{zone[1]}@{zone[2].lower()}", code)
    return outside_strings(code, re.compile(r"[()]+"), "")


def lowered(text: str) -> str:
    """Return a text in lower case, but for its strings."""
    pieces: list[str] = []
    end = 0
    for string in PART.finditer(text):
        pieces += [text[end : string.start()].lower(), string[0]]
        end = string.end()
    return "".join([*pieces, text[end:].lower()])
