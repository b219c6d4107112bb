"""The pool keeps connections longer than MySQL does.

What it does:
    Looks for engines on MySQL and MariaDB without pool_recycle, or with one above eight hours.

Why it matters:
    The server closes a connection that was idle for `wait_timeout`, eight hours by default and
    often less where it is hosted: "MySQL server has gone away", on Monday morning.

Example:
    engine = create_async_engine("mysql+aiomysql://...")

Fix:
    engine = create_async_engine("mysql+aiomysql://...", pool_recycle=3600, pool_pre_ping=True)

When to ignore:
    pool_pre_ping=True is set, and a reconnect now and then does not matter: asa then only
    notes it.

See Also:
    https://docs.sqlalchemy.org/en/20/dialects/mysql.html#connection-timeouts-and-disconnects
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import added, serving, subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "missing-pool-recycle"
WAIT_TIMEOUT_S = 28_800


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in serving(design, "mysql"):
        told = (engine.dialect or design.dialect) == "mysql"
        if not told or engine.is_unpooled or "**" in engine.arguments:
            continue
        given = engine.arguments.get("pool_recycle")
        late = given is not None and is_late(given)
        if given is not None and not late:
            continue
        tested = engine.gives("pool_pre_ping")
        yield found(
            ID,
            Severity.INFO if tested else Severity.WARNING,
            subject(engine),
            engine.location,
            does=f"keeps connections {given} s" if late else "keeps connections for ever",
            why="the server closes idle ones after wait_timeout, 8 hours or less",
            fix="pool_recycle=3600" if late else added(engine, "pool_recycle=3600"),
        )


def is_late(text: str) -> bool:
    """Tell whether a number of seconds is more than the server's default, or none at all."""
    number = text.replace("_", "")
    return number == "-1" or (number.isdigit() and int(number) > WAIT_TIMEOUT_S)


RULE = Rule(
    id=ID,
    family="model",
    summary="connections kept longer than MySQL does",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("mysql",),
)
