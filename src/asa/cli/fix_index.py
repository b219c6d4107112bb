"""`--fix` for indexes: the model, and one revision that says what proved it."""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from rich.text import Text

from asa.cli.fix import agreed, written
from asa.cli.migrate_report import proof_lines
from asa.cli.migration import Narrator, environment_for, environment_without_database
from asa.cli.target import configured, scratch_of, unset_variable
from asa.errors import AsaError, ConfigurationError, ProjectError
from asa.report.terminal.style import Symbol, answer, line, next_step

if TYPE_CHECKING:
    from asa.fix.index import IndexEdits
    from asa.migrations.environment import Environment
    from asa.migrations.request import Certified
    from asa.migrations.writing import Outcome
    from asa.model.finding import Finding

__all__ = ["indexes_applied"]


def indexes_applied(found: "Sequence[Finding]", url: str | None, *, yes: bool) -> None:
    """Write proved indexes into the models and a revision, where the user agrees.

    Where the revision cannot be written, the models are as they were.

    Args:
        found: About indexes.
        url: The database that `--url` names.
        yes: Whether the user has agreed already.

    Raises:
        AsaError: Nobody can say yes, a file cannot be written, or the revision cannot.
    """
    from asa.fix.index import put_back, put_indexes_in_place, worked_out_indexes

    config = configured(url=url)
    try:
        edits = worked_out_indexes(found, config)
    except ProjectError as error:
        by_hand(found, error.message)
        return
    if not agreed(edits.edits, edits.left, yes=yes):
        by_hand([one.finding for one in edits.left])
        return
    indexes = put_indexes_in_place(edits, config)
    mended = [finding for edit in edits.edits for finding in edit.findings]
    try:
        outcome = with_revision(edits, indexes, url)
    except AsaError:
        put_back(edits.edits)
        raise
    console = answer("stderr")
    console.print(line(console, Symbol.PROVED, Text(written(edits.edits))))
    if outcome is None:
        note("no Alembic environment is here, so no revision was written")
        by_hand(mended)
    else:
        tell(outcome, indexes)
    by_hand([one.finding for one in edits.left])


def with_revision(
    edits: "IndexEdits", indexes: frozenset[tuple[str, str]], url: str | None
) -> "Outcome | None":
    """Write the revision of some indexes; None where the project has no Alembic environment."""
    from asa.fix.certificate import certificate, message_for
    from asa.migrations.request import Certified

    missing = unset_variable(configured(url=url))
    try:
        environment = environment_without_database() if missing else environment_for(url)
    except ConfigurationError:
        return None
    mended = [finding for edit in edits.edits for finding in edit.findings]
    today = datetime.now(tz=timezone.utc).date()
    certified = Certified(indexes, certificate(mended, today))
    return revision_of(environment, message_for(mended), certified, scratch=missing is not None)


def revision_of(
    environment: "Environment", message: str, certified: "Certified", *, scratch: bool
) -> "Outcome":
    """Write a revision of indexes alone, and prove it."""
    from asa.migrations.rename import Undecided
    from asa.migrations.request import Request
    from asa.migrations.writing import Scratch, write_revision

    how = Scratch(scratch, scratch_of(environment.config))
    with Narrator("asa optimize", environment.config).listening() as notify:
        request = Request(message, plain=environment.config.plain, certified=certified)
        outcome = write_revision(environment, request, notify, how)
    assert not isinstance(outcome, Undecided)  # noqa: S101  (no index is a rename)
    return outcome


def tell(outcome: "Outcome", indexes: frozenset[tuple[str, str]]) -> None:
    """Print which revision was written, its proof, and what comes next."""
    from asa.migrations.proof.revision_proof import Refuted

    console = answer("stderr")
    if not outcome.written.revisions:
        note("the database has the indexes already, so no revision was written")
        return
    for one in outcome.written.revisions:
        console.print(line(console, Symbol.PROVED, Text(f"wrote {one.file}")))
    proof, names = outcome.proof, {name for _, name in indexes}
    others = proof.operations if isinstance(proof, Refuted) else ()
    if others and not any(getattr(one, "name", None) in names for one in others):
        note("unproved: the models differ from the database in other ways too, see asa check")
    elif proof is not None:
        for row in proof_lines(proof):
            console.print(row)
    console.print(next_step("asa upgrade"))


def by_hand(found: "Sequence[Finding]", reason: str = "") -> None:
    """Print what to paste for findings that were not written."""
    from asa.model.fix import AddIndex, DropIndex

    if reason and found:
        note(f"the models are left: {reason}")
    for finding in found:
        fix = finding.fix
        if isinstance(fix, AddIndex | DropIndex):
            note(f"by hand: {fix.ddl}")


def note(text: str) -> None:
    """Print a remark on stderr."""
    console = answer("stderr")
    console.print(line(console, Symbol.NOTE, Text(text, style="dim")), soft_wrap=True)
