"""Write a revision from the difference between the models and the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alembic.autogenerate import RevisionContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from asa.errors import AsaError, MigrationError, ProjectError
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
from asa.migrations.history import History
from asa.migrations.message import clean_message
from asa.migrations.metadata import metadata_of
from asa.migrations.operations import translate
from asa.migrations.place import Place, place_of
from asa.migrations.rename import NO_ANSWERS, Answers, Undecided, UndecidedError
from asa.migrations.renames import carry_renames
from asa.migrations.safe.chain import relink
from asa.migrations.safe.forms import in_safe_forms
from asa.migrations.server_default import compare_server_defaults
from asa.migrations.standing import refuse_behind, refuse_several_heads
from asa.migrations.visit import Site, standing_in
from asa.model.event import Notify
from asa.model.operation import Operation
from asa.model.revision import Revision

__all__ = ["Written", "hook_error", "migrate"]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of comparing.

    Attributes:
        operations: What the revision does; empty where models and database are equal.
        revisions: What was written, each following the one before; none where none was needed.
        parents: What the first one follows.
        place: The database that was compared.
        tables: Number of tables that the models have.
    """

    operations: tuple[Operation, ...]
    revisions: tuple[Revision, ...]
    parents: tuple[Revision, ...]
    place: Place
    tables: int

    @property
    def revision(self) -> Revision | None:
        """The first revision; None where none was needed."""
        return self.revisions[0] if self.revisions else None


@dataclass
class Comparison:
    """What is learnt inside env.py.

    Attributes:
        answers: What the user said of renames.
        safe: Whether operations take the forms for tables under load.
        scratch: Whether the database is one of asa's own, so that its sizes say nothing.
        env_py: The environment's.
        operations: What changes, in the plain form.
    """

    answers: Answers
    safe: bool
    scratch: bool
    env_py: Path
    place: Place | None = None
    tables: int = 0
    operations: tuple[Operation, ...] = ()


def migrate(
    environment: Environment,
    message: str,
    notify: Notify,
    answers: Answers = NO_ANSWERS,
    *,
    plain: bool = False,
    scratch: bool = False,
) -> Written | Undecided:
    """Write the revision that makes the database equal to the models.

    Nothing is written where they are equal already, and no file is ever seen half-written.

    Args:
        environment: The project's Alembic environment.
        message: What the revision does, in the user's words.
        notify: Told where env.py compares another database than the one named.
        answers: What the user said of columns and tables that may have been renamed.
        plain: Whether operations stay as Alembic generates them.
        scratch: Whether the database is one of asa's own: no post-write hooks run then.

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
        learnt = Comparison(answers, not plain, scratch, Path(site.script.env_py_location))
        directory = whole_files(site.script)
        if scratch:
            directory.leave_hooks_out()
        try:
            revisions = compared(site, directory, message, learnt, notify)
        except UndecidedError as error:
            return error.undecided
        parents = site.history.heads
        assert learnt.place is not None  # noqa: S101  (compared has filled it)
        # What is to be done, and not each step of how; nothing where env.py's hook took it out.
        operations = learnt.operations if upgrade_operations(revisions) else ()
        written: tuple[Revision, ...] = ()
        if any(script.upgrade_ops_list for script in revisions.generated_revisions) and operations:
            scripts = generated(revisions, directory, environment)
            history = History(directory, environment)
            written = tuple(history.revision(script) for script in scripts)
        return Written(operations, written, parents, learnt.place, learnt.tables)


def generated(
    revisions: RevisionContext, directory: RevisionDirectory, environment: Environment
) -> list[Script]:
    """Write the revisions' files.

    Raises:
        MigrationError: A file cannot be written, or a post-write hook failed.
    """
    try:
        return [script for script in revisions.generate_scripts() if script is not None]
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
        process_revision_directives=partial(guarded, learnt),
    )

    def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        assert context.connection is not None  # noqa: S101  (an online run has one)
        learnt.place = place_of(context.connection)
        heed_elsewhere(site.environment, learnt.place, notify)
        refuse_behind(site.history, tuple(heads))
        learnt.tables = sum(len(one.tables) for one in metadata_of(context))
        if context.dialect.name == "sqlite":
            # It can change a table in no other way.
            context.opts["render_as_batch"] = True
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
    # env.py's own hook may have given them other ids.
    relink(revisions.generated_revisions)
    return revisions


def guarded(learnt: Comparison, context: MigrationContext, _revision: Any, directives: Any) -> None:
    """Take out what must never be written; Alembic's `process_revision_directives`.

    Raises:
        UndecidedError: Something may have been renamed, and nobody has said.
        ProjectError: No model was imported, so that every table would be dropped.
    """
    (directive,) = directives
    carry_renames(directive, context, without_members(learnt.answers, context))
    for container in (*directive.upgrade_ops_list, *directive.downgrade_ops_list):
        mend(container, context)
    manage_enumerations(directive, context)
    add_members(directive, context, learnt.answers)
    add_checks(directive, context)
    refuse_dropping_all(directive, context)
    learnt.operations = translate(directive.upgrade_ops_list[0].ops, context.dialect)
    if learnt.safe:
        # A database on this machine is a developer's: its sizes say nothing of the real one.
        sized = not learnt.scratch and learnt.place is not None and not learnt.place.local
        directives[:] = in_safe_forms(directive, context, learnt.env_py, sized=sized)


def refuse_dropping_all(directive: ops.MigrationScript, context: MigrationContext) -> None:
    """See that there are models, where everything would go.

    Raises:
        ProjectError: There are none.
    """
    operations = [op for container in directive.upgrade_ops_list for op in container.ops]
    empty = not any(metadata.tables for metadata in metadata_of(context))
    if empty and drops_only(operations):
        tables = sum(isinstance(operation, ops.DropTableOp) for operation in operations)
        raise ProjectError(
            f"no model was imported, so {tables} tables would be dropped; nothing was written",
            "import the modules of your models in env.py; asa init finds them",
        )


def upgrade_operations(revisions: RevisionContext) -> list[ops.MigrateOperation]:
    """Return every operation that the revisions would apply."""
    return [
        operation
        for script in revisions.generated_revisions
        for container in script.upgrade_ops_list
        for operation in container.ops
    ]
