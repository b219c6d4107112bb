"""Syslog, journalctl and Heroku's logplex, with the numbers that PostgreSQL sets there.

PostgreSQL cuts an entry at its line ends and before about 900 bytes, and numbers the parts:
`[7-1]`, `[7-2]`. Those of several sessions mingle. A part that begins with a tab is a line
of its own; another goes on where the last was cut.
"""

import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache

from asa.workload.readers.wrapping.peel import Peel, Rows, Skip

__all__ = ["LINE_PREFIXES", "fitted"]

LINE_PREFIXES = ("%m [%p] ", "[%p] ")
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
HEADER = re.compile(
    rf"(?:\d+ )?(?:<\d{{1,3}}>(?:1 )?)?(?P<time>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d|{MOMENT}) "
    r"(?:(?:(?P<host>[\w.:-]{1,255}) )?(?P<tag>[\w./-]{1,64})"
    r"\[(?:[a-z]+\.)?(?P<process>\d{1,10})\](?:: ?| (?=\[))"
    r"|(?P<host5>\S{1,255}) (?P<tag5>\S{1,48}) (?:[a-z]+\.)?(?P<process5>\d{1,10}) \S{1,32} "
    r"(?:(?:-|\[[^\]]{0,500}\]) )?)(?P<text>.*)"
)
PART = re.compile(r"(?:\[[A-Z][A-Z_\d]{0,64}\] )?\[(?P<number>\d{1,20})(?:-(?P<part>\d{1,9}))?\] ")
CONTROL = re.compile(r"#0([0-3][0-7])")
SEVERITY = re.compile(r"(?:^|(?<=\W))(?:DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC):  ")
FURTHER = re.compile(r"(?:^|(?<=\W))(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE):  ")
OWN_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
LOGPLEX = re.compile(
    r' *sql_error_code = (?P<state>\w{5}) (?:time_ms = "(?P<time>[^"]*)")?'
    r".{0,2000}?(?=[A-Z]{3,9}[1-5]?:  )"
)
LOGPLEX_FACT = re.compile(r'\b(pid|vtid|database|user|application_name)="([^"]*)"')
LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
ZONE = re.compile(r"(?<=\d)(Z|[+-]\d\d:?\d\d)$")
FEWEST_SHARE = 0.8
SHOWN = 400
MOST_OPEN = 512
LONGEST_ENTRY = 16 * 1024 * 1024


def fitted(rows: list[str]) -> Peel | None:
    """Return how lines of a syslog are peeled; None where they are not such."""
    filled = [row for row in rows if row.strip()]
    found = [match for row in filled if (match := HEADER.fullmatch(row))]
    if not found or len(found) < FEWEST_SHARE * len(filled):
        return None
    servers = frozenset(
        tag_of(match) for match in found if SEVERITY.search(match["text"], 0, SHOWN)
    )
    return lambda rows, skip: peeled(rows, skip, servers)


def tag_of(match: "re.Match[str]") -> str:
    """Return the name of the program that a line is of."""
    return match["tag"] or match["tag5"] or ""


@dataclass(slots=True)
class Open:
    """The entry of one session that may go on.

    Attributes:
        number: PostgreSQL's number of it; empty where it sets none.
        before: What stands before each line that PostgreSQL begins.
        pieces: Its lines so far, each in its parts.
        size: Their length.
    """

    number: str
    before: str
    pieces: list[tuple[int, list[str]]] = field(default_factory=list)
    size: int = 0

    def go_on(self, number: int, text: str) -> None:
        """Add a part of the entry."""
        self.size += len(text)
        if self.size > LONGEST_ENTRY:
            return
        if text.startswith("\t") or not self.pieces:
            self.pieces.append((number, [text]))
        elif FURTHER.search(text, 0, SHOWN):
            self.pieces.append((number, [self.before + text]))
        else:
            self.pieces[-1][1].append(text)

    def rows(self) -> Rows:
        """Yield its lines."""
        return ((number, "".join(parts)) for number, parts in self.pieces)


def peeled(rows: Rows, skip: Skip, servers: frozenset[str]) -> Rows:
    """Yield the lines of the servers in a syslog, the parts of each entry together."""
    opened: dict[tuple[str, str], Open] = {}
    for number, row in rows:
        match = HEADER.fullmatch(row)
        if match is None:
            if row.strip():
                skip(number, "not a line of a syslog")
            continue
        if servers and tag_of(match) not in servers:
            continue
        process = match["process"] or match["process5"]
        key = (match["host"] or match["host5"] or "", process)
        text = unescaped(match["text"])
        part = PART.match(text)
        text = text[part.end() :] if part else text
        if not servers:
            yield number, text
            continue
        known = opened.get(key)
        if known is not None and goes_on(known, part, text):
            known.go_on(number, text)
            continue
        if known is not None:
            yield from opened.pop(key).rows()
        opened[key] = begun(number, part, match["time"], process, text)
        if len(opened) > MOST_OPEN:
            yield from opened.pop(next(iter(opened))).rows()
    for entry in opened.values():
        yield from entry.rows()


def goes_on(known: Open, part: "re.Match[str] | None", text: str) -> bool:
    """Say whether a part belongs to the entry before it."""
    if part is None:
        return SEVERITY.search(text, 0, SHOWN) is None
    return part["part"] not in (None, "1") and part["number"] == known.number


def begun(number: int, part: "re.Match[str] | None", moment: str, process: str, text: str) -> Open:
    """Return the entry that a line begins, with the time and process that syslog tells."""
    before = f"[{process}] "
    if logplex := LOGPLEX.match(text):
        facts = dict(LOGPLEX_FACT.findall(logplex[0]))
        who = f"{facts.get('user', '')}@{facts.get('database', '')}"
        clock = logplex["time"] or written(moment)
        before = f"{clock} [{facts.get('pid') or process}] {logplex['state']} {who} "
        text = text[logplex.end() :]
    elif not OWN_TIME.search(text, 0, SHOWN):
        before = f"{written(moment)} [{process}] "
    opened = Open(part["number"] if part else "", before)
    opened.go_on(number, before + text)
    return opened


def unescaped(text: str) -> str:
    """Return a text with the control characters that syslog wrote as `#011` or `^I`."""
    if text.startswith("^I"):
        text = "\t" + text[2:]
    if "#0" not in text:
        return text
    return CONTROL.sub(lambda match: chr(int(match[1], 8)), text)


@lru_cache(maxsize=1_024)
def written(moment: str) -> str:
    """Return a time as PostgreSQL writes it; one without year is of the last 12 months."""
    if moment[:1].isdigit():
        return ZONE.sub(r" \1", LONG_FRACTION.sub(r"\1", moment.replace("T", " ", 1)))
    now = datetime.now(timezone.utc).astimezone()
    for year in (now.year, now.year - 1):
        try:
            parsed = time.strptime(f"{year} {moment}", "%Y %b %d %H:%M:%S")
            seconds = time.mktime(parsed)
        except (ValueError, OverflowError):
            continue
        if seconds <= now.timestamp() + 86_400:
            return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    return ""
