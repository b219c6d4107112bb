"""What to write instead of loads that the ORM sent parent by parent."""

from collections.abc import Collection

from asa.model.fix import LoaderOption, Rewrite
from asa.model.record import CallSite, RelationshipLoad

__all__ = ["cure", "is_whole_entity", "left"]

Cure = LoaderOption | Rewrite
INNER = "joinedload(innerjoin=True)"


def is_whole_entity(load: RelationshipLoad) -> bool:
    """Tell whether a load was for several columns of an entity, not for one attribute."""
    return "." not in load.path[-1]


def cure(
    load: RelationshipLoad,
    touched: CallSite | None,
    faulty: Collection[tuple[str, ...]],
    required: Collection[str] = (),
) -> Cure:
    """Return the fix for a load: at its origin where an option does it, else at the touch.

    Args:
        load: The innermost.
        touched: The line that sends it.
        faulty: The paths loaded row by row, that of `load` and those on the way to it.
        required: The steps that always lead to a row.
    """
    step = load.path[-1]
    entity = step.partition(".")[0]
    if load.strategy == "expired":
        if is_whole_entity(load):
            return Rewrite("async_sessionmaker(..., expire_on_commit=False)")
        return Rewrite(f'__mapper_args__ = {{"eager_defaults": True}} in {entity}')
    if load.strategy == "heir":
        return whole_heirs(load, entity)
    if load.strategy == "refresh" and is_whole_entity(load):
        one = f"select({entity}).where({entity}.id.in_(ids))"
        return Rewrite(f"{one}.execution_options(populate_existing=True)", touched)
    return option(load, faulty, required)


def left(load: RelationshipLoad, levels: int) -> int:
    """Return how many queries remain with the cure, that of the parents included.

    An option sends one query for each level of relationships; columns come with the parents.
    """
    if load.strategy in ("deferred", "expired"):
        return 1
    if load.strategy == "heir":
        return 2
    return 1 + max(levels, 1)


def whole_heirs(load: RelationshipLoad, heir: str) -> LoaderOption:
    """Return the option that loads an heir's columns with its base class."""
    call = f"selectin_polymorphic({load.base}, [{heir}])"
    steps = (("selectin_polymorphic", f"{load.base}.{heir}"),)
    return LoaderOption(call, load.origin, ("selectin_polymorphic",), steps)


def option(
    load: RelationshipLoad, faulty: Collection[tuple[str, ...]], required: Collection[str]
) -> LoaderOption:
    """Return the loader option for a path: one call for each step.

    A step that is not at fault keeps the loader that it has: another one for it would
    contradict the statement's own option.
    """
    last = len(load.path) - 1
    names = [
        strategy(load, step) if load.path[: step + 1] in faulty else "defaultload"
        for step in range(len(load.path))
    ]
    steps = list(load.path)
    if load.strategy == "deferred":
        names[last] = "undefer"
        if is_whole_entity(load):
            steps[last] = '"*"'
    calls = tuple(
        (INNER if name == "joinedload" and step in required else name, step)
        for name, step in zip(names, steps, strict=True)
    )
    text = ".".join(written(*call) for call in calls)
    # A refresh asks the database whatever is loaded already: it has to go as well.
    alone = load.strategy != "refresh"
    return LoaderOption(text, load.origin, (names[0],), calls if alone else ())


def written(loader: str, step: str) -> str:
    """Return one call of an option as a user types it."""
    name, _, rest = loader.partition("(")
    return f"{name}({step}, {rest}" if rest else f"{name}({step})"


def strategy(load: RelationshipLoad, step: int) -> str:
    """Return the loader for one step: a join for a single row, a second query for many."""
    if len(load.collections) == len(load.path) and not load.collections[step]:
        return "joinedload"
    return "selectinload"
