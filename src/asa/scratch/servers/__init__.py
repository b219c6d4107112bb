"""How each kind of server is found, prepared, started and given databases."""

from asa.scratch.servers.engine import Engine
from asa.scratch.servers.mysql import MYSQL
from asa.scratch.servers.postgresql import POSTGRESQL

__all__ = ["ENGINES", "Engine"]

ENGINES: dict[str, Engine] = {"postgresql": POSTGRESQL, "mysql": MYSQL}
