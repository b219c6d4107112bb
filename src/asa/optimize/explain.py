"""Plan every query class of a workload on a database, few at a time."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl
from asa.model.event import Event, Notify, Stage, silent
from asa.model.parameter import bindable
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.workload import QueryClass, Workload
from asa.scratch.twins import Twin
from asa.sql.statement import Kind, kind

__all__ = ["Plans", "plannable", "plans_of"]

PLANNABLE = frozenset({Kind.SELECT, Kind.INSERT, Kind.UPDATE, Kind.DELETE})
READS = re.compile(r"\bselect\b", re.IGNORECASE)

Plans = dict[str, Plan | NotPlanned]
Ask = Callable[[str, Parameters], Awaitable[Plan | NotPlanned]]


async def plans_of(
    database: DatabaseUrl,
    workload: Workload,
    *,
    jobs: int = 2,
    load: Load | None = None,
    twin: Twin | None = None,
    notify: Notify = silent,
) -> Plans:
    """Plan each query class that has a plan, with real values of the log.

    Args:
        database: Its dialect's safe recipe is used; nothing is run.
        workload: Classes cut off in the log, or of another dialect, are not planned.
        jobs: How many connections plan at once.
        load: What the database has planned already, and may in all; the heaviest classes first.
        twin: The one that the database is: it knows which of its plans are those of the real one.
        notify: Told of each class planned.

    Returns:
        By fingerprint; classes that have no plan by nature (BEGIN, a plain INSERT) are left out.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    plans: Plans = {}
    load = load or Load()
    waiting: deque[QueryClass] = deque()
    for query_class in workload.classes:
        if not plannable(query_class):
            continue
        reason = unplannable(query_class, database.dialect)
        if reason:
            plans[query_class.fingerprint] = NotPlanned(reason)
        else:
            waiting.append(query_class)
    total = len(waiting)
    notify(Event(Stage.STARTED, "plan", done=0, total=total))
    workers = min(1 if twin else jobs, total)
    done = 0

    def planned(query_class: QueryClass, plan: Plan | NotPlanned) -> None:
        nonlocal done
        plans[query_class.fingerprint] = plan
        done += 1
        notify(Event(Stage.ADVANCED, "plan", done=done, total=total))

    async def work() -> None:
        while waiting:
            async with asking(database, twin) as (ask, is_silent):
                # A connection whose server fell silent is not asked again.
                while waiting and not is_silent():
                    query_class = waiting.popleft()
                    sets = [
                        await load.planned(partial(ask, query_class.sql, values))
                        for values in values_of(query_class)
                    ]
                    planned(query_class, dearest(sets))

    await asyncio.gather(*(work() for _ in range(workers)))
    notify(Event(Stage.DONE, "plan", done=done, total=total))
    return plans


@asynccontextmanager
async def asking(
    database: DatabaseUrl, twin: Twin | None
) -> AsyncIterator[tuple[Ask, Callable[[], bool]]]:
    """Yield what plans one statement, and what tells whether it answers no more."""
    if twin is not None:
        yield twin.plan, lambda: False
        return
    explain = dialect_named(database.dialect).explain
    async with connection_to(database) as connection:
        yield partial(explain, connection), lambda: connection.invalidated


def plannable(query_class: QueryClass) -> bool:
    """Tell whether a class has a plan by nature; a plain INSERT has none."""
    found = kind(query_class.sql, query_class.dialect)
    if found is Kind.INSERT:
        return READS.search(query_class.sql) is not None
    return found in PLANNABLE


def unplannable(query_class: QueryClass, dialect: str) -> str | None:
    """Return why a class cannot be planned on a database of a dialect."""
    if query_class.truncated:
        return "cut off in the log"
    if query_class.dialect not in (None, dialect):
        return f"recorded on {query_class.dialect}, and the database is {dialect}"
    return None


def values_of(query_class: QueryClass) -> list[Parameters]:
    """Return the values to plan with: the slowest and a typical set; None where none is known."""
    sets = [s.parameters for s in query_class.parameter_sets if bindable(s.parameters)]
    if not sets:
        return [None]
    return sets[:1] if len(sets) == 1 else [sets[0], sets[len(sets) // 2]]


def dearest(plans: Iterable[Plan | NotPlanned]) -> Plan | NotPlanned:
    """Return the plan with the highest cost; the first where there are no costs."""
    listed = list(plans)
    found = [plan for plan in listed if isinstance(plan, Plan)]
    return max(found, key=lambda plan: plan.cost or 0.0) if found else listed[0]
