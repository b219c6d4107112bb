"""Gives the statements of sessions the facts that their executions will read.

`do_orm_execute` is the event for it, but where anybody listens to that, SQLAlchemy prepares each
statement twice, which takes time and is not always the same (sqlalchemy/sqlalchemy#13301). So
the method is watched that the event is fired in: it does what it did, and is put back at the end.
A rerun, which adds loader options, needs the event itself.
"""

import sys
from threading import get_ident
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from .hooks import FACTS, Hooks
from .orm import sending_of

__all__ = ["Sessions"]

WATCHED = "_execute_internal"


class Sessions:
    """Watches every session for the hooks of a process."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.injector: Any = None
        self.reads: Any = None
        self.original: Any = None
        self.watched: Any = None

    def set_up(self, injections: str) -> None:
        """Begin to watch.

        Args:
            injections: Loader options of a rerun in their JSON form; empty in a plain capture.
        """
        event.listen(Session, "after_begin", self.hooks.transactions.joined)
        if injections:
            from .inject import Injector

            self.injector = self.hooks.injector = Injector(injections)
            event.listen(Session, "do_orm_execute", self.inject)
            if watched := self.injector.watched():
                from .reads import Reads

                self.reads = Reads(watched, lambda read: self.hooks.tell(read, None))
        self.original = original = getattr(Session, WATCHED)
        mark = self.mark

        def _execute_internal(
            session: Any, statement: Any, params: Any = None, **options: Any
        ) -> Any:
            attributes = getattr(statement, "_propagate_attrs", None)
            if (
                attributes
                and attributes.get("compile_state_plugin") == "orm"
                and options.get("_parent_execute_state") is None
            ):
                statement = mark(session, statement, attributes, options)
            return original(session, statement, params, **options)

        self.watched = _execute_internal
        setattr(Session, WATCHED, _execute_internal)

    def take_down(self) -> None:
        """Let everything be as it was."""
        event.remove(Session, "after_begin", self.hooks.transactions.joined)
        if self.injector is not None:
            event.remove(Session, "do_orm_execute", self.inject)
        if self.reads is not None:
            self.reads.take_down()
        if getattr(Session, WATCHED) is self.watched:
            setattr(Session, WATCHED, self.original)

    def mark(self, session: Any, statement: Any, attributes: Any, options: dict[str, Any]) -> Any:
        """Return a statement that carries facts; where it may not, its options do."""
        hooks = self.hooks
        try:
            subject = attributes.get("plugin_subject")
            mapper = None if subject is None else subject.mapper
            given = options.get("execution_options")
            facts, statement, own = sending_of(
                statement, mapper, given, hooks.sites, sys._getframe(2)
            )
            carried = (facts, session.hash_key)
            if own:
                statement.__dict__[FACTS] = carried
            else:
                options["execution_options"] = {**(given or {}), FACTS: carried}
            hooks.unsent = (get_ident(), carried)
            if id(mapper) not in hooks.mappers:
                hooks.tell_mapped(mapper)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            hooks.note("mark", error)
        return statement

    def inject(self, state: Any) -> None:
        """Add the loader options that a rerun puts to the proof at a line."""
        try:
            self.injector.disinherit(state)
            carried = state.statement.__dict__.get(FACTS)
            if carried is not None and carried[0].load is None:
                self.injector.inject(state, carried[0].site)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.hooks.note("inject", error)
