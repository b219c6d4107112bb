"""What the ORM says of a statement before it runs: entity, session, relationship, origin."""

from types import FrameType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import FromStatement
from sqlalchemy.orm.path_registry import PathRegistry

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .call_site import CallSites
from .chain import Chain
from .execution import StatementFacts
from .strategy import COLUMN, EAGER, HEIRS, LAZY, marked
from .trail import Trail, joined, steps, trail, trail_of, with_trails

__all__ = ["Sending", "sending_of"]

KNOWN_KEPT = 4096
"""Entries kept; they hold mappers, which a program may mean to let go."""

LOADING = (Select, FromStatement)
"""The statements that load entities and can carry options."""


Sending = tuple[StatementFacts, Any, bool]
"""What the ORM knows of a statement; the statement, or a copy with a trail; and whether that was
made for this one execution, so that it can be marked, or may be sent again."""


def sending_of(
    statement: Any, mapper: Any, given: Any, sites: CallSites, frame: FrameType | None
) -> Sending:
    """Return what the ORM knows of a statement, and lay or follow its trail.

    Args:
        statement: That a session is about to execute.
        mapper: Of the entity that it is about; None where it is about none.
        given: The options of the execution, which name the entity that a lazy load is for.
        sites: Finds its line.
        frame: Where it is sent.
    """
    options = getattr(statement, "_compile_options", None)
    # A statement of the program's own has none but the defaults, which are a class.
    if options is not None and not isinstance(options, type):
        if getattr(options, "_for_refresh_state", False):
            return column_facts(statement, mapper, sites, frame), statement, True
        path = getattr(options, "_current_path", None) if statement.is_select else None
        if path is not None and not path.is_root:
            loading = given.get("_sa_orm_load_options") if given else None
            parent = getattr(loading, "_lazy_loaded_from", None)
            facts = relationship_facts(statement, parent, sites, frame, path)
            return facts, statement, parent is not None
    chain = sites.chain(frame)
    facts, trails, _ = plain_facts(mapper, chain)
    if not statement.is_select or not isinstance(statement, LOADING):
        return facts, statement, False
    if statement._with_options:
        laid, _ = trail_of(statement)
        if laid is not None and next(marked(frame, HEIRS), None):
            return heirs_facts(mapper, chain.site, laid), statement, False
    return facts, with_trails(statement, trails), True


def entity_of(mapper: Any) -> str | None:
    """Return the name of the mapped class that a statement is about."""
    return None if mapper is None else mapper.class_.__name__


Known = tuple[StatementFacts, tuple[Trail, ...], Any]
"""Facts, the trail of what is loaded, and what else belongs to them."""

KNOWN: dict[tuple[object, ...], Known] = {}
"""One object for all equal facts, by what they were made of. Call sites, chains and trails are
one object each and live as long as the process, so their identities may stand for them."""


def remembered(key: tuple[object, ...], known: Known) -> Known:
    """Keep facts for the next time and return them."""
    if len(KNOWN) >= KNOWN_KEPT:
        KNOWN.clear()
    KNOWN[key] = known
    return known


def plain_facts(mapper: Any, chain: Chain) -> Known:
    """Return the facts of a statement that the program itself executes; they hold the mapper."""
    key = (id(chain), id(mapper))
    known = KNOWN.get(key)
    if known is None:
        facts = StatementFacts(chain.site, entity_of(mapper), None, chain.callers)
        known = remembered(key, (facts, (trail(chain.site),), mapper))
    return known


def column_facts(
    statement: Any, mapper: Any, sites: CallSites, frame: FrameType | None
) -> StatementFacts:
    """Return the facts of a load of columns of one entity: refresh, expired or deferred."""
    laid, alone = trail_of(statement)
    if laid is not None and alone:
        set_path(statement, PathRegistry.root)
    columns = getattr(statement._compile_options, "_only_load_props", None) or ()
    site, strategy = sites.find_marked(frame, COLUMN)
    key = (id(site), id(laid), id(mapper), strategy, columns)
    known = KNOWN.get(key)
    if known is None:
        load = column_load(mapper, columns, strategy or "expired", laid)
        known = remembered(key, (StatementFacts(site, load=load), (), mapper))
    return known[0]


def column_load(mapper: Any, columns: Any, strategy: str, laid: Trail | None) -> RelationshipLoad:
    """Return the way to columns of one entity, from the line that loaded the first entities."""
    origin, path, collections = (None, (), ()) if laid is None else laid.payload
    attribute = f".{next(iter(columns))}" if len(columns) == 1 else ""
    step = f"{entity_of(mapper)}{attribute}"
    base = heirs_base(mapper, columns) if strategy == "expired" else None
    return RelationshipLoad(
        (*path, step), "heir" if base else strategy, origin, (*collections, False), base
    )


def heirs_facts(mapper: Any, site: CallSite | None, laid: Trail) -> StatementFacts:
    """Return the facts of what `selectin_polymorphic` sends for the columns of heirs.

    It alone goes by the path of the query above it, and takes that one's trail over.
    """
    key = (id(site), id(laid), id(mapper))
    known = KNOWN.get(key)
    if known is None:
        origin, path, collections = laid.payload
        step = f"{entity_of(mapper)}"
        load = RelationshipLoad((*path, step), "selectin", origin, (*collections, False))
        known = remembered(key, (StatementFacts(site, None, load), (), mapper))
    return known[0]


def heirs_base(mapper: Any, columns: Any) -> str | None:
    """Return the base class of an entity where only columns of the heir's own are loaded."""
    if mapper is None or mapper.inherits is None or not columns:
        return None
    if any(mapper.inherits.has_property(name) for name in columns):
        return None
    name: str = mapper.base_mapper.class_.__name__
    return name


def relationship_facts(
    statement: Any, parent: Any, sites: CallSites, frame: FrameType | None, path: Any
) -> StatementFacts:
    """Return the facts of a load for a relationship, and lead the trail on."""
    laid, alone = trail_of(statement)
    if parent is None:
        site = sites.find(frame)
        strategy = next(marked(frame, EAGER), "selectin")
        kind = None
    else:
        site, found = sites.find_marked(frame, LAZY)
        strategy = found or "lazy"
        kind = parent.class_
    key = (id(site), id(laid), strategy, path.path, kind)
    known = KNOWN.get(key)
    if known is None:
        load = relationship_load(path, strategy, laid)
        led = trail(load.origin, load.path, load.collections)
        direct = None if kind is None else parent.mapper._path_registry[path.path[-1]]
        known = remembered(key, (StatementFacts(site, None, load), (led,), direct))
    facts, trails, direct = known
    if kind is not None and laid is not None and alone:
        # The statement was made for this one load, so it may be changed in place: it gets the
        # trail of its own entities, and the path that it has without any.
        statement._with_options = trails
        if strategy == "lazy":
            set_path(statement, direct)
    return facts


def set_path(statement: Any, path: Any) -> None:
    """Change the path of a statement that was made for one load, its options with it."""
    statement._compile_options.__dict__["_current_path"] = path


def relationship_load(path: Any, strategy: str, laid: Trail | None) -> RelationshipLoad:
    """Return the whole way to a relationship, from the line that loaded the first entities."""
    named, collections = steps(path)
    if laid is None:
        return RelationshipLoad(named, strategy, None, collections)
    named, collections = joined(laid.payload[1:], (named, collections))
    return RelationshipLoad(named, strategy, laid.payload[0], collections)
