"""Where a database must stand, and the history, before a revision can be written."""

from asa.errors import FindingsError
from asa.migrations.history import History, Unknown
from asa.model.revision import Revision

__all__ = ["BehindError", "refuse_behind", "refuse_several_heads"]


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
