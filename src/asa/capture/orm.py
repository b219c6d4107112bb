"""What the ORM says of a statement before it runs: entity, session, relationship, origin."""

from types import FrameType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import FromStatement
from sqlalchemy.orm.path_registry import PathRegistry

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .call_site import CallSites, Chain
from .execution import StatementFacts
from .strategy import COLUMN, EAGER, HEIRS, LAZY, marked, outermost
from .trail import Trail, joined, steps, trail_after, trail_from, trail_of, with_trail

__all__ = ["Sending", "facts_of"]

KNOWN_KEPT = 4096
"""Entries kept; they hold mappers, which a program may mean to let go."""

LOADING = (Select, FromStatement)
"""The statements that load entities and can carry options."""


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


def facts_of(
    state: Sending, sites: CallSites, frame: FrameType | None
) -> tuple[StatementFacts, Any]:
    """Return what the ORM knows of a statement, and lay or follow its trail.

    Returns:
        The facts, and the statement where it was made for this one execution, so that it can
        be marked; None where it may be sent again.
    """
    statement: Any = state.statement
    options = getattr(statement, "_compile_options", None)
    if getattr(options, "_for_refresh_state", False):
        return column_facts(state, sites.find(frame), frame), statement
    path = getattr(options, "_current_path", None) if statement.is_select else None
    if path is not None and not path.is_root:
        facts = relationship_facts(state, sites.find(frame), frame, path)
        return facts, None if state.parent is None else statement
    chain = sites.chain(frame)
    if not statement.is_select or not isinstance(statement, LOADING):
        return plain_facts(state, chain), None
    laid, _ = trail_of(statement)
    if laid is not None and outermost(frame, HEIRS):
        return heirs_facts(state, chain.site, laid), None
    state.statement = own = with_trail(statement, trail_from(chain.site))
    return plain_facts(state, chain), own


def entity_of(state: Sending) -> str | None:
    """Return the name of the mapped class that a statement is about."""
    mapper = state.mapper
    return None if mapper is None else mapper.class_.__name__


KNOWN: dict[tuple[object, ...], StatementFacts] = {}
"""One object for all equal facts, by what they were made of. Call sites and trails are one
object each and live as long as the process, so their identities may stand for them."""


def remembered(key: tuple[object, ...], facts: StatementFacts) -> StatementFacts:
    """Keep facts for the next time and return them."""
    if len(KNOWN) >= KNOWN_KEPT:
        KNOWN.clear()
    KNOWN[key] = facts
    return facts


def plain_facts(state: Sending, chain: Chain) -> StatementFacts:
    """Return the facts of a statement that the program itself executes."""
    entity = entity_of(state)
    key = (id(chain), entity)
    known = KNOWN.get(key)
    return known or remembered(key, StatementFacts(chain.site, entity, None, chain.callers))


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
