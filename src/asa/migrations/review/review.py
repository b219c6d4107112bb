"""Judge revisions: what they lock, lose, break, and what cannot be undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import cast

from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.intended_dialect import dialect_meant
from asa.migrations.place import Place
from asa.migrations.review.changes import env_py, hear_changes
from asa.migrations.review.choice import Choice, choose
from asa.migrations.review.target_state import ask, for_dialect, server_of
from asa.model.change import RevisionChange
from asa.model.event import Notify
from asa.model.finding import Finding
from asa.model.judgement import Judgement
from asa.model.operation import ExecuteSql
from asa.model.revision import Revision
from asa.rules import migration_rules
from asa.rules.migration.locking import locked_table

__all__ = ["Review", "Reviewed", "review"]


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
        notify: TargetState where no database could be asked.
        dialect: What they are meant for; the database's where None. `mariadb` is one too.
        ask_database: Whether to ask for sizes and for what is applied.

    Raises:
        AsaError: A revision cannot be imported or is unknown, git does not know a reference,
            or the dialect cannot be told.
    """
    with standing_in(environment) as site:
        known = ask(site, notify) if ask_database else None
        known = for_dialect(known, dialect, notify)
        server = server_of(known, dialect)
        family = server.dialect if server else dialect_meant(environment, env_py(site))
        chosen, scope = choose(site, choice, known)
        changes, silences = hear_changes(site, chosen, family, server, known)
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
