"""Which revisions a review judges: those named, those new since a git reference, the unapplied."""

from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script

from asa.errors import UsageError
from asa.migrations.env_run import Site
from asa.migrations.review.git_changes import changed_since, merge_base
from asa.migrations.review.target_state import TargetState, marks_here

__all__ = ["Choice", "choose"]


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


def choose(site: Site, choice: Choice, known: TargetState | None) -> tuple[tuple[Script, ...], str]:
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
