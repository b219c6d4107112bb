"""The history of revisions as plain data, with ids as people see and type them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from alembic.script import Script, ScriptDirectory
from alembic.util.exc import CommandError

from asa.errors import UsageError
from asa.migrations.environment import Environment
from asa.model.revision import Revision

__all__ = ["History", "Unknown", "full_id"]

GENERATED = re.compile(r"[0-9a-f]{12}")
SHORTEST = 4
STEPS = re.compile(r"[+-]\d+$")
SYMBOLIC = frozenset({"", "head", "heads", "base", "current"})
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Unknown:
    """A revision that a database is marked with and no file here has."""

    id: str

    def __str__(self) -> str:
        return f"{self.id} (no file here has it)"


@dataclass(frozen=True)
class History:
    """Every revision of a script directory.

    Attributes:
        script: Alembic's own view of the directory.
        environment: Whose it is.
    """

    script: ScriptDirectory
    environment: Environment

    @cached_property
    def revisions(self) -> tuple[Revision, ...]:
        """Every revision, children before their parents."""
        return tuple(self.revision(script) for script in self.scripts)

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """Alembic's objects for them."""
        return tuple(self.script.walk_revisions())

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id."""
        return frozenset(script.revision for script in self.scripts)

    @property
    def heads(self) -> tuple[Revision, ...]:
        """Revisions that nothing follows."""
        ids = self.script.get_heads()
        return tuple(revision for revision in self.revisions if revision.id in ids)

    def revision(self, script: Script) -> Revision:
        """Return one revision as plain data."""
        parents = script.down_revision
        return Revision(
            id=script.revision,
            shown=self.shown(script.revision),
            message=" ".join((script.doc or "").split()),
            parents=(parents,) if isinstance(parents, str) else tuple(parents or ()),
            file=self.environment.shown(script.path),
            labels=tuple(sorted(script.branch_labels)),
        )

    def shown(self, revision: str) -> str:
        """Return an id as people see it: a generated one cut to where it is still unique."""
        if not GENERATED.fullmatch(revision):
            return revision
        others = self.ids - {revision}
        for length in range(SHORTEST, len(revision)):
            if not any(other.startswith(revision[:length]) for other in others):
                return revision[:length]
        return revision

    def known(self, ids: Iterable[str]) -> tuple[Revision | Unknown, ...]:
        """Return the revisions of ids that a database is marked with."""
        by_id = {revision.id: revision for revision in self.revisions}
        return tuple(by_id.get(revision, Unknown(revision)) for revision in sorted(ids))

    def lost(self, ids: Iterable[str]) -> tuple[Unknown, ...]:
        """Return those of a database's marks that no file here explains."""
        return tuple(known for known in self.known(ids) if isinstance(known, Unknown))

    def check(self, target: str) -> None:
        """See that a target names a revision that is here; `head`, `+2` and the like always do.

        Raises:
            UsageError: No file has that id, or several begin so; names the nearest ones.
        """
        name = STEPS.sub("", target.rpartition("@")[2])
        if name in SYMBOLIC:
            return
        try:
            self.script.get_revisions(name)
        except CommandError:
            alike = self.alike(name)
        else:
            return
        ambiguous = bool(alike) and all(one.id.startswith(name) for one in alike)
        raise UsageError(
            f'several revisions begin with "{name}"'
            if ambiguous
            else f'no revision file has the id "{name}"',
            "asa history   lists those here; the file may be on another git branch",
            details=tuple(("near", str(revision)) for revision in alike),
        )

    def alike(self, name: str) -> tuple[Revision, ...]:
        """Return the revisions whose ids or labels a wrong name may have meant."""
        known = {key: one for one in self.revisions for key in (one.id, one.shown, *one.labels)}
        begun = [one for one in self.revisions if one.id.startswith(name)]
        near = [known[key] for key in get_close_matches(name, known, NEAREST, 0.5)]
        return tuple(dict.fromkeys(begun or near))[:NEAREST]

    def pending(self, current: tuple[str, ...]) -> tuple[Revision, ...]:
        """Return what an upgrade to every head would apply, in the order of applying.

        Args:
            current: Ids that the database is marked with; each must be known here.
        """
        applied = {script.revision for script in self.script.iterate_revisions(current, "base")}
        missing = [revision for revision in self.revisions if revision.id not in applied]
        return tuple(reversed(missing))


def full_id(step: object) -> str:
    """Return the id of the revision that a step of Alembic's applies or undoes."""
    revision = getattr(step, "revision", None)
    return str(getattr(revision, "revision", ""))
