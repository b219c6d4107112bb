"""Write a revision from the difference between the models and the database."""

from dataclasses import dataclass
from pathlib import Path

from alembic.autogenerate import RevisionContext
from alembic.operations import ops
from alembic.script import Script

from asa.errors import AsaError, MigrationError
from asa.migrations.comparison import Comparison, compared
from asa.migrations.directory import RevisionDirectory, whole_files
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import History
from asa.migrations.message import clean_message
from asa.migrations.place import Place
from asa.migrations.rename import NO_ANSWERS, Answers, Undecided, UndecidedError
from asa.migrations.request import Certified
from asa.migrations.standing import refuse_several_heads
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


def migrate(
    environment: Environment,
    message: str,
    notify: Notify,
    answers: Answers = NO_ANSWERS,
    *,
    plain: bool = False,
    scratch: bool = False,
    certified: Certified | None = None,
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
        certified: What alone the revision may do; None for all that the models have changed.

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
        learnt = Comparison(
            answers,
            not plain,
            scratch,
            Path(site.script.env_py_location),
            environment.config.root,
            certified.indexes if certified else None,
        )
        directory = whole_files(site.script)
        directory.certificate = certified.certificate if certified else ""
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


def upgrade_operations(revisions: RevisionContext) -> list[ops.MigrateOperation]:
    """Return every operation that the revisions would apply."""
    return [
        operation
        for script in revisions.generated_revisions
        for container in script.upgrade_ops_list
        for operation in container.ops
    ]
