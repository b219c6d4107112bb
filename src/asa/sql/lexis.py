"""Where a statement's strings, quoted names, comments, numbers and placeholders begin and end.

Each pattern starts with a set of characters, on which `re` scans at C speed, and tells the
cases apart by looking back at the character found. No repetition holds another unbounded
one, and every case that has begun succeeds (an unclosed quote runs to the end), so that
time is linear in the input whatever it holds.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

__all__ = ["Part", "guessed", "has_escapes", "literals", "plain", "spans", "was_plain"]

STRING = r"(?<=')(?P<string>[^']*(?:''[^']*){0,64}(?:'|\Z))"
TEXT = r'(?<=")(?P<text>[^"]*(?:"|\Z))'
# A name without an end is none: at most one of each kind is looked for in vain.
DOUBLE = r'(?<=")(?P<double>[^"]*")'
BACKTICK = r"(?<=`)(?P<backtick>[^`]*`)"
BRACKET = r"(?<=\[)(?P<bracket>[A-Za-z_][^\]]*\])"
DASHES = r"(?<=-)(?P<dashes>-[^\n\r]*)"
# MySQL reads `5--3` as a subtraction: its comment needs white space after the dashes.
SPACED_DASHES = r"(?<=-)(?P<dashes>-(?=\s|\Z)[^\n\r]*)"
HASH = r"(?<=\#)(?P<hash>[^\n\r]*)"
# Hints and MySQL's executable comments are part of the statement: only their mark is one part.
MARK = r"(?<=/)(?P<mark>\*(?:\+|M?!\d*))"
BLOCK = r"(?<=/)(?P<comment>\*(?s:.*?)(?:\*/|\Z))"
DOLLAR = r"(?<=\$)(?<![\w$]\$)(?P<dollar>(?P<tag>(?:[^\W\d]\w*)?)\$(?s:.*?)(?:\$(?P=tag)\$|\Z))"
NUMBER = (
    r"(?<=[0-9])(?<![\w$:?@.].)(?P<number>"
    r"(?:(?<=0)(?:[xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+)"
    r"|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)(?!\w))"
)
# A long list of whole numbers, up to its last comma, is one step.
RUN = r"(?<=[0-9])(?<![\w$:?@.].)(?P<run>[0-9]*,[0-9,\s]{200,},)"
# The digits of `.5`; the patterns do not stop at each point, as most stand before a column.
FRACTION = r"(?<=\.[0-9])(?<![\w)\]\"`.]\.[0-9])(?P<fraction>[0-9_]*(?:[eE][+-]?[0-9]+)?(?!\w))"
NUMBERED = r"(?<=\$)(?<![\w$]\$)(?P<numbered>[0-9]+)"
QUESTION = r"(?<=\?)(?P<question>[0-9]*)"
FORMAT = r"(?<=%)(?<![\w)\]]%)(?P<format>s(?!\w))"
PYFORMAT = r"(?<=%)(?P<pyformat>\([^()%'\"\n]{1,200}\)s(?!\w))"
COLON = r"(?<=:)(?<![\w:]:)(?P<colon>[^\W\d]\w*)"
AT = r"(?<=@)(?<![\w@]@)(?P<at>p[0-9]+(?!\w))"
# SQLite's placeholders may be any `@name` or `$name`.
FREE_AT = r"(?<=[@$])(?<![\w@$].)(?P<at>[^\W\d]\w*)"

NESTING = re.compile(r"/\*|\*/")
ESCAPED_SINGLE = re.compile(r"(?s:\\.)|''|'")
ESCAPED_DOUBLE = re.compile(r'(?s:\\.)|""|"')
ESCAPE_STRING = re.compile(r"(?<![\w$])[eE]'")


class Part(Enum):
    """What a span of a statement's text is."""

    STRING = "string"
    NAME = "name"
    NUMBER = "number"
    COMMENT = "comment"
    MARK = "mark"
    PLACEHOLDER = "placeholder"


KINDS = {
    "string": Part.STRING,
    "text": Part.STRING,
    "dollar": Part.STRING,
    "double": Part.NAME,
    "backtick": Part.NAME,
    "bracket": Part.NAME,
    "run": Part.NUMBER,
    "number": Part.NUMBER,
    "fraction": Part.NUMBER,
    "dashes": Part.COMMENT,
    "hash": Part.COMMENT,
    "comment": Part.COMMENT,
    "mark": Part.MARK,
}


@cache
def literals(dialect: str | None) -> re.Pattern[str]:
    """Return the pattern of all parts but placeholders; a long list of numbers is one part."""
    return compiled(dialect, placeholders=False)


@cache
def everything(dialect: str | None) -> re.Pattern[str]:
    """Return the pattern of all parts."""
    return compiled(dialect, placeholders=True)


def compiled(dialect: str | None, *, placeholders: bool) -> re.Pattern[str]:
    """Put a dialect's pattern together."""
    first = "'\"`\\-/0-9"
    cases = [STRING, TEXT if dialect == "mysql" else DOUBLE, BACKTICK]
    cases += [SPACED_DASHES if dialect == "mysql" else DASHES, MARK, BLOCK, NUMBER, FRACTION]
    if dialect == "mysql":
        first += "#"
        cases.append(HASH)
    elif dialect == "sqlite":
        first += "["
        cases.append(BRACKET)
    else:
        first += "$"
        cases.append(DOLLAR)
    if not placeholders:
        cases.insert(0, RUN)
    else:
        first += "$?%:@"
        cases += [NUMBERED, QUESTION, FORMAT, PYFORMAT, COLON]
        cases.append(FREE_AT if dialect == "sqlite" else AT)
    return re.compile(f"[{first}](?:{'|'.join(cases)})")


GROUP = re.compile(r"\(\?P<\w+>")
# What the short pattern does not know. It reads a text rightly up to the first of these that
# stands outside of literals, which so is still there when they are gone.
MARKS = {
    None: re.compile(r"--|/\*|\$"),
    "postgresql": re.compile(r"--|/\*|\$"),
    "mysql": re.compile(r"--|/\*|\#"),
    "sqlite": re.compile(r"--|/\*|\["),
}


def was_plain(bare: str, dialect: str | None) -> bool:
    """Say whether a text had no part but plain literals, by what is left of it."""
    return MARKS[dialect].search(bare) is None


@cache
def plain(dialect: str | None) -> re.Pattern[str]:
    """Return the pattern of the literals in a plain text; of a quoted name it has a group.

    In a plain text there are neither comments nor dollar quotes nor SQLite's brackets, and no
    backslash where it could escape.

    The group is the name without its first quote, as every pattern begins with one sign.
    """
    literals = [STRING, NUMBER, FRACTION, *([TEXT] if dialect == "mysql" else ())]
    names = [BACKTICK, *([] if dialect == "mysql" else [DOUBLE])]
    values = "|".join(GROUP.sub("(?:", case) for case in literals)
    kept = "|".join(GROUP.sub("(?:", case) for case in names)
    return re.compile(f"['\"`0-9](?:{values}|({kept}))")


def guessed(sql: str, dialect: str | None) -> str | None:
    """Return the dialect given, or MySQL's where only it can have written the quotes."""
    if dialect is None and ("`" in sql or ("\\" in sql and sql.count("'") % 2)):
        return "mysql"
    return dialect


def has_escapes(sql: str, dialect: str | None) -> bool:
    """Say whether the patterns alone cannot find where the parts of this text end.

    So it is where a backslash may escape a quote, and where PostgreSQL's comments may nest.
    """
    if dialect == "mysql":
        return "\\" in sql
    if dialect == "sqlite":
        return False
    if "\\" in sql and ESCAPE_STRING.search(sql):
        return True
    return dialect == "postgresql" and sql.count("/*") > 1


def spans(
    sql: str, dialect: str | None, start: int = 0, *, placeholders: bool = True
) -> Iterator[tuple[Part, str, int, int]]:
    """Yield (part, name of its case, start, end) for the parts of a text, in order."""
    search = (everything if placeholders else literals)(dialect).search
    escapes = has_escapes(sql, dialect)
    position = start
    while match := search(sql, position):
        case = match.lastgroup or ""
        begin, position = match.span()
        if escapes:
            position = true_end(sql, dialect, case, begin, position)
        yield KINDS.get(case, Part.PLACEHOLDER), case, begin, position


def true_end(sql: str, dialect: str | None, case: str, begin: int, end: int) -> int:
    """Return where a part ends, heeding backslashes and nested comments."""
    if case == "comment" and dialect == "postgresql":
        return nested_end(sql, begin)
    if case not in ("string", "text"):
        return end
    if dialect == "mysql" or ESCAPE_STRING.match(sql, begin - 1 if begin else 0):
        finder = ESCAPED_DOUBLE if sql[begin] == '"' else ESCAPED_SINGLE
        for match in finder.finditer(sql, begin + 1):
            if match.end() - match.start() == 1:
                return match.end()
        return len(sql)
    return end


def nested_end(sql: str, begin: int) -> int:
    """Return where the comment that begins here ends, counting the ones inside it."""
    depth = 0
    for match in NESTING.finditer(sql, begin):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(sql)
