"""What the ORM says of a statement before it runs: entity, session, relationship, origin.

A SELECT that loads entities is given a `Trail`, an option that SQLAlchemy carries along to
the loads made from those entities later on: so a lazy load knows the line that loaded its
parents. The option is no part of the cache key. It makes SQLAlchemy tell loads apart by the
path they came on, though, and the path is: so where no option of the user's own asks for
that, the path is put back to what it is without the trail, and kept in the trail instead.
"""

# A frame has the name of its file as text; a Path for each would cost more than the walk.
# ruff: noqa: PTH120

import os
from collections.abc import Iterator
from types import FrameType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import FromStatement
from sqlalchemy.orm.interfaces import UserDefinedOption
from sqlalchemy.orm.path_registry import PathRegistry

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .call_site import CallSites
from .execution import StatementFacts

__all__ = ["Sending", "Trail", "facts_of"]

LOADING = (Select, FromStatement)
"""The statements that load entities and can carry options."""

LONGEST_PATH = 8
"""Steps kept of a path; a tree walked lazily would otherwise make a path as deep as itself."""


class Sending:
    """A statement of the ORM that a session is about to execute.

    Attributes:
        statement: Replaced by a copy where a trail is laid.
        mapper: Of the entity that it is about; None where it is about none.
        parent: State of the entity whose attribute is loaded; None for any other statement.
    """

    __slots__ = ("mapper", "parent", "statement")

    def __init__(self, statement: Any, mapper: Any, parent: Any) -> None:
        self.statement = statement
        self.mapper = mapper
        self.parent = parent


class Trail(UserDefinedOption):
    """Where the entities that carry it were loaded.

    Attributes:
        payload: The line that loaded the first entities, the steps from them to these, and
            for each step whether it holds a collection.
    """

    propagate_to_loaders = True
    payload: "tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]]"

    def __reduce__(self) -> tuple[Any, ...]:
        """Become a plain option that does nothing: a pickled entity outlives the capture."""
        return (UserDefinedOption, ())


TRAILS: dict[tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]], Trail] = {}
"""One trail for all entities loaded by one line on one path."""


def trail(
    origin: CallSite | None, path: tuple[str, ...] = (), collections: tuple[bool, ...] = ()
) -> Trail:
    """Return the trail of that line and path."""
    key = (origin, path, collections)
    known = TRAILS.get(key)
    if known is None:
        known = TRAILS[key] = Trail(key)
    return known


FROM_LINES: dict[int, Trail] = {}
"""The trails that begin at a line, by its identity: there is one object for each line."""


def trail_from(origin: CallSite | None) -> Trail:
    """Return the trail of what a line loads itself."""
    known = FROM_LINES.get(id(origin))
    if known is None:
        known = FROM_LINES[id(origin)] = trail(origin)
    return known


LED: dict[int, tuple[RelationshipLoad, Trail]] = {}
"""The trails of what was loaded for a relationship, by the identity of the load, which is kept."""


def trail_after(load: RelationshipLoad) -> Trail:
    """Return the trail of the entities that a load brings."""
    known = LED.get(id(load))
    if known is None:
        if len(LED) >= KNOWN_KEPT:
            LED.clear()
        known = LED[id(load)] = (load, trail(load.origin, load.path, load.collections))
    return known[1]


def facts_of(
    state: Sending, sites: CallSites, frame: FrameType | None
) -> tuple[StatementFacts, Any]:
    """Return what the ORM knows of a statement, and lay or follow its trail.

    Returns:
        The facts, and the statement where it was made for this one execution, so that it can
        be marked; None where it may be sent again.
    """
    site = sites.find(frame)
    statement: Any = state.statement
    options = getattr(statement, "_compile_options", None)
    if getattr(options, "_for_refresh_state", False):
        return column_facts(state, site, frame), statement
    if not statement.is_select:
        return plain_facts(state, site), None
    path = getattr(options, "_current_path", None)
    if path is not None and not path.is_root:
        facts = relationship_facts(state, site, frame, path)
        return facts, None if state.parent is None else statement
    if isinstance(statement, LOADING):
        laid, _ = trail_of(statement)
        if laid is not None and outermost(frame, HEIRS):
            return heirs_facts(state, site, laid), None
        state.statement = own = with_trail(statement, trail_from(site))
        return plain_facts(state, site), own
    return plain_facts(state, site), None


def with_trail(statement: Any, laid: Trail) -> Any:
    """Return a copy of a statement with a trail; `options` does the same, with more ado."""
    copied = statement._generate()
    copied._with_options += (laid,)
    return copied


def entity_of(state: Sending) -> str | None:
    """Return the name of the mapped class that a statement is about."""
    mapper = state.mapper
    return None if mapper is None else mapper.class_.__name__


KNOWN: dict[tuple[object, ...], StatementFacts] = {}
"""One object for all equal facts, by what they were made of. Call sites and trails are one
object each and live as long as the process, so their identities may stand for them."""

KNOWN_KEPT = 4096
"""Entries kept; they hold mappers, which a program may mean to let go."""


def remembered(key: tuple[object, ...], facts: StatementFacts) -> StatementFacts:
    """Keep facts for the next time and return them."""
    if len(KNOWN) >= KNOWN_KEPT:
        KNOWN.clear()
    KNOWN[key] = facts
    return facts


def plain_facts(state: Sending, site: CallSite | None) -> StatementFacts:
    """Return the facts of a statement that the program itself executes."""
    entity = entity_of(state)
    key = (id(site), entity)
    return KNOWN.get(key) or remembered(key, StatementFacts(site, entity))


def trail_of(statement: Any) -> tuple[Trail | None, bool]:
    """Return the trail that brought a statement here, and whether it has no other option."""
    laid, alone = None, True
    for option in statement._with_options:
        if type(option) is Trail:
            laid = option
        else:
            alone = False
    return laid, alone


def column_facts(state: Sending, site: CallSite | None, frame: FrameType | None) -> StatementFacts:
    """Return the facts of a load of columns of one entity: refresh, expired or deferred."""
    statement: Any = state.statement
    laid, alone = trail_of(statement)
    if laid is not None and alone:
        statement._compile_options += {"_current_path": PathRegistry.root}
    columns = getattr(statement._compile_options, "_only_load_props", None) or ()
    strategy = outermost(frame, COLUMN) or "expired"
    entity = entity_of(state)
    key = (id(site), id(laid), entity, strategy, columns)
    facts = KNOWN.get(key)
    if facts is None:
        origin, path, collections = (None, (), ()) if laid is None else laid.payload
        attribute = f".{next(iter(columns))}" if len(columns) == 1 else ""
        step = f"{entity}{attribute}"
        base = heirs_base(state.mapper, columns) if strategy == "expired" else None
        load = RelationshipLoad(
            (*path, step), "heir" if base else strategy, origin, (*collections, False), base
        )
        facts = remembered(key, StatementFacts(site, load=load))
    return facts


def heirs_facts(state: Sending, site: CallSite | None, laid: Trail) -> StatementFacts:
    """Return the facts of what `selectin_polymorphic` sends for the columns of heirs.

    It alone goes by the path of the query above it, and takes that one's trail over.
    """
    entity = entity_of(state)
    key = (id(site), id(laid), entity)
    origin, path, collections = laid.payload
    load = RelationshipLoad((*path, f"{entity}"), "selectin", origin, (*collections, False))
    return KNOWN.get(key) or remembered(key, StatementFacts(site, None, load))


def heirs_base(mapper: Any, columns: Any) -> str | None:
    """Return the base class of an entity where only columns of the heir's own are loaded."""
    if mapper is None or mapper.inherits is None or not columns:
        return None
    if any(mapper.inherits.has_property(name) for name in columns):
        return None
    name: str = mapper.base_mapper.class_.__name__
    return name


def relationship_facts(
    state: Sending, site: CallSite | None, frame: FrameType | None, path: Any
) -> StatementFacts:
    """Return the facts of a load for a relationship, and lead the trail on."""
    laid, alone = trail_of(state.statement)
    parent = state.parent
    if parent is None:
        strategy = next(marked(frame, EAGER), "selectin")
    else:
        strategy = outermost(frame, LAZY) or "lazy"
    key = (id(site), id(laid), strategy, path.path)
    facts = KNOWN.get(key)
    if facts is None:
        facts = remembered(key, StatementFacts(site, None, relationship_load(path, strategy, laid)))
    if parent is not None and laid is not None and alone and facts.load is not None:
        lead(state.statement, parent, strategy, path, facts.load)
    return facts


def relationship_load(path: Any, strategy: str, laid: Trail | None) -> RelationshipLoad:
    """Return the whole way to a relationship, from the line that loaded the first entities."""
    named, collections = steps(path)
    if laid is None:
        return RelationshipLoad(named, strategy, None, collections)
    named, collections = joined(laid.payload[1:], (named, collections))
    return RelationshipLoad(named, strategy, laid.payload[0], collections)


def lead(statement: Any, parent: Any, strategy: str, path: Any, load: RelationshipLoad) -> None:
    """Give a lazy load the trail of its own entities, and the path it has without any.

    The statement was made for this one load, so it may be changed in place.
    """
    statement._with_options = (trail_after(load),)
    if strategy == "lazy":
        alone = parent.mapper._path_registry[path.path[-1]]
        statement._compile_options += {"_current_path": alone}


def steps(path: Any) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return a path's `Class.attribute` steps, and for each whether it holds a collection."""
    elements = path.path
    named, collections = [], []
    for entity, attribute in zip(elements[::2], elements[1::2], strict=False):
        named.append(f"{entity.class_.__name__}.{attribute.key}")
        collections.append(bool(getattr(attribute, "uselist", False)))
    return tuple(named), tuple(collections)


Steps = tuple[tuple[str, ...], tuple[bool, ...]]


def joined(before: Steps, now: Steps) -> Steps:
    """Return the whole path: the steps of the trail, then those that it does not have yet."""
    for overlap in range(min(len(before[0]), len(now[0]) - 1), -1, -1):
        if before[0][len(before[0]) - overlap :] == now[0][:overlap]:
            break
    path, collections = (old + new[overlap:] for old, new in zip(before, now, strict=True))
    return path[-LONGEST_PATH:], collections[-LONGEST_PATH:]  # type: ignore[return-value]


Marks = dict[str, tuple[str, str]]
"""Function of SQLAlchemy's, (end of its file's name, strategy that it stands for)."""

LAZY: Marks = {
    "refresh": ("session.py", "refresh"),
    "invoke": ("loading.py", "immediate"),
}
EAGER: Marks = {
    "_load": ("strategies.py", "subquery"),
    "_load_via_child": ("strategies.py", "selectin"),
    "_load_via_parent": ("strategies.py", "selectin"),
}
COLUMN: Marks = {
    "refresh": ("session.py", "refresh"),
    "_load_expired": ("state.py", "expired"),
    "_load_for_state": ("strategies.py", "deferred"),
}

HEIRS: Marks = {"do_load": ("loading.py", "selectin")}

OWN = os.path.dirname(__file__)
FILES: dict[str, bool] = {}
"""Whether a file is SQLAlchemy's, or watches it, or is none at all, by its name."""


def is_sqlalchemy(name: str) -> bool:
    """Tell whether a frame's file is SQLAlchemy's or has no name of its own."""
    known = FILES.get(name)
    if known is None:
        known = FILES[name] = (
            "sqlalchemy" in name or name[:1] == "<" or os.path.dirname(name) == OWN
        )
    return known


def marked(frame: FrameType | None, marks: Marks) -> Iterator[str]:
    """Yield the strategies of marked functions, from the inner, as far as SQLAlchemy reaches."""
    while frame is not None:
        code = frame.f_code
        name = code.co_name
        if name in marks and code.co_filename.endswith(marks[name][0]):
            yield marks[name][1]
        if not is_sqlalchemy(code.co_filename):
            return
        frame = frame.f_back


def outermost(frame: FrameType | None, marks: Marks) -> str | None:
    """Return the strategy of the outermost marked function; a refresh loads immediately."""
    strategy = None
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        mark = marks.get(code.co_name)
        if mark is not None and file.endswith(mark[0]):
            strategy = mark[1]
        if not (FILES.get(file) or is_sqlalchemy(file)):
            break
        frame = frame.f_back
    return strategy
