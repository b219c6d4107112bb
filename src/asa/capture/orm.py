"""What the ORM says of a statement before it runs: entity, session, relationship, origin.

A SELECT that loads entities is given a `Trail`, an option that SQLAlchemy carries along to
the loads made from those entities later on: so a lazy load knows the line that loaded its
parents. The option is no part of the cache key. It makes SQLAlchemy tell loads apart by the
path they came on, though, and the path is: so where no option of the user's own asks for
that, the path is put back to what it is without the trail, and kept in the trail instead.
"""

from dataclasses import dataclass
from types import FrameType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import FromStatement, ORMExecuteState
from sqlalchemy.orm.interfaces import UserDefinedOption
from sqlalchemy.orm.path_registry import PathRegistry

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .call_site import CallSites

__all__ = ["FACTS", "Facts", "Trail", "facts_of"]

FACTS = "_asa_facts"
"""The execution option that carries `Facts` to the cursor events."""

LONGEST_PATH = 8
"""Steps kept of a path; a tree walked lazily would otherwise make a path as deep as itself."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a statement that a session executes."""

    site: CallSite | None
    session: str
    entity: str | None = None
    load: RelationshipLoad | None = None


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


def facts_of(state: ORMExecuteState, sites: CallSites, frame: FrameType | None) -> Facts:
    """Return what the ORM knows of a statement, and lay or follow its trail."""
    session = str(state.session.hash_key)
    site = sites.find(frame)
    entity = entity_of(state)
    if not state.is_select or not state.is_orm_statement:
        return Facts(site, session, entity)
    if state.is_column_load:
        return Facts(site, session, load=column_load(state, entity, frame))
    if state.is_relationship_load:
        return Facts(site, session, load=relationship_load(state, frame))
    if isinstance(state.statement, Select | FromStatement):
        state.statement = state.statement.options(trail(site))
    return Facts(site, session, entity)


def entity_of(state: ORMExecuteState) -> str | None:
    """Return the name of the mapped class that a statement is about."""
    mapper = state.bind_mapper
    return None if mapper is None else mapper.class_.__name__


def trail_of(state: ORMExecuteState) -> Trail | None:
    """Return the trail that brought a statement here."""
    for option in state.user_defined_options:
        if isinstance(option, Trail):
            return option
    return None


def only_trails(statement: Any) -> bool:
    """Tell whether a statement has trails among its options and nothing else."""
    options = statement._with_options
    return bool(options) and all(type(option) is Trail for option in options)


def column_load(
    state: ORMExecuteState, entity: str | None, frame: FrameType | None
) -> RelationshipLoad:
    """Return the facts of a load of columns of one entity: refresh, expired or deferred."""
    laid = trail_of(state)
    origin = None if laid is None else laid.payload[0]
    if only_trails(state.statement):
        statement: Any = state.statement
        statement._compile_options += {"_current_path": PathRegistry.root}
    columns = getattr(state._orm_compile_options(), "_only_load_props", None) or ()
    attribute = f".{next(iter(columns))}" if len(columns) == 1 else ""
    return RelationshipLoad((f"{entity}{attribute}",), asked_by(frame, COLUMN) or "expired", origin)


def relationship_load(state: ORMExecuteState, frame: FrameType | None) -> RelationshipLoad:
    """Return the facts of a load for a relationship, and lead the trail on."""
    parent = state.lazy_loaded_from
    path, collections = steps(state.loader_strategy_path)
    laid = trail_of(state)
    origin = None
    if laid is not None:
        origin = laid.payload[0]
        path, collections = joined(laid.payload[1:], (path, collections))
    if parent is None:
        return RelationshipLoad(path, asked_by(frame, EAGER) or "selectin", origin, collections)
    strategy = asked_by(frame, REFRESH) or asked_by(frame, IMMEDIATE) or "lazy"
    if only_trails(state.statement):
        lead(state, parent, strategy, trail(origin, path, collections))
    return RelationshipLoad(path, strategy, origin, collections)


def lead(state: ORMExecuteState, parent: Any, strategy: str, trail: Trail) -> None:
    """Give a lazy load the trail of its own entities, and the path it has without any.

    The statement was made for this one load, so it may be changed in place.
    """
    statement: Any = state.statement
    statement._with_options = (trail,)
    if strategy == "lazy":
        relationship = state.loader_strategy_path.path[-1]  # type: ignore[union-attr]
        path = parent.mapper._path_registry[relationship]
        statement._compile_options += {"_current_path": path}


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

REFRESH: Marks = {"refresh": ("session.py", "refresh")}
IMMEDIATE: Marks = {"invoke": ("loading.py", "immediate")}
EAGER: Marks = {
    "_load": ("strategies.py", "subquery"),
    "_load_via_child": ("strategies.py", "selectin"),
    "_load_via_parent": ("strategies.py", "selectin"),
}
COLUMN: Marks = {
    **REFRESH,
    "_load_expired": ("state.py", "expired"),
    "_load_for_state": ("strategies.py", "deferred"),
}


def asked_by(frame: FrameType | None, marks: Marks) -> str | None:
    """Return the strategy of the innermost marked function, as far out as SQLAlchemy reaches."""
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        mark = marks.get(code.co_name)
        if mark is not None and file.endswith(mark[0]):
            return mark[1]
        if "sqlalchemy" not in file and not file.startswith("<"):
            return None
        frame = frame.f_back
    return None
