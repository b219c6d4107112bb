"""An attribute was touched that was not loaded, outside of any await.

What it does:
    Finds the loads that failed with MissingGreenlet in a captured run, and names the
    attribute, the line that loaded its owner and the option that loads it there.

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
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity, Unproved
from asa.model.rule import Rule
from asa.model.workload import Burst
from asa.rules.query.cure import cure
from asa.rules.query.n_plus_one import place
from asa.rules.query.relationship import required_of

__all__ = ["RULE", "check"]

ID = "missing-greenlet"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that touched an attribute without an await."""
    for burst in case.workload.bursts:
        if burst.load is not None and burst.load.failed and burst.load.path:
            yield finding(case, burst)


def finding(case: Case, burst: Burst) -> Finding:
    """Return the finding for one line."""
    load, touched = burst.load, burst.call_site
    assert load is not None  # noqa: S101  (check chose it)
    evidence = [("load", place(load.origin))] if load.origin else []
    evidence.append(("touch", place(touched)))
    site = load.origin or touched
    label = burst.scope.label
    return Finding(
        ID,
        Severity.ERROR,
        " -> ".join(load.path),
        f"{label}, MissingGreenlet" if label else "MissingGreenlet",
        evidence=tuple(evidence),
        location=Location(site.file, site.line) if site else None,
        related=(("touched here", Location(touched.file, touched.line)),) if touched else (),
        fix=cure(load, touched, {load.path}, required_of(case, load.path)),
        proof=Unproved("not rerun, the program failed there"),
        fingerprints=(burst.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="an attribute touched unloaded, with no await",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    errors=("MissingGreenlet", "xd2s"),
)
