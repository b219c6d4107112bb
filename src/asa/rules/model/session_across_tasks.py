"""One session is used by tasks that run at the same time.

What it does:
    Looks for a session given to several awaitables of `asyncio.gather`, or to several tasks of
    `create_task`, by name or in a loop.

Why it matters:
    An AsyncSession has one connection and serves one task at a time: "This session is
    provisioning a new connection; concurrent operations are not permitted", or rows that end
    in the wrong task.

Example:
    users, posts = await asyncio.gather(load_users(session), load_posts(session))

Fix:
    async def in_own_session(load):
        async with new_session() as session:
            return await load(session)
    users, posts = await asyncio.gather(in_own_session(load_users), in_own_session(load_posts))

When to ignore:
    Only one of the tasks ever touches it.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
    https://docs.sqlalchemy.org/en/20/errors.html#error-isce
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "session-across-tasks"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each place where tasks share a session."""
    for shared in design.usage.shared:
        yield found(
            ID,
            Severity.ERROR,
            shared.name,
            shared.location,
            does=f"is shared by the tasks of {shared.by}",
            why="a session serves one task at a time",
            fix="async with new_session() as session: ...   in each task",
        )


RULE = Rule(
    id=ID,
    family="model",
    summary="a session shared by concurrent tasks",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    errors=("IllegalStateChangeError", "isce"),
)
