"""The comparison of models and database inside env.py, and what asa makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alembic.autogenerate import RevisionContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from asa.errors import ProjectError
from asa.migrations.check_comparison import add_checks
from asa.migrations.chosen_indexes import keep_indexes
from asa.migrations.directives import mend
from asa.migrations.directory import RevisionDirectory
from asa.migrations.drift import drops_only
from asa.migrations.enum_comparison import add_members, without_members
from asa.migrations.enumeration import manage_enumerations
from asa.migrations.env_run import Site
from asa.migrations.foreign import leave_foreign_tables, refuse_models_left_out
from asa.migrations.index_comparison import compare_indexes
from asa.migrations.metadata import metadata_of
from asa.migrations.operations import translate
from asa.migrations.place import Place, place_of
from asa.migrations.rename import Answers
from asa.migrations.renames import carry_renames
from asa.migrations.safe.chain import relink
from asa.migrations.safe.forms import in_safe_forms
from asa.migrations.server_default import compare_server_defaults
from asa.migrations.standing import refuse_behind
from asa.migrations.type_comparison import compare_types
from asa.migrations.type_imports import import_types
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.event import Notify
from asa.model.operation import Operation
from asa.project.find import find_project

__all__ = ["Comparison", "compared"]


@dataclass
class Comparison:
    """What is learnt inside env.py.

    Attributes:
        answers: What the user said of renames.
        safe: Whether operations take the forms for tables under load.
        scratch: Whether the database is one of asa's own, so that its sizes say nothing.
        env_py: The environment's.
        root: The project's.
        indexes: (table, name) of those that alone may come or go; None for everything.
        operations: What changes, in the plain form.
    """

    answers: Answers
    safe: bool
    scratch: bool
    env_py: Path
    root: Path
    indexes: frozenset[tuple[str, str]] | None = None
    place: Place | None = None
    tables: int = 0
    operations: tuple[Operation, ...] = ()


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
        import_types(context)
        compare_server_defaults(context)
        compare_types(context)
        compare_indexes(context)
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
        ProjectError: A model was not imported, so that its table would be dropped.
    """
    (directive,) = directives
    if learnt.indexes is not None:
        keep_indexes(directive, learnt.indexes, context)
    leave_foreign_tables(directive, context)
    refuse_dropping_all(directive, context)
    refuse_models_left_out(directive, context, partial(find_project, learnt.root))
    carry_renames(directive, context, without_members(learnt.answers, context))
    for container in (*directive.upgrade_ops_list, *directive.downgrade_ops_list):
        mend(container, context)
    manage_enumerations(directive, context)
    add_members(directive, context, learnt.answers)
    add_checks(directive, context)
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
