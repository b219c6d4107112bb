"""Revisions as the rules see them: their operations, each on the schema that it meets."""

import re
from dataclasses import replace
from pathlib import Path

from alembic.script import Script

from asa.migrations.env_run import Site
from asa.migrations.review.collection import Function, hear
from asa.migrations.review.model_imports import models_used
from asa.migrations.review.schema_state import Passage
from asa.migrations.review.target_state import TargetState, marks_here
from asa.model.change import Downgrade, RevisionChange
from asa.model.judgement import NotJudged
from asa.model.operation import CreateIndex
from asa.model.schema import Schema
from asa.model.server import Server
from asa.project.exemption import exemptions_in

__all__ = ["env_py", "hear_changes"]


WAIT_LIMIT = re.compile(r"lock_timeout|lock_wait_timeout")


KEYS_OFF = re.compile(r"foreign_keys\s*=\s*(?:OFF|0)", re.IGNORECASE)


def hear_changes(
    site: Site,
    chosen: tuple[Script, ...],
    dialect: str,
    server: Server | None,
    known: TargetState | None,
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


def env_py(site: Site) -> Path:
    """Return the environment's env.py."""
    return Path(site.script.dir) / "env.py"


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
