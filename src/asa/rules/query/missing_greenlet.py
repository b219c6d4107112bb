"""An attribute was touched that was not loaded, outside of any await.

What it does:
    Finds the loads that failed with MissingGreenlet in a captured run, or with
    DetachedInstanceError where that ended a test or the process, and names the attribute, the
    line that loaded its owner and the option that loads it there.

Why it matters:
    The program fails there. Under asyncio an attribute cannot be fetched at the moment it
    is touched: the query would have to be awaited, and touching an attribute awaits nothing.

Example:
    user = await session.scalar(select(User))
    names = [post.title for post in user.posts]

Fix:
    Load it where its owner is loaded: select(User).options(selectinload(User.posts)). Where
    a commit expired it: async_sessionmaker(..., expire_on_commit=False). Where it is needed
    seldom: await user.awaitable_attrs.posts.

When to ignore:
    The program expects the error, as a test of it does.

See Also:
    https://docs.sqlalchemy.org/en/20/errors.html#error-xd2s
    https://docs.sqlalchemy.org/en/20/errors.html#error-bhk3
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads
"""

from collections.abc import Iterator
from dataclasses import replace

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity, Unproved
from asa.model.observation import UnloadedAttribute
from asa.model.record import CallSite, RelationshipLoad
from asa.model.rule import Rule
from asa.rules.query.cure import cure
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.relationship import required_of

__all__ = ["RULE", "check"]

ID = "missing-greenlet"
MISSING = "MissingGreenlet"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that touched an attribute without an await."""
    for burst in case.workload.bursts:
        if burst.load is not None and burst.load.failed and burst.load.path:
            found = finding(case, burst.load, burst.call_site, burst.scope.label, MISSING)
            yield replace(found, fingerprints=(burst.fingerprint,))
    for observation in case.workload.observations:
        worst = observation.worst
        if isinstance(worst, UnloadedAttribute):
            load = RelationshipLoad(worst.path, "lazy", worst.origin, worst.collections)
            yield finding(case, load, worst.touched, worst.scope.label, worst.error)


def finding(
    case: Case, load: RelationshipLoad, touched: CallSite | None, label: str | None, error: str
) -> Finding:
    """Return the finding for one line."""
    evidence = [("load", place(load.origin))] if load.origin else []
    evidence.append(("touch", place(touched)))
    site = load.origin or touched
    return Finding(
        ID,
        Severity.ERROR,
        " -> ".join(load.path),
        f"{label}, {error}" if label else error,
        evidence=tuple(evidence),
        location=location(site),
        related=(("touched here", Location(touched.file, touched.line)),) if touched else (),
        fix=cure(load, touched, {load.path}, required_of(case, load.path)),
        proof=Unproved("not rerun, the program failed there"),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="an attribute touched unloaded, with no await",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    errors=("MissingGreenlet", "xd2s", "DetachedInstanceError", "bhk3"),
)
