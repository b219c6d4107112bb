"""`log_line_prefix`: from its escapes to a pattern, and from a log's lines to its escapes."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from asa.errors import UsageError

__all__ = ["FIELDS", "SEVERITIES", "compiled", "detected", "inferred"]

SEVERITIES = (
    "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC"
    "|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE"
)
SEVERITY = re.compile(rf"(?:^|(?<=[^\w]))(?:{SEVERITIES}):  ")
FIELDS = (
    "severity", "time", "process", "user", "database", "application", "transaction", "state",
)  # fmt: skip
MOST_TEMPLATES = 4

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: (?:[A-Za-z]{1,6}|[+-]\d\d(?::?\d\d)?))?"
WORDS = r"[\w. -]{0,64}?"
# A name runs to the text that follows it in the prefix; `{end}` is the first sign of that.
NAME = r"[^\s{end}]{{0,128}}"
ESCAPES = {
    "a": ("application", r"[^{end}\n]{{0,64}}?"),
    "u": ("user", NAME),
    "d": ("database", NAME),
    "r": ("", NAME),
    "h": ("", NAME),
    "L": ("", NAME),
    "b": ("", WORDS),
    "p": ("process", r"\d*"),
    "P": ("", r"\d*"),
    "t": ("time", TIME),
    "m": ("time", TIME),
    "n": ("epoch", r"\d{{1,12}}\.\d{{1,6}}"),
    "s": ("", TIME),
    "i": ("", WORDS),
    "e": ("state", r"[0-9A-Z]{{5}}"),
    "c": ("", r"[0-9a-f]{{1,16}}\.[0-9a-f]{{1,16}}"),
    "l": ("", r"\d*"),
    "v": ("transaction", r"(?:\d+/\d+)?"),
    "x": ("", r"\d*"),
    "Q": ("", r"-?\d*"),
}
ESCAPE = re.compile(r"%(-?\d*)([a-zA-Z%])")

# What a prefix is made of, in the order in which a text is taken for it.
PIECES = re.compile(
    r"""(?P<m>\d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d(?:\.\d{1,6})?
        (?:\ (?:[A-Z][A-Za-z]{0,5}(?![\w=@])|[+-]\d\d(?::?\d\d)?))?)
    | (?P<n>\d{9,11}\.\d{3}(?!\d))
    | (?P<c>(?<![\w.])[0-9a-f]{6,9}\.[0-9a-f]{1,8}(?![\w.]))
    | (?P<l>(?<=\[)\d+(?=-1\]))
    | (?P<v>(?<![\w/])\d+/\d+(?![\w/]))
    | (?P<named>(?:app|appli|appname|application|application_name)=(?:\[(?!unknown\]))?)
      (?P<application>\[unknown\]|[^,\]|;]*?(?=[ ]*(?:[,\]|;]|[ ]\w+=|$)))
    | (?P<key>(?:user|usr|username|db|dbname|database|client|host|remote|pid)=(?:\[(?!unknown\]))?)
      (?P<value>(?:\[unknown\])?[^,\s\]|;]*)
    | (?P<u>[\w.\-$]+|\[unknown\])@(?P<d>[\w.\-$]+|\[unknown\])
    | (?P<r>(?:\w|::)[\w.\-:]{0,128}\(\d{1,5}\)|\[local\])
    | (?P<h>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))
    | (?P<e>(?<!\w)00000(?!\w))
    | (?P<p>(?<!\w)\d+(?!\w))
    | (?P<word>\[unknown\]|[A-Za-z_][\w.\-]*)
    """,
    re.VERBOSE,
)
BRACKETED = re.compile(r"\[\d+\]")
KEYS = {
    "user": "u", "usr": "u", "username": "u", "db": "d", "dbname": "d", "database": "d",
    "client": "h", "host": "h", "remote": "h", "pid": "p",
}  # fmt: skip


def compiled(prefix: str) -> "re.Pattern[str]":
    """Return the pattern by which entries begin; its groups are `FIELDS` and `epoch`.

    Raises:
        UsageError: The prefix has an escape that PostgreSQL does not know.
    """
    parts: list[str] = []
    named: set[str] = set()
    optional = 0
    position = 0
    for match in ESCAPE.finditer(prefix):
        parts.append(re.escape(prefix[position : match.start()]))
        position = match.end()
        letter = match[2]
        if letter == "%":
            parts.append("%")
        elif letter == "q":
            parts.append("(?:")
            optional += 1
        elif letter in ESCAPES:
            parts.append(
                group(letter, following(prefix, position), padded=bool(match[1]), named=named)
            )
        else:
            raise UsageError(
                f"log_line_prefix knows no %{letter}", "give it as SHOW log_line_prefix prints it"
            )
    parts.append(re.escape(prefix[position:]))
    parts.append(")?" * optional)
    absent = never((*FIELDS[1:], "epoch"), named)
    return begun(rf"{''.join(parts)}[ \t]*(?P<severity>{SEVERITIES}): {{1,2}}{absent}")


def begun(pattern: str) -> "re.Pattern[str]":
    """Return the pattern of the line end before an entry and of what the entry begins with.

    The server sets a tab before each further line of a message.
    """
    return re.compile(rf"\n(?!\t){pattern}")


def never(names: Iterable[str], named: Collection[str]) -> str:
    """Return groups that match nothing, so that every pattern has groups of all names."""
    return "".join(f"(?P<{name}>(?!))?" for name in names if name not in named)


def group(letter: str, end: str, *, padded: bool, named: set[str]) -> str:
    """Return the pattern of one escape; a name is a group the first time only."""
    name, pattern = ESCAPES[letter]
    if pattern is not TIME and pattern is not WORDS:
        pattern = pattern.format(end=re.escape(end) if end.strip() else "")
    if name and name not in named:
        named.add(name)
        pattern = f"(?P<{name}>{pattern})"
    else:
        pattern = f"(?:{pattern})"
    return rf"[ ]{{0,64}}{pattern}[ ]{{0,64}}" if padded else pattern


def following(prefix: str, position: int) -> str:
    """Return the sign of the prefix that ends the field before it; empty at the end."""
    rest = prefix[position:].replace("%q", "")
    return "" if rest.startswith("%") else rest[:1]


def detected(lines: Iterable[str]) -> tuple["re.Pattern[str]", ...]:
    """Return the patterns of the prefixes that lines of a log show, the most frequent first."""
    seen: Counter[str] = Counter()
    for line in lines:
        if line[:1] in ("\t", " ", "") and not SEVERITY.match(line):
            continue
        mark = SEVERITY.search(line, 0, 400)
        if mark is not None:
            seen[inferred(line[: mark.start()])] += 1
    patterns = [compiled(template) for template, _ in seen.most_common(MOST_TEMPLATES)]
    # What no template fits still begins an entry if it begins with a time.
    general = begun(
        rf"(?P<time>{TIME})(?:[ \[:]{{1,3}}(?P<process>\d{{1,10}})[\]: ])?.{{0,300}}?(?<![\w'\"])"
        rf"(?P<severity>{SEVERITIES}):  " + never((*FIELDS[1:], "epoch"), ("time", "process"))
    )
    return (*patterns, general)


def inferred(text: str) -> str:
    """Return the `log_line_prefix` that may have written a text."""
    template: list[str] = []
    position = 0
    known: set[str] = set()
    for match in PIECES.finditer(text):
        template.append(text[position : match.start()].replace("%", "%%"))
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "value":
            template.append(f"{match['key']}%{KEYS[match['key'].rstrip('=[')]}")
        elif kind == "application":
            template.append(f"{match['named']}%a")
        elif kind == "d":
            template.append("%u@%d")
        elif kind == "p":
            template.append(number(text, match.start(), known))
        elif kind == "word":
            template.append("%a")
        else:
            template.append(f"%{kind}")
    template.append(text[position:].replace("%", "%%"))
    if template.count("%a") > 1 and "%u@%d" not in template:
        # Which of them is a user, a database or a program, they do not tell.
        template = ["%i" if piece == "%a" else piece for piece in template]
    return "".join(template)


def number(text: str, start: int, known: set[str]) -> str:
    """Return the escape of a number: the process has the first brackets, or else is the first."""
    bracketed = text[start - 1 : start] == "["
    if "p" in known or not (bracketed or BRACKETED.search(text) is None):
        return "%l"
    known.add("p")
    return "%p"
