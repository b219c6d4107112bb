"""Judge revisions: what they lock, lose, break, and what cannot be undone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import AsaError, UsageError
from asa.migrations.env_run import Site, missing_file, standing_in
from asa.migrations.environment import Environment
from asa.migrations.intended_dialect import dialect_meant
from asa.migrations.own_connection import run_apart
from asa.migrations.place import Place, place_of, same_place
from asa.migrations.review.collection import Function, hear
from asa.migrations.review.git_changes import changed_since, merge_base
from asa.migrations.review.model_imports import models_used
from asa.migrations.review.schema_state import Passage
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.change import Downgrade, RevisionChange
from asa.model.event import Event, Notify, Stage
from asa.model.finding import Finding
from asa.model.judgement import Judgement, NotJudged
from asa.model.operation import CreateIndex, ExecuteSql
from asa.model.revision import Revision
from asa.model.schema import Schema
from asa.model.server import Server
from asa.project.exemption import exemptions_in
from asa.rules import migration_rules
from asa.rules.migration.locking import locked_table

__all__ = ["Choice", "Review", "Reviewed", "review"]

WAIT_LIMIT = re.compile(r"lock_timeout|lock_wait_timeout")
KEYS_OFF = re.compile(r"foreign_keys\s*=\s*(?:OFF|0)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which revisions to judge; the unapplied ones where nothing is chosen.

    Attributes:
        names: Ids, beginnings of ids, `head`.
        since: Those whose files are new or changed since this git reference.
        everything: The whole history.
    """

    names: tuple[str, ...] = ()
    since: str | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One revision with what was found in it.

    Attributes:
        steps: How many operations it has.
        locks: Tables that were there before, and that it locks against writers.
    """

    revision: Revision
    findings: tuple[Finding, ...]
    steps: int
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What came of a review.

    Attributes:
        judgement: All findings, and what could not be judged.
        revisions: In the order of applying.
        scope: Which revisions these are: `2 unapplied revisions`.
        dialect: What they were judged for.
        place: The database that told sizes; None without one.
    """

    judgement: Judgement
    revisions: tuple[Reviewed, ...]
    scope: str
    dialect: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a database told.

    Attributes:
        marks: Ids that it is marked with.
    """

    place: Place
    marks: tuple[str, ...]
    schema: Schema


def review(
    environment: Environment,
    choice: Choice,
    notify: Notify,
    *,
    dialect: str | None = None,
    ask_database: bool = True,
) -> Review:
    """Judge revisions; nothing is changed, in files or in the database.

    Args:
        environment: The project's Alembic environment.
        choice: Which revisions.
        notify: Told where no database could be asked.
        dialect: What they are meant for; the database's where None. `mariadb` is one too.
        ask_database: Whether to ask for sizes and for what is applied.

    Raises:
        AsaError: A revision cannot be imported or is unknown, git does not know a reference,
            or the dialect cannot be told.
    """
    with standing_in(environment) as site:
        known = asked(site, notify) if ask_database else None
        known = of_dialect(known, dialect, notify)
        server = server_of(known, dialect)
        family = server.dialect if server else dialect_meant(environment, env_py(site))
        chosen, scope = choose(site, choice, known)
        changes, silences = heard(site, chosen, family, server, known)
        reviewed = tuple(
            Reviewed(change.revision, judged(change), len(change.steps), locked_by(change))
            for change in changes
        )
    findings = tuple(finding for one in reviewed for finding in one.findings)
    judgement = Judgement(findings, (scope,), not_judged=tuple(silences))
    return Review(judgement, reviewed, scope, family, known.place if known else None)


def locked_by(change: RevisionChange) -> tuple[str, ...]:
    """Return the tables that a revision locks; `?` among them where that is not all known."""
    if change.dialect == "sqlite":
        return ("the file",) if change.steps else ()
    names: list[str] = []
    for step in change.steps:
        table = locked_table(change, step)
        names += [table] if table else []
        for constraint in getattr(step.operation, "constraints", ()):
            if constraint.target and change.exists(constraint.target[0]):
                names.append(constraint.target[0])
    raw = any(isinstance(step.operation, ExecuteSql) for step in change.steps)
    return tuple(dict.fromkeys((*names, *(["?"] if raw or not change.complete else []))))


def asked(site: Site, notify: Notify) -> Known | None:
    """Ask the database for its marks, tables and sizes; None, with a note, where it fails."""
    environment = site.environment
    found: list[tuple[Place, tuple[str, ...]]] = []

    def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        assert context.connection is not None  # noqa: S101  (an online run has one)
        place = place_of(context.connection)
        heed_elsewhere(environment, place, notify)
        found.append((place, tuple(heads)))
        return ()

    named = environment.config.url.origin == "--url" if environment.config.url else False
    try:
        site.run(work, reading=True)
        place, marks = found[-1]
        return Known(place, marks, schema_at(place, environment.database))
    except AsaError as error:
        if named:
            raise
        text = f"no database was asked, so sizes are unknown: {error.message}"
        notify(Event(Stage.NOTE, "offline", text))
        return None


def schema_at(place: Place, named: DatabaseUrl | None) -> Schema:
    """Read the tables of a database with their sizes."""
    database = named if named is not None and same_place(named, place.url) else place.url
    if database.dialect == "sqlite" and (
        not database.url.database or missing_file(database.url.database)
    ):
        return Schema(())

    async def read() -> Schema:
        async with connection_to(database) as connection:
            return await dialect_named(database.dialect).schema(connection)

    return run_apart(read())


def of_dialect(known: Known | None, dialect: str | None, notify: Notify) -> Known | None:
    """Return what the database told; None, with a note, where it is of another dialect."""
    family = "mysql" if dialect == "mariadb" else dialect
    if known is None or family in (None, known.place.server.dialect):
        return known
    text = f"sizes are unknown: the database here is {known.place.server}, not {dialect}"
    notify(Event(Stage.NOTE, "offline", text))
    return None


def server_of(known: Known | None, dialect: str | None) -> Server | None:
    """Return the server to judge for; None where neither database nor user tells."""
    if known is not None or dialect is None:
        return known.place.server if known else None
    if dialect == "mariadb":
        return Server("mysql", "MariaDB", (), "")
    return Server(dialect, "", (), "")


def env_py(site: Site) -> Path:
    """Return the environment's env.py."""
    return Path(site.script.dir) / "env.py"


def choose(site: Site, choice: Choice, known: Known | None) -> tuple[tuple[Script, ...], str]:
    """Return the revisions to judge, in the order of applying, and what they are called."""
    ordered = tuple(reversed(site.history.scripts))
    if choice.names:
        wanted = {script.revision for name in choice.names for script in named(site, name)}
        return tuple(s for s in ordered if s.revision in wanted), counted(len(wanted), "")
    if choice.everything:
        return ordered, counted(len(ordered), "")
    root = site.environment.config.root
    if choice.since is not None:
        return new_files(ordered, changed_since(root, choice.since), choice.since)
    if known is not None:
        ids = {revision.id for revision in site.history.pending(marks_here(site, known))}
        return tuple(s for s in ordered if s.revision in ids), counted(len(ids), "unapplied ")
    base = merge_base(root)
    if base is not None:
        return new_files(ordered, changed_since(root, base), "the main branch")
    return ordered, f"{counted(len(ordered), '')}, all that are here"


def marks_here(site: Site, known: Known) -> tuple[str, ...]:
    """Return the marks of a database that the files here explain."""
    return tuple(mark for mark in known.marks if mark in site.history.ids)


def named(site: Site, name: str) -> tuple[Script, ...]:
    """Return the revisions that a name means; of `start:end`, those after the first.

    Raises:
        UsageError: There is none.
    """
    start, colon, end = name.partition(":")
    if colon:
        walk = site.script.iterate_revisions(end or "heads", start or "base")
        return tuple(script for script in walk if script is not None)
    found = tuple(script for script in site.script.get_revisions(name) if script is not None)
    if not found:
        raise UsageError(f'no revision is called "{name}"', "asa history")
    return found


def new_files(
    ordered: tuple[Script, ...], files: frozenset[Path], since: str
) -> tuple[tuple[Script, ...], str]:
    """Return the revisions whose files are among these."""
    chosen = tuple(script for script in ordered if Path(script.path).resolve() in files)
    return chosen, f"{counted(len(chosen), '')} since {since}"


def counted(number: int, kind: str) -> str:
    """Return `1 revision`, `2 unapplied revisions`."""
    return f"{number} {kind}revision{'' if number == 1 else 's'}"


def heard(
    site: Site,
    chosen: tuple[Script, ...],
    dialect: str,
    server: Server | None,
    known: Known | None,
) -> tuple[list[RevisionChange], list[NotJudged]]:
    """Hear the chosen revisions, each on the schema that it meets."""
    ids = {script.revision for script in chosen}
    text = env_py(site).read_text(encoding="utf-8", errors="replace")
    changes: list[RevisionChange] = []
    silences: list[NotJudged] = []
    pending = {r.id for r in site.history.pending(marks_here(site, known))} if known else set()
    history, present = Passage(), Passage(known.schema if known else None)
    for script in reversed(site.history.scripts):
        if not ids - {change.revision.id for change in changes}:
            break
        passage = present if script.revision in pending else history
        wanted = script.revision in ids
        functions = hear(site, script, dialect, server, passage.schema, both=wanted)
        if script.revision in ids:
            change = change_of(site, script, functions, dialect, text)
            before = passage.schema
            created = frozenset(passage.created) if script.revision in pending else frozenset()
            if known is not None and passage is history:
                before = with_rows(before, known.schema)
            changes.append(
                replace(
                    change,
                    before=before,
                    created=created,
                    server=server,
                    defaulted=frozenset(passage.defaulted | history.defaulted),
                )
            )
            silences += [*functions[0].silences, *functions[1].silences]
        operations = [step.operation for step in functions[0].steps]
        history.pass_over(operations)
        if script.revision in pending:
            present.pass_over(operations)
    return with_later(changes), silences


def change_of(
    site: Site, script: Script, functions: tuple[Function, Function], dialect: str, env_text: str
) -> RevisionChange:
    """Return a revision as the rules see it, but for the schema that it meets."""
    upgrade, downgrade = functions
    source = Path(script.path).read_text(encoding="utf-8", errors="replace")
    return RevisionChange(
        site.history.revision(script),
        upgrade.steps,
        dialect,
        downgrade=Downgrade(
            downgrade.steps, downgrade.line, downgrade.refuses, not downgrade.silences
        ),
        complete=not upgrade.silences,
        models=models_used(source),
        exemptions=exemptions_in(source),
        waits_bounded=WAIT_LIMIT.search(env_text) is not None,
        foreign_keys_off=KEYS_OFF.search(env_text) is not None,
    )


def with_rows(schema: Schema, sizes: Schema) -> Schema:
    """Return a schema of the history with the sizes that the database tells now."""
    tables = []
    for table in schema.tables:
        now = sizes.table(table.name)
        tables.append(replace(table, rows=now.rows) if now else table)
    return Schema(tuple(tables))


def with_later(changes: list[RevisionChange]) -> list[RevisionChange]:
    """Return the changes, each with the indexes that later ones make."""
    later: tuple[CreateIndex, ...] = ()
    found = []
    for change in reversed(changes):
        found.append(replace(change, later=later))
        made = (step.operation for step in change.steps)
        later += tuple(operation for operation in made if isinstance(operation, CreateIndex))
    return found[::-1]


def judged(change: RevisionChange) -> tuple[Finding, ...]:
    """Return what the rules find in a revision, the gravest first."""
    found = sorted(
        findings_of(change),
        key=lambda finding: (-finding.severity, finding.location.line if finding.location else 0),
    )
    today = datetime.now(tz=timezone.utc).date()
    return tuple(
        finding
        for finding in found
        if not any(
            exemption.covers(finding.rule, finding.location.line if finding.location else 0)
            and not exemption.has_expired(today)
            for exemption in change.exemptions
        )
    )


def findings_of(change: RevisionChange) -> Iterator[Finding]:
    """Yield what every rule of the dialect finds."""
    for rule in migration_rules():
        if change.dialect in rule.dialects:
            yield from cast("Iterable[Finding]", rule.check(change))
