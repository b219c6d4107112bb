"""Write a revision from the difference between the models and the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from alembic.autogenerate import RevisionContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from sqlalchemy.engine import Dialect

from asa.errors import AsaError, FindingsError, MigrationError, ProjectError, UsageError
from asa.migrations.check_comparison import add_checks
from asa.migrations.directives import mend
from asa.migrations.directory import RevisionDirectory, whole_files
from asa.migrations.drift import drops_only
from asa.migrations.elsewhere import heed_elsewhere
from asa.migrations.enum_comparison import (
    add_members,
    compare_mysql_members,
    without_members,
)
from asa.migrations.enumeration import manage_enumerations
from asa.migrations.environment import Environment
from asa.migrations.history import History, Unknown
from asa.migrations.metadata import metadata_of
from asa.migrations.operations import translate
from asa.migrations.place import Place, place_of
from asa.migrations.rename import NO_ANSWERS, Answers, Undecided, UndecidedError
from asa.migrations.renames import carry_renames
from asa.migrations.server_default import compare_server_defaults
from asa.migrations.visit import Site, standing_in
from asa.model.event import Notify
from asa.model.operation import Operation
from asa.model.revision import Revision

__all__ = ["BehindError", "Written", "clean_message", "hook_error", "migrate"]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of comparing.

    Attributes:
        operations: What the revision does; empty where models and database are equal.
        revision: The revision that was written; None where none was needed.
        parents: What it follows.
        place: The database that was compared.
        tables: Number of tables that the models have.
    """

    operations: tuple[Operation, ...]
    revision: Revision | None
    parents: tuple[Revision, ...]
    place: Place
    tables: int


@dataclass
class Comparison:
    """What is learnt inside env.py."""

    place: Place | None = None
    dialect: Dialect | None = None
    tables: int = 0


def migrate(
    environment: Environment,
    message: str,
    notify: Notify,
    answers: Answers = NO_ANSWERS,
    *,
    hooks: bool = True,
) -> Written | Undecided:
    """Write the revision that makes the database equal to the models.

    Nothing is written where they are equal already, and no file is ever seen half-written.

    Args:
        environment: The project's Alembic environment.
        message: What the revision does, in the user's words.
        notify: Told where env.py compares another database than the one named.
        answers: What the user said of columns and tables that may have been renamed.
        hooks: Whether post-write hooks run.

    Returns:
        What was written; or, with nothing written, what the user must say first.

    Raises:
        FindingsError: The database is not at head, or there are several heads.
        ProjectError: No model was imported, so that every table would be dropped.
        AsaError: The database is unreachable, or env.py failed.
    """
    message = clean_message(message)
    with standing_in(environment) as site:
        refuse_several_heads(site.history)
        learnt = Comparison()
        directory = whole_files(site.script)
        if not hooks:
            directory.leave_hooks_out()
        try:
            revisions = compared(site, directory, message, learnt, notify, answers)
        except UndecidedError as error:
            return error.undecided
        parents = site.history.heads
        assert learnt.place is not None  # noqa: S101  (compared has filled it)
        assert learnt.dialect is not None  # noqa: S101
        operations = translate(upgrade_operations(revisions), learnt.dialect)
        written = None
        if any(script.upgrade_ops_list for script in revisions.generated_revisions) and operations:
            script = generated(revisions, directory, environment)
            written = History(directory, environment).revision(script)
        return Written(operations, written, parents, learnt.place, learnt.tables)


def generated(
    revisions: RevisionContext, directory: RevisionDirectory, environment: Environment
) -> Script:
    """Write the revisions' files; return the first.

    Raises:
        MigrationError: A file cannot be written, or a post-write hook failed.
    """
    try:
        return next(script for script in list(revisions.generate_scripts()) if script is not None)
    except (AsaError, SyntaxError):
        raise
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        if directory.written:
            raise hook_error(environment.shown(directory.written[-1]), error) from error
        if isinstance(error, OSError):
            raise MigrationError(
                f"the revision cannot be written: {said}", "see who owns the directory"
            ) from error
        raise


def hook_error(file: str, error: Exception) -> MigrationError:
    """Return the error for a post-write hook that failed on a file."""
    said = " ".join(str(error).split()) or type(error).__name__
    return MigrationError(
        f"{file} was written, but its post-write hook failed: {said}",
        "mend [post_write_hooks] in the Alembic settings; the revision itself is whole",
    )


def compared(
    site: Site,
    directory: RevisionDirectory,
    message: str,
    learnt: Comparison,
    notify: Notify,
    answers: Answers,
) -> RevisionContext:
    """Run the comparison inside env.py; env.py's own directive hook runs after asa's."""
    revisions = RevisionContext(
        site.alembic,
        directory,
        {
            "message": message,
            "autogenerate": True,
            "sql": False,
            "head": "head",
            "splice": False,
            "branch_label": None,
            "version_path": None,
            "rev_id": None,
            "depends_on": None,
        },
        process_revision_directives=partial(guarded, answers),
    )

    def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        assert context.connection is not None  # noqa: S101  (an online run has one)
        learnt.place = place_of(context.connection)
        learnt.dialect = context.dialect
        heed_elsewhere(site.environment, learnt.place, notify)
        refuse_behind(site.history, tuple(heads))
        learnt.tables = sum(len(one.tables) for one in metadata_of(context))
        compare_server_defaults(context)
        compare_mysql_members(context)
        revisions.run_autogenerate(heads, context)
        return ()

    site.run(
        work,
        as_sql=False,
        template_args=revisions.template_args,
        revision_context=revisions,
        reading=True,
    )
    return revisions


def guarded(answers: Answers, context: MigrationContext, _revision: Any, directives: Any) -> None:
    """Take out what must never be written; Alembic's `process_revision_directives`.

    Raises:
        UndecidedError: Something may have been renamed, and nobody has said.
        ProjectError: No model was imported, so that every table would be dropped.
    """
    for directive in directives:
        carry_renames(directive, context, without_members(answers, context))
        for container in (*directive.upgrade_ops_list, *directive.downgrade_ops_list):
            mend(container, context)
        manage_enumerations(directive, context)
        add_members(directive, context, answers)
        add_checks(directive, context)
        operations = [op for container in directive.upgrade_ops_list for op in container.ops]
        empty = not any(metadata.tables for metadata in metadata_of(context))
        if empty and drops_only(operations):
            tables = sum(isinstance(operation, ops.DropTableOp) for operation in operations)
            raise ProjectError(
                f"no model was imported, so {tables} tables would be dropped; nothing was written",
                "import the modules of your models in env.py; asa init finds them",
            )


def refuse_several_heads(history: History) -> None:
    """See that there is one head to build upon.

    Raises:
        FindingsError: There are several.
    """
    if len(history.heads) > 1:
        raise FindingsError(
            f"the history has {len(history.heads)} heads, so a revision has no single parent",
            'asa merge "join heads"',
            details=tuple(("head", f"{head}   {head.file}") for head in history.heads),
        )


def refuse_behind(history: History, current: tuple[str, ...]) -> None:
    """See that the database is at head, where it can be compared.

    Raises:
        FindingsError: Revisions are pending, or its mark is unknown here.
    """
    for known in history.known(current):
        if isinstance(known, Unknown):
            raise FindingsError(
                f'the database is marked with "{known.id}", and no file here has that id',
                "get the file from where it was made (another branch of git?), then asa status",
            )
    pending = history.pending(current)
    if pending:
        raise BehindError(pending)


class BehindError(FindingsError):
    """The database lacks revisions, so the models cannot be compared with it.

    Attributes:
        behind: That it is so, as a clause.
    """

    def __init__(self, pending: tuple[Revision, ...]) -> None:
        count = "1 revision is" if len(pending) == 1 else f"{len(pending)} revisions are"
        self.behind = f"{count} not applied to the database yet"
        super().__init__(
            f"{count} not applied yet, so the models cannot be compared with this database",
            "asa upgrade",
            details=tuple(("pending", str(revision)) for revision in pending[:5]),
        )


def upgrade_operations(revisions: RevisionContext) -> list[ops.MigrateOperation]:
    """Return every operation that the revisions would apply."""
    return [
        operation
        for script in revisions.generated_revisions
        for container in script.upgrade_ops_list
        for operation in container.ops
    ]


def clean_message(message: str) -> str:
    """Return a message that is safe in a docstring and in a file name.

    Raises:
        UsageError: It is empty.
    """
    text = message.encode("utf-8", "replace").decode("utf-8")
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not any(character.isalnum() for character in words):
        raise UsageError("a revision needs a message", 'asa migrate "add orders"')
    return words.replace("\\", "/").replace('"', "'")
