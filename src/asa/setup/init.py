"""Plan the Alembic environment of a repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from asa.config import Config, UrlReference, environment
from asa.errors import ProjectError, UsageError
from asa.project.find import (
    FoundMetadata,
    ProjectSource,
    find_project,
)
from asa.project.load import Loaded, load_metadata
from asa.setup.advice import lacking, ownerless, said, weak_points
from asa.setup.changes import environment_changes
from asa.setup.choice import (
    check_named,
    choose_metadata,
    choose_url,
    seen_url,
    with_driver,
)
from asa.setup.environment import EnvironmentFacts
from asa.setup.existing import adopted, free_folder
from asa.setup.further import for_database, untaken
from asa.setup.mend import mended
from asa.setup.naming import naming_advice
from asa.setup.parts import NOTHING, Parts, added, first_class, home_of, missing
from asa.setup.plan import Action, Change, ChosenMetadata, InitPlan, Undecided
from asa.setup.start import plan_start, starts

__all__ = ["InitOptions", "plan_init"]


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What the user asked for.

    Attributes:
        metadata: References of the bases to migrate; empty to find them.
        url: `env:NAME`, `module:attribute` or a URL without a password.
        pyproject: Whether Alembic's settings go to pyproject.toml.
        parts: Files of an application to write along.
        fix: Whether to edit an env.py of the project's own where it is weak.
        lock: Whether env.py is to carry the upgrade lock.
        database: Name of a further database to give an environment of its own; None for the
            application's own.
    """

    metadata: tuple[str, ...] = ()
    url: str | None = None
    pyproject: bool = False
    parts: Parts = NOTHING
    fix: bool = False
    lock: bool = False
    database: str | None = None


def plan_init(config: Config, options: InitOptions) -> InitPlan | Undecided:
    """Find out what a repository is and plan what it needs; nothing is written.

    Args:
        config: Settings of the repository as they are; `config.root` is where asa writes.
        options: What the user asked for.

    Raises:
        ProjectError: There are no models, or they cannot be imported.
        ConfigurationError: The URL carries a password, or pyproject.toml cannot take settings.
    """
    source = find_project(config.root)
    if options.database:
        return plan_further(config, source, options.database, options)
    parts = starts(source, options.parts)
    if parts is not None and not options.metadata:
        location = free_folder(config.root)
        return plan_start(
            config, source, parts, url=options.url, location=location, lock=options.lock
        )
    return plan_environment(config, source, source, options)


def plan_further(
    config: Config, source: ProjectSource, name: str, options: InitOptions
) -> InitPlan | Undecided:
    """Plan the environment of a further database.

    Raises:
        UsageError: It is open where the database is, or an option is for the first alone.
    """
    if options.pyproject or options.parts != NOTHING:
        raise UsageError(
            "--pyproject, --models, --session and --app are for the first database",
            f"leave them out: asa init --database {name}",
        )
    narrowed = for_database(config, name)
    url_known = bool(options.url or narrowed.url)
    free = untaken(config, name, source, url_known=url_known)
    return plan_environment(narrowed, source, free, options)


def plan_environment(
    config: Config, source: ProjectSource, free: ProjectSource, options: InitOptions
) -> InitPlan | Undecided:
    """Plan the environment of one database.

    Args:
        config: The settings that hold for it.
        source: What reading the source told.
        free: Likewise, without what belongs to other databases.
        options: What the user asked for.

    Raises:
        ProjectError: There are no models, or they cannot be imported.
        ConfigurationError: The URL carries a password, or pyproject.toml cannot take settings.
    """
    existing = adopted(config, source)
    reading = existing.reading if existing else None
    wanted = options.metadata or config.metadata or (reading.target if reading else ())
    chosen = choose_metadata(free if not wanted else source, wanted)
    if isinstance(chosen, Undecided):
        return chosen
    pythonpath = config.pythonpath or roots(source, chosen)
    loaded, others, left_out = load(config, source, chosen, pythonpath)
    environ = environment(config.root)
    url, unused = choose_url(config, free, options.url, environ)
    check_named(url, source, environ)
    url, kind, unseen = seen_url(config, url, pythonpath)
    url, driver_note = with_driver(url, loaded.installed.drivers)
    facts = EnvironmentFacts(
        location=existing.script_location
        if existing
        else free_folder(config.root, config.database),
        pythonpath=pythonpath,
        modules=loaded.models.modules,
        metadata=tuple(found.reference for found in chosen),
        others=tuple(found.reference for found in others),
        direct=loaded.direct,
        starters=starters((*chosen, *others)),
        url=UrlReference(url.reference, url.origin),
        url_kind=kind,
        drivers=loaded.installed.drivers,
        lock=options.lock,
    )
    changes = environment_changes(
        config, facts, existing, loaded.installed, pyproject=options.pyproject
    )
    along, serve = written_along(source, chosen[0], options.parts, facts)
    weak = tuple(weak_points(reading, chosen, loaded.direct, url)) if reading else ()
    if reading and options.fix:
        changes, weak = mended(changes, reading, weak)
    notes = (
        *lacking(loaded.installed, config.root, url),
        driver_note,
        left_out,
        missing(config, ("fastapi", "uvicorn")) if serve else None,
        f"the URL could not be read now: {unseen}" if unseen else None,
        *(
            f"{place} is no Python ({words}): its tables go unseen"
            for place, words in source.unparsed
        ),
        *(said(weakness) for weakness in weak),
        unlocked(changes, facts) if options.lock else None,
        ownerless(config.root / facts.location, loaded, reading.options) if reading else None,
        *(f"{other.reference} is read too, in {other.place}" for other in unused[:2]),
    )
    return InitPlan(
        root=config.root,
        metadata=tuple(counted(found, loaded) for found in chosen),
        url=url,
        changes=(*along, *changes, *kept_sessions(source, (*along, *changes))),
        folders=(f"{facts.location}/versions",),
        notes=tuple(note for note in notes if note),
        installed=loaded.installed,
        serve=serve,
        advice=() if existing else tuple(naming_advice(chosen, loaded)),
        mendable=sum(bool(weakness.patches) for weakness in weak),
        revisions=any((config.root / facts.location / "versions").glob("*.py")),
    )


def unlocked(changes: Sequence[Change], facts: EnvironmentFacts) -> str | None:
    """Return a note on an env.py that is asked to lock, and is not asa's to change."""
    file = f"{facts.location}/env.py"
    kept = next((c for c in changes if c.path == file and c.action is Action.KEEP and c.note), None)
    return f"{file} is yours, so --lock does not touch it; asa upgrade locks itself" * bool(kept)


def written_along(
    source: ProjectSource, found: FoundMetadata, parts: Parts, facts: EnvironmentFacts
) -> tuple[tuple[Change, ...], str | None]:
    """Return the changes that write the wanted parts beside the models, and what serves them."""
    model = first_class(found) if parts.app else None
    return added(source.root, home_of(source, found), parts, facts, model)


def load(
    config: Config,
    source: ProjectSource,
    chosen: tuple[FoundMetadata, ...],
    pythonpath: tuple[str, ...],
) -> tuple[Loaded, tuple[FoundMetadata, ...], str | None]:
    """Import the chosen MetaData, and the project's others so that their tables are known.

    Returns:
        What came back, the others that import, and a note on those that do not.

    Raises:
        ProjectError: The chosen ones cannot be imported.
    """
    references = {found.reference for found in chosen}
    others = tuple(found for found in source.metadata if found.reference not in references)
    # One from another import root belongs to another program, which has its own sys.path.
    if others and set(roots(source, others)) <= set(pythonpath):
        try:
            return load_metadata(config, (*chosen, *others), pythonpath=pythonpath), others, None
        except ProjectError:
            pass
    loaded = load_metadata(config, chosen, pythonpath=pythonpath)
    if not others:
        return loaded, (), None
    names = ", ".join(found.reference for found in others)
    return (
        loaded,
        (),
        f"{names} cannot be imported along: its tables in this database would look dropped",
    )


def starters(found: Sequence[FoundMetadata]) -> tuple[tuple[str, str, str], ...]:
    """Return the functions that make tables, as `EnvironmentFacts` holds them."""
    return tuple(
        (starter, item.reference, table) for item in found for starter, table in item.table_starters
    )


def roots(source: ProjectSource, chosen: Sequence[FoundMetadata]) -> tuple[str, ...]:
    """Return the import roots of the modules to import; the root itself where none is known."""
    names = [name for found in chosen for name in (*found.modules, found.reference)]
    return source.pythonpath(*names) or (".",)


def counted(found: FoundMetadata, loaded: Loaded) -> ChosenMetadata:
    """Return a MetaData with the tables that the import has shown."""
    tables = next(m.tables for m in loaded.models.metadata if m.reference == found.reference)
    if not tables:
        raise ProjectError(
            f"{found.reference} has no tables after {len(found.modules)} modules were imported",
            "name another base: asa init --metadata module:Base",
        )
    return ChosenMetadata(found.reference, len(tables), found.modules)


def kept_sessions(source: ProjectSource, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the project's own modules that make engines or sessions: they stay as they are."""
    touched = {change.path for change in changes}
    return tuple(
        Change(Action.KEEP, place.file, "your sessions, untouched")
        for place in source.sessions
        if place.file not in touched
    )
