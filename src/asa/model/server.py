"""The server behind a database."""

from dataclasses import dataclass

__all__ = ["Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """What answers: its family, its make, its version.

    Attributes:
        dialect: `postgresql`, `mysql` or `sqlite`.
        flavour: As people call it: `PostgreSQL`, `MariaDB`, `MySQL`, `SQLite`, ...
        version: Numbers of the version, `(16, 4)`.
        version_text: The version as shown: `16.4`.
        read_only: Whether this database takes no writes now; None where unknown.
        replica: Whether it follows another server, as far as it says so.
    """

    dialect: str
    flavour: str
    version: tuple[int, ...]
    version_text: str
    read_only: bool | None = None
    replica: bool = False

    def __str__(self) -> str:
        return f"{self.flavour} {self.version_text}"
