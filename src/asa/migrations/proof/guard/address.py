"""The one address that may be reached, and the record of what was refused."""

import os
import socket
import sys
from dataclasses import dataclass, field
from functools import cached_property
from types import FrameType
from urllib.parse import unquote

from asa.database.url import DatabaseUrl

__all__ = ["Allowed", "RefusedError"]

DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306}
MEMORY = frozenset({"", ":memory:"})


class RefusedError(PermissionError):
    """Something other than the scratch database was about to be reached."""


@dataclass(frozen=True)
class Allowed:
    """The scratch database.

    Attributes:
        database: Its address.
        lent: Whether it lies on a server that other databases live on too.
        own: Directories of asa and of Python, whose code is not the project's.
        refused: What was refused so far, `what (file:line)`, in order.
    """

    database: DatabaseUrl
    lent: bool = False
    own: tuple[str, ...] = ()
    refused: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The database's name on its server; SQLite's file."""
        return self.database.url.database or ""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every name and number of the server's host; none for SQLite."""
        host = self.database.url.host
        if self.database.dialect == "sqlite":
            return frozenset()
        if host is None:
            return frozenset({"localhost", "127.0.0.1", "::1"})
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            found = []
        return frozenset({host.lower(), *(str(entry[4][0]) for entry in found)})

    @property
    def port(self) -> int | None:
        """The server's port; None for SQLite."""
        return self.database.url.port or DEFAULT_PORTS.get(self.database.dialect)

    def server(self, host: object, port: object) -> bool:
        """Tell whether this is the scratch's server."""
        return str(host).lower() in self.hosts and str(port) == str(self.port)

    def file(self, path: object) -> bool:
        """Tell whether this is an SQLite database in memory, or the scratch's file."""
        name = sqlite_name(path)
        if name in MEMORY:
            return True
        if self.database.dialect != "sqlite" or not self.name:
            return False
        return os.path.realpath(name) == os.path.realpath(self.name)

    def refuse(self, what: str) -> RefusedError:
        """Take note of what is refused, and return the error to raise."""
        place = self.caller()
        self.refused.append(f"{what} ({place})" if place else what)
        return RefusedError(f"asa proves on a scratch database only, and refused {what}")

    def caller(self) -> str:
        """Return `file:line` of the innermost of the project's frames; empty where none is."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith(("<", *self.own)):
                return f"{os.path.relpath(file)}:{frame.f_lineno}"
            frame = frame.f_back
        return ""


def sqlite_name(path: object) -> str:
    """Return the file that SQLite is asked to open; a URI without its options."""
    text = os.fsdecode(path) if isinstance(path, bytes | os.PathLike) else str(path)
    if not text.startswith("file:"):
        return text
    name, _, options = text.removeprefix("file:").partition("?")
    if "mode=memory" in options:
        return ":memory:"
    return unquote(name.removeprefix("//localhost").removeprefix("//"))
