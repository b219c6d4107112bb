"""Adds loader options to the statements of a rerun, at the lines that load the parents.

A rerun for a proof is a capture whose environment names options. The unchanged control run
names the same ones switched off: so both write what came back at those lines.
"""

import json
import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import inspect, orm
from sqlalchemy.orm import Load, ORMExecuteState
from sqlalchemy.util import immutabledict

from ..model.capture_line import OriginLine  # noqa: TID252  (loaded by path)
from ..model.record import CallSite  # noqa: TID252

__all__ = ["Injection", "Injector", "injections_json"]

ADDED = "_asa_added"
LOADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "defaultload": ("defaultload", {}),
    "joinedload": ("joinedload", {}),
    "joinedload(innerjoin=True)": ("joinedload", {"innerjoin": True}),
    "raiseload": ("raiseload", {}),
    "selectinload": ("selectinload", {}),
    "undefer": ("undefer", {}),
}
INHERITED = frozenset(("autoflush", "identity_token", "populate_existing", "yield_per"))
LOCK, LOCKED = "raiseload", (("lazy", "raise"),)
IMMEDIATE = (("lazy", "immediate"),)


class Injection(NamedTuple):
    """An option, and where it belongs.

    Attributes:
        file: Of the line that sends the statement, as call sites name it.
        line: Counted from 1.
        steps: (loader, `Class.attribute`) from the outside in.
        active: Whether the option is added; the line is watched in any case.
    """

    file: str
    line: int
    steps: tuple[tuple[str, str], ...]
    active: bool = True


def injections_json(injections: Iterable[Injection]) -> str:
    """Return injections as an environment variable holds them."""
    return json.dumps([injection._asdict() for injection in injections])


def injections_from(text: str) -> list[Injection]:
    """Read what `injections_json` made."""
    return [
        Injection(form["file"], form["line"], tuple(map(tuple, form["steps"])), form["active"])
        for form in json.loads(text)
    ]


class Injector:
    """Adds the options of one process and watches their lines.

    Args:
        text: What `injections_json` made.
    """

    def __init__(self, text: str) -> None:
        self.by_place: dict[tuple[str, int], list[Injection]] = {}
        for injection in injections_from(text):
            self.by_place.setdefault((injection.file, injection.line), []).append(injection)

    def watched(self) -> list[tuple[str, int, str]]:
        """Return (file, line, attribute) of what is to be locked, and not yet is."""
        return [
            (one.file, one.line, one.steps[-1][1].rpartition(".")[2])
            for injections in self.by_place.values()
            for one in injections
            if not one.active and one.steps[-1][0] == LOCK
        ]

    def at(self, site: CallSite | None) -> list[Injection]:
        """Return what belongs to a line of the program."""
        return [] if site is None else self.by_place.get((site.file, site.line), [])

    @staticmethod
    def disinherit(state: ORMExecuteState) -> None:
        """Take from an eager load the options that the listener alone made it inherit.

        Where anybody listens, SQLAlchemy 2.0 prepares a statement twice, and the second time
        takes for an eager load's own what the first took over from the query above it:
        `yield_per` then fails. See sqlalchemy/sqlalchemy#13301.
        """
        options = state.local_execution_options
        if "sa_top_level_orm_context" in options and not INHERITED.isdisjoint(options):
            state.local_execution_options = immutabledict(
                {name: value for name, value in options.items() if name not in INHERITED}
            )

    def inject(self, state: ORMExecuteState, site: CallSite | None) -> None:
        """Add the options of a line to a SELECT that the program itself sends there."""
        wanted = [injection for injection in self.at(site) if injection.active]
        if not wanted or not state.is_select or not state.is_orm_statement:
            return
        statement: Any = state.statement
        options = [option for one in wanted if (option := option_for(statement, one.steps))]
        if options:
            state.statement = with_options(statement, options)
            state.update_execution_options(**{ADDED: len(options)})

    def origin_line(self, site: CallSite, sql: str, cursor: Any, context: Any) -> OriginLine:
        """Return what came back at a watched line."""
        return OriginLine(
            process=os.getpid(),
            file=site.file,
            line=site.line,
            options=context.execution_options.get(ADDED, 0),
            columns=columns_of(cursor, in_order="order by" in sql.lower()),
        )


def with_options(statement: Any, options: list[Any]) -> Any:
    """Return a copy of a statement with options more, and without what they take the place of.

    The new ones come first: SQLAlchemy pairs a statement's options with those of an equal
    one from its cache by their place, and the trail is last in every other statement.
    """
    copied = statement.options(*options)
    locked = [one.path.path for option in options for one in option.context if is_lock(one)]
    kept = [without_replaced(option, locked) for option in statement._with_options]
    copied._with_options = (*options, *(option for option in kept if option is not None))
    return copied


def is_lock(part: Any) -> bool:
    """Tell whether a part of an option lets an attribute raise where it is touched."""
    return bool(part.strategy == LOCKED)


def without_replaced(option: Any, locked: Sequence[tuple[Any, ...]]) -> Any:
    """Return an option without the loads that new ones take the place of; None for nothing.

    Args:
        option: Of the program.
        locked: Paths that now raise, and with them all that lies below.
    """
    if not isinstance(option, Load):
        return option
    context = tuple(
        one
        for one in option.context
        if one.strategy != IMMEDIATE
        and not any(one.path.path[: len(path)] == path for path in locked)
    )
    if len(context) == len(option.context):
        return option
    if not context:
        return None
    copied = option._clone()
    copied.context = context
    return copied


def option_for(statement: Any, steps: Sequence[tuple[str, str]]) -> Any:
    """Return a loader option for an entity of a statement; None where none has such a path."""
    first = steps[0][1].partition(".")[0]
    for description in statement.column_descriptions:
        entity = description.get("entity")
        if entity is None or description["expr"] is not entity:
            continue
        named = class_named(inspect(entity).mapper, first)
        if named is not None:
            # An alias has the attributes of its class, and of no other.
            root = entity if inspect(entity).mapper.class_ is named else named
            return option_along(root, steps)
    return None


def class_named(mapper: Any, name: str) -> Any:
    """Return the mapped class of that name among a mapper's own, its bases' and its heirs'."""
    family = [*mapper.iterate_to_root(), *mapper.self_and_descendants]
    return next((one.class_ for one in family if one.class_.__name__ == name), None)


def option_along(root: Any, steps: Sequence[tuple[str, str]]) -> Any:
    """Return the option that follows steps from an entity; None where one leads nowhere."""
    if steps[0][0] == "selectin_polymorphic":
        heir = class_named(inspect(root).mapper, steps[0][1].partition(".")[2])
        return None if heir is None else orm.selectin_polymorphic(root, [heir])
    option: Any = orm
    entity = root
    for loader, step in steps:
        if loader not in LOADERS:
            return None
        if step == '"*"':
            return option.undefer("*")
        name, _, key = step.partition(".")
        if inspect(entity).mapper.class_.__name__ != name:
            entity = class_named(inspect(entity).mapper, name)
        attribute = getattr(entity, key, None)
        if attribute is None:
            return None
        function, arguments = LOADERS[loader]
        option = getattr(option, function)(attribute, **arguments)
        if loader != "undefer":
            entity = inspect(attribute).property.mapper.class_
    return option


def columns_of(cursor: Any, *, in_order: bool) -> dict[str, str] | None:
    """Return a hash of each column's values; None where the driver shows no rows ahead."""
    rows = getattr(cursor, "_rows", None)
    if rows is None or cursor.description is None:
        return None
    hashed: dict[str, str] = {}
    for place, column in enumerate(cursor.description):
        values = [repr(row[place]) for row in rows]
        text = "\0".join(values if in_order else sorted(values))
        hashed[column[0]] = blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return hashed
