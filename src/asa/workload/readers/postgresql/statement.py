"""From entries of PostgreSQL's log to executed statements, each counted once.

With `log_min_duration_statement` a statement and its time are one entry; in the extended
protocol there are up to three, of parse, bind and execute: the execution counts, and the
time of the others is added to it. With `log_statement` the statement comes first and its
time, if any, in an entry of its own. auto_explain adds an entry before that of the statement.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asa.model.record import Parameters, QueryRecord
from asa.workload.readers.postgresql.entry import Entry
from asa.workload.readers.postgresql.message import FAILURES, TIMED, UNTIMED
from asa.workload.readers.postgresql.parameters import parameters_of
from asa.workload.readers.postgresql.plan import planned_query
from asa.workload.readers.postgresql.record import record_of

__all__ = ["Statements"]

MOST_WAITING = 4_096


@dataclass(slots=True)
class Phase:
    """What came before an execution in the extended protocol.

    Attributes:
        sql: The statement that was parsed or bound last.
        duration_ms: The time of that.
        bound: The entry of a bind: its execution may have been too fast to be logged.
    """

    sql: str
    duration_ms: float = 0.0
    bound: Entry | None = None


@dataclass(slots=True)
class Waiting:
    """A statement whose time, or whose own entry, may still come.

    Attributes:
        entry: Where it was told.
        sql: Its text.
        parameters: Its values.
        duration_ms: Its time; None where it is awaited.
        from_plan: Whether auto_explain told it: its own entry replaces it.
        plan: Its steps, where auto_explain told them.
    """

    entry: Entry
    sql: str
    parameters: Parameters
    duration_ms: float | None = None
    from_plan: bool = False
    plan: str | None = None


class Statements:
    """Takes entries in their order and hands out records.

    Attributes:
        waiting: The statement of each session that is not complete yet.
        phases: For each session the statement parsed or bound last.
        executed: What each session executed last, and its time: its plan may still be told.
        complete: The records that became so last.
    """

    def __init__(self) -> None:
        self.waiting: dict[int | None, Waiting] = {}
        self.phases: dict[int | None, Phase] = {}
        self.executed: dict[int | None, tuple[str, float]] = {}
        self.complete: list[QueryRecord] = []

    def take(self, entry: Entry) -> list[QueryRecord]:
        """Return the records that are complete with this entry."""
        if self.complete:
            self.complete = []
        if entry.severity == "LOG":
            if timed := TIMED.match(entry.message):
                self.timed(entry, timed)
            elif untimed := UNTIMED.match(entry.message):
                self.untimed(entry, untimed)
        elif entry.severity in FAILURES and entry.statement is not None:
            self.failed(entry, entry.statement)
        return self.complete

    def follow(self, later: "Statements", settled: Iterable[int | None]) -> None:
        """Go on to where later entries of the same log lead, which settle these sessions."""
        for key in settled:
            self.forget(key)
        self.waiting |= later.waiting
        self.phases |= later.phases
        self.executed |= later.executed

    def forget(self, key: int | None) -> None:
        """Forget a session."""
        self.waiting.pop(key, None)
        self.phases.pop(key, None)
        self.executed.pop(key, None)

    def finish(self) -> list[QueryRecord]:
        """Return what was waiting when the log ended."""
        self.complete = []
        for key in list(self.phases):
            self.passed(key)
        for key in list(self.waiting):
            self.release(key)
        return self.complete

    def timed(self, entry: Entry, match: "re.Match[str]") -> None:
        """Take an entry that tells a time."""
        duration_ms = float(match["ms"])
        sql = entry.message[match.end() :]
        key = entry.session.process
        kind = match.lastgroup
        if kind == "simple":
            plan = self.begin(key, sql)
            self.execute(key, sql, duration_ms)
            self.record(entry, sql, None, duration_ms, plan=plan)
        elif kind == "name":
            self.execution(entry, sql, duration_ms, fetch=match["fetch"] is not None)
        elif kind == "phase":
            self.prepare(entry, sql, duration_ms, binds=match["phase"] == "bind")
        elif kind == "plan":
            self.planned(entry, sql, duration_ms)
        elif key is not None and key in self.waiting and not self.waiting[key].from_plan:
            done = self.waiting.pop(key)
            self.record(done.entry, done.sql, done.parameters, duration_ms, plan=done.plan)

    def execution(self, entry: Entry, sql: str, duration_ms: float, *, fetch: bool) -> None:
        """Take an execution of the extended protocol; a further fetch is no further call."""
        plan = self.release(entry.session.process, sql)
        duration_ms += self.passed(entry.session.process, sql)
        self.execute(entry.session.process, sql, duration_ms)
        values = parameters_of(entry.detail)
        self.record(entry, sql, values, duration_ms, executions=0 if fetch else 1, plan=plan)

    def prepare(self, entry: Entry, sql: str, duration_ms: float, *, binds: bool) -> None:
        """Take a parse or a bind; what follows a bind is of another call."""
        phase = self.phases.get(entry.session.process)
        if phase is None or phase.sql != sql or phase.bound is not None:
            self.passed(entry.session.process)
            phase = self.phases[entry.session.process] = Phase(sql)
            bound(self.phases)
        phase.duration_ms += duration_ms
        if binds:
            phase.bound = entry

    def passed(self, key: int | None, sql: str | None = None) -> float:
        """End what a session parsed or bound; return its time where `sql` is executed now.

        Where only the bind was slow enough to be logged, it stands for the call.
        """
        phase = self.phases.pop(key, None)
        if phase is None:
            return 0.0
        if phase.sql == sql:
            return phase.duration_ms
        if phase.bound is not None:
            values = parameters_of(phase.bound.detail)
            self.record(phase.bound, phase.sql, values, phase.duration_ms)
        return 0.0

    def execute(self, key: int | None, sql: str, duration_ms: float) -> None:
        """Remember what a session executed last."""
        self.executed[key] = (sql, duration_ms)
        if len(self.executed) > MOST_WAITING:
            bound(self.executed)

    def untimed(self, entry: Entry, match: "re.Match[str]") -> None:
        """Take a statement whose time may follow."""
        sql = entry.message[match.end() :]
        self.release(entry.session.process)
        self.begin(entry.session.process, sql)
        if match["fetch"] is None:
            self.wait(Waiting(entry, sql, parameters_of(entry.detail)))

    def planned(self, entry: Entry, plan: str, duration_ms: float) -> None:
        """Take an entry of auto_explain; the entry of the same statement may follow."""
        query = planned_query(plan)
        if query is None:
            return
        sql, values, steps = query
        executed = self.executed.pop(entry.session.process, None)
        known = self.waiting.get(entry.session.process)
        if executed is not None and executed[0] == sql and duration_ms <= executed[1]:
            self.record(entry, sql, None, None, executions=0, plan=steps)
        elif known is None or known.from_plan:
            self.wait(Waiting(entry, sql, values, duration_ms, from_plan=True, plan=steps))
        elif known.sql == sql:
            known.plan = steps
        else:
            # A portal's plan comes when it is closed, after the statement that closes it.
            self.record(entry, sql, None, None, executions=0, plan=steps)

    def failed(self, entry: Entry, sql: str) -> None:
        """Take an error that tells its statement."""
        known = self.waiting.pop(entry.session.process, None)
        self.begin(entry.session.process, sql)
        values: Parameters = None
        if known is not None and known.sql == sql:
            values = known.parameters
        elif known is not None:
            self.record(known.entry, known.sql, known.parameters, known.duration_ms)
        self.record(entry, sql, values, None, error=entry.state or entry.severity)

    def begin(self, key: int | None, sql: str | None = None) -> str | None:
        """End what a session did before the execution that begins; return its plan, if told."""
        plan = self.release(key, sql) if self.waiting else None
        if self.phases:
            self.passed(key, sql)
        if self.executed:
            self.executed.pop(key, None)
        return plan

    def wait(self, waiting: Waiting) -> None:
        """Keep a statement until more is known of it; the session's last one is complete."""
        key = waiting.entry.session.process
        self.release(key)
        self.waiting[key] = waiting
        if len(self.waiting) > MOST_WAITING:
            self.release(next(iter(self.waiting)))

    def release(self, key: int | None, sql: str | None = None) -> str | None:
        """Complete the statement that a session waits with, unless its own entry comes now.

        Returns:
            The plan that was told of what comes now.
        """
        known = self.waiting.pop(key, None)
        if known is None:
            return None
        if known.from_plan and known.sql == sql:
            return known.plan
        self.record(known.entry, known.sql, known.parameters, known.duration_ms, plan=known.plan)
        return None

    def record(
        self,
        entry: Entry,
        sql: str,
        parameters: Parameters,
        duration_ms: float | None,
        *,
        executions: int = 1,
        error: str | None = None,
        plan: str | None = None,
    ) -> None:
        """Complete one execution, if there is a statement."""
        made = record_of(entry, sql, parameters, duration_ms, executions, error, plan)
        if made is not None:
            self.complete.append(made)


def bound(known: dict[int | None, Any]) -> None:
    """Forget the session known longest where there are too many."""
    if len(known) > MOST_WAITING:
        del known[next(iter(known))]
