"""Advice on a naming convention, for a base that has none and no revisions yet."""

from collections.abc import Iterator, Sequence

from asa.project.find import FoundMetadata
from asa.project.load import Loaded

__all__ = ["naming_advice"]

# Without "ck": that would ask a name for every Enum and Boolean that checks its values.
CONVENTION = (
    '{"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", '
    '"fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}'
)


def naming_advice(chosen: Sequence[FoundMetadata], loaded: Loaded) -> Iterator[str]:
    """Yield for each MetaData whose constraints would go without names where to name them.

    A constraint without a name cannot be dropped by a later revision on SQLite, and has a
    name of the server's own choice on each other database. After the first revision the
    names are in the database, and a convention would only differ from them.
    """
    for found in chosen:
        if found.reference not in loaded.unnamed:
            continue
        name = found.reference.rpartition(":")[2]
        if found.place is None:
            edit = f"{name}.metadata.naming_convention = {CONVENTION}, before the models"
        elif found.reference in loaded.direct:
            edit = f"MetaData(naming_convention={CONVENTION})"
        else:
            edit = f"metadata = MetaData(naming_convention={CONVENTION})"
        where = f"{found.place} {name}" if found.place else name
        yield f"{where} leaves constraints unnamed; before the first revision say\n    {edit}"
