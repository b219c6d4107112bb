"""Writes what the hooks tell into a capture file, one line each."""

import os
import sys
import time
from typing import Any
from weakref import WeakSet

import sqlalchemy

from ..model.capture_line import (  # noqa: TID252  (loaded by path, under a private name)
    LibraryLine,
    MappedLine,
    RerunLine,
    TroubleLine,
    fact_to_json,
    line_to_json,
    query_head,
    query_line,
    scope_json,
)
from ..model.observation import Fact, UnloadedAttribute  # noqa: TID252
from ..model.record import QueryRecord, Scope  # noqa: TID252
from .execution import Execution
from .hooks import Hooks
from .sink import Sink
from .unloaded import unloaded_of
from .values import Values

__all__ = ["Recorder", "dialect_of", "sets_of"]

DIALECTS = {"mariadb": "mysql"}
HEADS_KEPT = 2048


class Recorder:
    """Listens for one process.

    Args:
        sink: Where lines go.
        key: Secret to hash values with; empty where values are kept.
    """

    def __init__(self, sink: Sink, key: bytes) -> None:
        self.sink = sink
        self.values = Values(key)
        self.process = os.getpid()
        self.heads: dict[tuple[str, int, int], tuple[object, object, str]] = {}
        self.registries: WeakSet[Any] = WeakSet()
        self.unloaded: UnloadedAttribute | None = None
        self.epoch = time.time() - time.perf_counter()
        self.clock = time.perf_counter()
        sink.write(line_to_json(LibraryLine(self.process, sqlalchemy.__version__)))

    def executed(self, execution: Execution) -> None:
        """Write an execution."""
        sets = sets_of(execution)
        one = execution.parameters if sets is None else sets[0] if sets else None
        self.sink.write(
            query_line(
                self.head(execution),
                self.values.parameters(one),
                1 if sets is None else len(sets),
                execution.seconds * 1000,
                self.epoch + execution.clock,
                execution.rows,
                execution.error,
                self.scope(execution),
                batch=execution.many and sets is None,
            )
        )

    def scope(self, execution: Execution) -> str:
        """Return where an execution ran as JSON, put together once for each transaction."""
        transaction, session = execution.transaction, execution.session
        key = (self.process, execution.task, session, execution.label, execution.gather)
        known = None if transaction is None else transaction.scopes.get(key)
        if known is None:
            known = scope_json(
                self.process,
                execution.task,
                None if session is None else str(session),
                None if transaction is None else transaction.number,
                execution.label,
                execution.gather,
            )
            if transaction is not None:
                transaction.scopes[key] = known
        return known

    def head(self, execution: Execution) -> str:
        """Return the part of a line that is the same each time, put together once.

        Dialects and facts are one object each, so their identities tell them apart; the
        cache keeps them alive.
        """
        engine, facts = execution.engine, execution.facts
        dialect = engine.dialect
        key = (execution.statement, id(dialect), id(facts))
        known = self.heads.get(key)
        if known is not None:
            return known[2]
        if len(self.heads) >= HEADS_KEPT:
            self.heads.clear()
        name = dialect_of(engine)
        record = QueryRecord(
            sql=self.values.statement(execution.statement, name),
            dialect=name,
            database=engine.url.database,
            entity=facts.entity,
            call_site=facts.site,
            load=facts.load,
            callers=facts.callers,
        )
        head = query_head(record)
        self.heads[key] = (dialect, facts, head)
        return head

    def observed(self, fact: Fact | RerunLine, _: Any) -> None:
        """Write what was seen beside executions."""
        if isinstance(fact, RerunLine):
            self.sink.write(line_to_json(fact))
        else:
            self.sink.write(fact_to_json(fact))

    def mapped(self, registry: Any) -> None:
        """Write the classes of a registry, the first time that one is queried."""
        from .mapping import mapped_classes

        if registry not in self.registries:
            self.registries.add(registry)
            classes = tuple(mapped_classes(registry))
            self.sink.write(line_to_json(MappedLine(self.process, classes)))

    def paused(self) -> None:
        """Write the lines of the executions told so far."""
        self.epoch = time.time() - time.perf_counter()
        self.sink.flush()

    def failed(self, handler: str, error: Exception) -> None:
        """Write that a handler failed."""
        self.sink.write(line_to_json(TroubleLine(self.process, handler, type(error).__name__)))

    def forked(self) -> None:
        """Know the child by its own number; what the parent holds is the parent's to write."""
        self.process = os.getpid()
        self.sink.lines.clear()

    def end(self, hooks: Hooks) -> None:
        """Write what is left, what ended the program, and which connections it still has."""
        hooks.settle()
        for fact, _ in hooks.pools.still_out(self.clock):
            self.observed(fact, None)
        # Python leaves the exception that ends a program where a debugger looks for it.
        error = getattr(sys, "last_value", None)
        if isinstance(error, BaseException):
            self.ended_by(error, hooks, last=True)
        self.sink.flush()

    def ended_by(self, error: BaseException, hooks: Hooks, *, last: bool = False) -> None:
        """Write which attribute of a detached entity ended a request or the program."""
        try:
            fact = unloaded_of(error, hooks.sites, Scope(process=self.process))
            # One that was logged may end the program too.
            if fact is not None and not (last and fact == self.unloaded):
                self.unloaded = fact
                self.observed(fact, None)
        except Exception as failure:  # noqa: BLE001  (capture never breaks the program)
            self.failed("ended_by", failure)


def sets_of(execution: Execution) -> list[Any] | None:
    """Return the parameter sets of an executemany; None for any other execution.

    A batch of insertmanyvalues is one statement with one flat parameter set.
    """
    parameters = execution.parameters
    return parameters if execution.many and isinstance(parameters, list) else None


def dialect_of(engine: Any) -> str:
    """Return the dialect of an engine by the name that records have."""
    name: str = engine.dialect.name
    return DIALECTS.get(name, name)
