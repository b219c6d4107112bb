"""What a chosen index is advised with: its queries, its price, its plans, its proof."""

from collections.abc import Iterable, Iterator, Sequence

from asa.model.finding import Finding, Proved, Severity
from asa.model.fix import AddIndex
from asa.optimize.selection import Selection
from asa.optimize.trial import Trial
from asa.rules.query.exists import needless_beside
from asa.rules.query.missing_index import ID, related, served
from asa.rules.query.wording import large, volume
from asa.sql.shown import shortened

__all__ = ["advice"]

CHANGED_AT_MOST = 12
MOST_OTHERS = 4
"""Classes beside the first that are told one by one."""
OTHER_WIDTH = 60


def advice(search: Selection, index: AddIndex, helped: Sequence[Trial]) -> Finding:
    """Return the finding for an index that helps some classes, the time saved as its weight."""
    best = best_by_class(helped)
    best.sort(key=lambda one: (-saved_ms(one), -one.saved * one.query_class.calls))
    classes = [one.query_class for one in best]
    table = search.case.schema.table(index.table) if search.case.schema else None
    tables = {name for asked in search.on(index.table) for name in asked.tables}
    before, after = marked(best[0].before.lines, best[0].after.lines)
    label = search.what_if.twin.label(tables)
    return Finding(
        ID,
        Severity.ERROR,
        index.subject,
        f"{large(table.rows or 0)} rows" if table else "",
        evidence=(*served(classes[:1]), *others(best[1:]), *price(search, index)),
        related=related(classes),
        fix=index,
        proof=Proved(": ".join(filter(None, (label, best[0].costs))), before, after),
        weight=sum(saved_ms(one) for one in best),
        fingerprints=tuple(c.fingerprint for c in classes),
    )


def others(best: Sequence[Trial]) -> Iterator[tuple[str, str]]:
    """Yield what the index saves of the other classes, those it saves most of first."""
    if not best:
        return
    lines = [other(one) for one in best[:MOST_OTHERS]]
    if len(best) > MOST_OTHERS:
        lines.append(f"and {len(best) - MOST_OTHERS} more")
    yield "also", "\n".join(lines)


def other(one: Trial) -> str:
    """Return a class in one line, with its calls and costs."""
    query = shortened(one.query_class.sql, OTHER_WIDTH, 1, one.query_class.dialect)
    calls = f"{one.query_class.calls:,} call{'' if one.query_class.calls == 1 else 's'}"
    return f"{query}\n  {', '.join(filter(None, (calls, one.costs)))}"


def best_by_class(helped: Iterable[Trial]) -> list[Trial]:
    """Return of each class the trial that saves most."""
    found: dict[str, Trial] = {}
    for one in helped:
        other = found.get(one.query_class.fingerprint)
        if other is None or one.share > other.share:
            found[one.query_class.fingerprint] = one
    return list(found.values())


def saved_ms(one: Trial) -> float:
    """Return the time of the log that a class saves, where its time is known."""
    return (one.query_class.total_ms or 0.0) * max(one.share, 0.0)


def price(search: Selection, index: AddIndex) -> Iterator[tuple[str, str]]:
    """Yield what an index costs, and what it makes needless."""
    size = search.sizes.get(index.name)
    room = f"{volume(size)}; " if size else ""
    yield "price", f"{room}{search.written(index)}"
    table = search.case.schema.table(index.table) if search.case.schema else None
    if table and (others := needless_beside(table, index)):
        yield "instead", f"of {', '.join(others)}, which it begins with"


def marked(
    before: tuple[str, ...], after: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return two plans with the steps marked that only one of them has."""
    there, then = {step(line) for line in before}, {step(line) for line in after}
    if len(before) + len(after) > CHANGED_AT_MOST * 2:
        before, after = before[:CHANGED_AT_MOST], after[:CHANGED_AT_MOST]
    return (
        tuple(line if step(line) in then else f"{line} (gone)" for line in before),
        tuple(line if step(line) in there else f"{line} (new)" for line in after),
    )


def step(line: str) -> str:
    """Return what a line of a plan does, without its numbers."""
    return line.strip().partition("  cost")[0].partition(", ")[0]
