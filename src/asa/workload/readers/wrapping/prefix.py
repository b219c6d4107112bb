"""Container logs: what docker, compose, kubectl and CloudWatch's tail set before each line."""

import re
from collections.abc import Iterable

from asa.workload.readers.wrapping.peel import Peel, Rows, Skip

__all__ = ["fitted"]

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
ZONE = r"(?:Z|[+-]\d\d:\d\d)"
LINE = r"(?P<text>\d{4}-\d\d-\d\d .*|\t.*)"
COLOUR = r"(?:\x1b\[[0-9;]{0,9}m){0,3}"
BAR = rf"{COLOUR} {{0,9}}\|{COLOUR}"
STYLES = tuple(
    re.compile(style)
    for style in (
        # The files of Kubernetes' own: a line that goes on is marked P.
        rf"{MOMENT}\.\d{{1,9}}{ZONE} (?P<source>stdout|stderr) (?P<part>[FP])[^ ]* (?P<text>.*)",
        rf"{COLOUR}(?P<source>[\w.-]{{1,80}}) {{0,80}}{BAR} ?(?P<part>)(?P<text>.*)",
        r"\[(?P<source>pod/[\w./-]{1,300})\] (?P<part>)(?P<text>.*)",
        rf"{MOMENT}(?:\.\d{{1,6}})?{ZONE} (?P<source>[\w./-]{{1,300}}) (?P<part>){LINE}",
        rf"{MOMENT}\.\d{{7,9}}Z(?P<source>) (?P<part>)(?P<text>.*)",
    )
)
FEWEST_SHARE = 0.8
LOGGED = re.compile(
    r"\b(?:LOG|ERROR|FATAL|STATEMENT|DETAIL):  \S|^# (?:Query_time|User@Host): |\d Query\t"
    r"|\bsqlalchemy\.engine|^\{.*\"error_severity\""
)
LONGEST_ROW = 16 * 1024 * 1024


def fitted(rows: list[str]) -> Peel | None:
    """Return how lines of a container's log are peeled; None where they are not such."""
    filled = [row for row in rows if row.strip()]
    for style in STYLES:
        found = [match for row in filled if (match := style.fullmatch(row))]
        if found and len(found) >= FEWEST_SHARE * len(filled):
            sources = chosen((match["source"], match["text"]) for match in found)
            return lambda rows, skip, style=style: peeled(rows, skip, style, sources)  # type: ignore[misc]
    return None


def chosen(told: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the sources that log statements; none where all are wanted."""
    return frozenset(source for source, text in told if LOGGED.search(text))


def peeled(rows: Rows, skip: Skip, style: "re.Pattern[str]", sources: frozenset[str]) -> Rows:
    """Yield the lines of some sources, those in parts joined."""
    open_rows: dict[str, list[str]] = {}
    for number, row in rows:
        match = style.fullmatch(row)
        if match is None:
            if row.strip():
                skip(number, "not a line of a container's log")
            continue
        source, text = match["source"], match["text"]
        if sources and source not in sources:
            continue
        if match["part"] == "P" and sum(map(len, open_rows.get(source, ()))) < LONGEST_ROW:
            open_rows.setdefault(source, []).append(text)
        else:
            yield number, "".join((*open_rows.pop(source, ()), text))
