"""What a capture tells of the loads that an option would replace, and how to run it again."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from asa.errors import UsageError
from asa.model.capture_line import (
    CaptureEnd,
    CaptureHeader,
    CaptureLine,
    MappedLine,
    OriginLine,
    OutcomeLine,
    ReadLine,
    SubstitutedLine,
    TroubleLine,
    line_from_json,
)
from asa.model.finding import Finding
from asa.model.fix import LoaderOption
from asa.model.mapping import MappedClass
from asa.model.record import CallSite, QueryRecord, Scope
from asa.workload.readers.log import opened

__all__ = [
    "Claim", "Count", "Place", "Recording", "claim_of", "is_of_parents", "recording_of", "total",
]  # fmt: skip

RULE = "n-plus-one"
SELECT = "select "
EAGER = ("selectin", "subquery")
JOINED = re.compile(r"JOIN (?:\w+\.)?[\"`]?(\w+)[\"`]? AS [\"`]?\1_\d+[\"`]?\s+ON\b")

Place = tuple[str, int]
Path = tuple[str, ...]
ScopeKey = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding whose option can be put to the proof.

    Attributes:
        finding: As judged.
        place: File and line that load the parents.
        path: From there to what is loaded row by row.
        steps: The option.
        joined: Whether the option takes a join away, and no query.
    """

    finding: Finding
    place: Place
    path: Path
    steps: tuple[tuple[str, str], ...]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Queries and their time."""

    queries: int = 0
    total_ms: float = 0.0


@dataclass(slots=True)
class Recording:
    """One capture, as far as a rerun concerns it.

    Attributes:
        header: Its first line.
        end: Its last one; None where it was cut short.
        loads: By the line that loads the parents, then by scope and path from there, what
            was sent; the parents' own query has the path `of_parents`.
        origins: What came back at watched lines.
        options: By line, the most options that were added at one execution: a repository's
            helper sends the statements of several classes by one line.
        outcomes: (test, phase, outcome) of tests.
        troubles: Handlers of the recorder that failed.
        calls: Queries in all.
        substituted: Files for which other source was loaded.
        eager: What lines load eagerly, by line and path: strategy, line, and its queries.
        reads: (file, line, attribute) that a rerun read of what those lines loaded.
        mapped: The program's classes.
    """

    header: CaptureHeader
    end: CaptureEnd | None = None
    loads: dict[Place, dict[ScopeKey, dict[Path, Count]]] = field(default_factory=dict)
    origins: dict[Place, list[tuple[tuple[str, str], ...] | None]] = field(default_factory=dict)
    options: dict[Place, int] = field(default_factory=dict)
    outcomes: set[tuple[str, str, str]] = field(default_factory=set)
    troubles: set[str] = field(default_factory=set)
    calls: int = 0
    substituted: set[str] = field(default_factory=set)
    eager: dict[tuple[Place, Path], tuple[str, CallSite, Count]] = field(default_factory=dict)
    reads: set[tuple[str, int, str]] = field(default_factory=set)
    mapped: list[MappedClass] = field(default_factory=list)
    joins: set[tuple[Place, str]] = field(default_factory=set)

    def add(self, line: CaptureLine) -> None:
        """Add one line of the capture."""
        match line:
            case QueryRecord():
                self.calls += 1
                self.add_query(line)
            case SubstitutedLine():
                self.substituted.add(line.file)
            case OriginLine():
                place = (line.file, line.line)
                hashes = None if line.columns is None else tuple(sorted(line.columns.items()))
                self.origins.setdefault(place, []).append(hashes)
                self.options[place] = max(line.options, self.options.get(place, 0))
            case ReadLine():
                self.reads.add((line.file, line.line, line.attribute))
            case MappedLine():
                self.mapped += line.classes
            case OutcomeLine():
                self.outcomes.add((line.test, line.phase, line.outcome))
            case TroubleLine():
                self.troubles.add(line.handler)
            case CaptureEnd():
                self.end = line

    def add_query(self, record: QueryRecord) -> None:
        """Count a query at the line that loaded its parents, else at its own."""
        load = record.load
        site = record.call_site if load is None else load.origin
        if site is None:
            return
        if load is not None and load.strategy in EAGER:
            self.add_eager(load.path, load.strategy, site, 1, record.duration_ms or 0.0)
        elif load is None and record.entity is not None:
            self.add_joined(record.entity, site, record.sql)
        path = of_parents(record.entity) if load is None else load.path
        scope = self.loads.setdefault(place_of(site), {}).setdefault(unit(record.scope), {})
        known = scope.get(path, Count())
        scope[path] = Count(known.queries + 1, known.total_ms + (record.duration_ms or 0.0))

    def add_eager(
        self, path: Path, strategy: str, site: CallSite, queries: int, total_ms: float
    ) -> None:
        """Count what a line loads eagerly."""
        key = (place_of(site), path)
        count = self.eager[key][2] if key in self.eager else Count()
        more = Count(count.queries + queries, count.total_ms + total_ms)
        self.eager[key] = (strategy, site, more)

    def add_joined(self, entity: str, site: CallSite, sql: str) -> None:
        """Note the relationships that a statement joins for its entity.

        SQLAlchemy numbers the name of a table that it joins of itself.
        """
        if " JOIN " not in sql or (place_of(site), sql) in self.joins:
            return
        self.joins.add((place_of(site), sql))
        tables = {one.name: one.table for one in self.mapped}
        joined = JOINED.findall(sql)
        for owner in self.mapped:
            for one in owner.relationships if owner.name == entity else ():
                table = tables.get(one.target, "").rpartition(".")[2]
                targets = [tables.get(other.target) for other in owner.relationships]
                if table in joined and targets.count(tables.get(one.target)) == 1:
                    self.add_eager((f"{entity}.{one.name}",), "joined", site, 0, 0.0)

    def scopes(self, claim: Claim) -> list[dict[Path, Count]]:
        """Return what a claim is about, for each scope that the parents' line was in."""
        scopes = self.loads.get(claim.place, {}).values()
        return [along(paths, claim.path) for paths in scopes]

    def worst(self, claim: Claim) -> dict[Path, Count]:
        """Return what a claim is about in the scope that sent the most."""
        return max(self.scopes(claim), key=weight, default={})

    def whole(self, claim: Claim) -> int:
        """Return the queries that a claim is about, in all scopes."""
        return sum(total(paths).queries for paths in self.scopes(claim))


def of_parents(entity: str | None) -> Path:
    """Return the path of the query that loads an entity at the line itself."""
    return () if entity is None else (f"{SELECT}{entity}",)


def is_of_parents(path: Path) -> bool:
    """Tell whether a path is that of a line's own query."""
    return not path or path[0].startswith(SELECT)


def place_of(site: CallSite) -> Place:
    """Return where a line of the program is."""
    return (site.file, site.line)


def unit(scope: Scope) -> ScopeKey:
    """Return what tells a session's work apart; its lazy loads may come in another test phase."""
    return (scope.process, scope.task, scope.session or scope.transaction)


def along(paths: dict[Path, Count], whole: Path) -> dict[Path, Count]:
    """Return what was sent for the parents and each step on the way."""
    return {path: count for path, count in paths.items() if leads(path, whole)}


def leads(path: Path, whole: Path) -> bool:
    """Tell whether a path is the beginning of another; `Dog` is one of `Dog.bark`."""
    if is_of_parents(path):
        # A repository's helper loads several classes by one line.
        return not path or path == of_parents(whole[0].partition(".")[0])
    if whole[: len(path)] == path:
        return True
    *before, last = path
    steps = whole[: len(path)]
    return steps[:-1] == tuple(before) and steps[-1].partition(".")[0] == last


def total(paths: dict[Path, Count]) -> Count:
    """Return the counts of several paths together."""
    return Count(
        sum(count.queries for count in paths.values()),
        sum(count.total_ms for count in paths.values()),
    )


def weight(paths: dict[Path, Count]) -> tuple[int, float]:
    """Order scopes by their queries, then their time."""
    found = total(paths)
    return found.queries, found.total_ms


def claim_of(finding: Finding) -> Claim | None:
    """Return a finding as a claim to be put to the proof; None where a rerun cannot."""
    fix = finding.fix
    if finding.rule != RULE or not isinstance(fix, LoaderOption) or fix.at is None:
        return None
    if not fix.steps:
        return None
    path = tuple(step for _, step in fix.steps)
    if path[-1] == '"*"' or fix.steps[0][0] == "selectin_polymorphic":
        path = (*path[:-1], finding.subject.rpartition(" -> ")[2])
    return Claim(finding, place_of(fix.at), path, fix.steps)


def recording_of(name: str) -> Recording:
    """Read a capture.

    Raises:
        LogError: It cannot be read.
        UsageError: It is no capture.
    """
    with closing(opened(name)) as log:
        lines = readable(text for _, text in log.lines())
        first = next(lines, None)
        if not isinstance(first, CaptureHeader):
            raise UsageError(
                f"{name} cannot be rerun: it is no capture", "asa capture -- COMMAND   makes one"
            )
        recording = Recording(first)
        for line in lines:
            recording.add(line)
    return recording


def readable(texts: Iterator[str]) -> Iterator[CaptureLine]:
    """Yield the lines that can be read."""
    for text in texts:
        try:
            line = line_from_json(text)
        except ValueError:
            continue
        if line is not None:
            yield line
