"""`asa status`: where database, revisions and models stand."""

import json
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asa.cli.half_applied import half_applied_as_json
from asa.cli.migration import (
    Narrator,
    UrlOption,
    environment_for,
    operations_as_json,
    place_as_json,
)
from asa.cli.progress import working
from asa.cli.status_screen import drift, show
from asa.cli.target import DatabaseOption, scratch_of
from asa.errors import AsaError
from asa.model.event import Notify, silent

if TYPE_CHECKING:
    from asa.cli.status_screen import Half, Judged
    from asa.migrations.environment import Environment
    from asa.migrations.status import Status
    from asa.model.revision import Revision

__all__ = ["Format", "half_applied", "status", "status_as_json"]


class Format(str, Enum):
    """How the answer is written."""

    TERMINAL = "terminal"
    JSON = "json"


def status(
    url: UrlOption = None,
    database: DatabaseOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TERMINAL,
) -> None:
    """Show where database, revisions and models stand.

    Example: asa status --format json
    """
    from asa.migrations.status import read_status

    environment = environment_for(url, database, reading=True)
    narrator = Narrator("asa status", environment.config)
    with working("comparing the models with the database"):
        found = read_status(environment, narrator.hear)
        half = half_applied(environment, found, narrator.hear)
    if form is Format.JSON:
        typer.echo(json.dumps(status_as_json(found, half), indent=2))
    else:
        with working("reviewing what is pending"):
            reviewed = judged(environment, found)
        show(found, environment.config, "asa status", reviewed, half)


def judged(environment: "Environment", found: "Status") -> "Judged":
    """Review what is pending; nothing where that fails, for the status stands without it."""
    from asa.cli.policy import review_under_policy
    from asa.migrations.review.choice import Choice
    from asa.migrations.review.review import review

    if not found.pending or found.lost:
        return {}
    try:
        names = tuple(revision.id for revision in found.pending)
        reviewed = review_under_policy(
            review(environment, Choice(names), silent), environment.config.policy
        )
    except AsaError:
        return {}
    return {one.revision.id: one for one in reviewed.revisions}


def half_applied(environment: "Environment", found: "Status", notify: Notify) -> "Half | None":
    """Find a revision that was begun and not ended."""
    from asa.migrations.proof.half_applied import find_half_applied

    if not found.pending or found.lost:
        return None
    marks = tuple(known.id for known in found.current)
    lent = scratch_of(environment.config)
    return find_half_applied(environment, found.place, marks, found.pending, lent, notify)


def status_as_json(found: "Status", half: "Half | None" = None) -> dict[str, Any]:
    """Return everything as one JSON object."""
    reason = getattr(found.models, "reason", None)
    return {
        "database": place_as_json(found.place),
        "current": [revision.id for revision in found.current],
        "unknown": [unknown.id for unknown in found.lost],
        "heads": [revision_as_json(revision) for revision in found.heads],
        "pending": [revision_as_json(revision) for revision in found.pending],
        "models": {
            "compared": reason is None,
            "reason": reason,
            "drift": operations_as_json(drift(found)),
        },
        "invalid_indexes": list(found.invalid),
        "half_applied": half_applied_as_json(half),
        "clean": found.clean,
    }


def revision_as_json(revision: "Revision") -> dict[str, str]:
    """Return a revision as a JSON object."""
    return {"id": revision.id, "message": revision.message, "file": revision.file}
