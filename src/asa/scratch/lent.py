"""A server that the user lends: asa makes databases of its own there and drops them."""

from sqlalchemy.engine import make_url

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import DatabaseError
from asa.model.server import Server as About
from asa.scratch.server import refused

__all__ = ["lent_about", "lent_server"]


def lent_server(dialect: str, server_url: str | None) -> str | None:
    """Return the URL of the lent server's database to make others from; None where none fits.

    Raises:
        ConfigurationError: The URL cannot be read.
    """
    if server_url is None:
        return None
    database = parse_url(server_url)
    if database.dialect != dialect:
        return None
    if dialect == "postgresql" and not database.url.database:
        return make_url(server_url).set(database="postgres").render_as_string(hide_password=False)
    return server_url


async def lent_about(url: str) -> About:
    """Ask a lent server what it is.

    Raises:
        ScratchError: It does not answer.
    """
    database = parse_url(url)
    try:
        async with connection_to(database) as connection:
            return await dialect_named(database.dialect).server(connection)
    except DatabaseError as error:
        raise refused(error, database, "does not answer") from error
