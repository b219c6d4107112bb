"""What no code of a guarded process may do, however it goes about it: Python's audit hook.

An audit hook cannot be taken out again, sees every thread, and every forked child has it too.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from asa.migrations.proof.guard.address import Allowed

__all__ = ["watch"]

# A program that is started runs without the guard; these tell something and reach no database.
HARMLESS = frozenset({"cc", "file", "gcc", "git", "ld", "ldconfig", "lsb_release", "objdump"})
HARMLESS |= frozenset({"ldconfig.real", "uname"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SQLITE_SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3")
BESIDE = ("-journal", "-wal", "-shm")


class Watch:
    """The audit hook of a guarded process."""

    def __init__(self, allowed: Allowed, files: Iterable[str]) -> None:
        self.allowed = allowed
        self.files = frozenset(os.path.realpath(file) for file in files)
        self.handlers: dict[str, Callable[..., None]] = {
            "socket.connect": self.socket,
            "sqlite3.connect": self.sqlite,
            "open": self.open,
            "os.remove": self.change,
            "os.truncate": self.change,
            "os.rename": self.rename,
            "subprocess.Popen": self.program,
            "os.posix_spawn": self.program,
            "os.exec": self.program,
            "os.spawn": self.spawn,
            "os.system": self.command,
            "os.startfile": self.command,
            "pty.spawn": self.command,
        }

    def __call__(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Look at one audit event."""
        handler = self.handlers.get(name)
        if handler is not None:
            handler(*arguments)

    def socket(self, _socket: Any, address: Any, *_: Any) -> None:
        """Refuse a connection to any server but the scratch's."""
        if not isinstance(address, tuple):
            shown = os.fsdecode(address) if isinstance(address, bytes) else address
            raise self.allowed.refuse(f"the socket {shown}")
        host, port = address[:2]
        if not self.allowed.server(host, port) and not makes_pair():
            raise self.allowed.refuse(f"{host}:{port}")

    def sqlite(self, database: Any, *_: Any) -> None:
        """Refuse an SQLite file that is not the scratch's."""
        if not self.allowed.file(database):
            raise self.allowed.refuse(f"the SQLite file {Path(os.fsdecode(database)).name}")

    def open(self, path: Any, _mode: Any, flags: Any, *_: Any) -> None:
        """Refuse to open a database's file for writing."""
        if isinstance(flags, int) and flags & WRITING and not isinstance(path, int):
            self.change(path)

    def change(self, path: Any, *_: Any) -> None:
        """Refuse to change or remove a database's file."""
        if not isinstance(path, str | bytes | os.PathLike) or not path:
            return
        name = os.fsdecode(path)
        for suffix in BESIDE:
            name = name.removesuffix(suffix)
        known = name.endswith(SQLITE_SUFFIXES) or os.path.realpath(name) in self.files
        if known and not self.allowed.file(name):
            raise self.allowed.refuse(f"a change of the file {Path(name).name}")

    def rename(self, source: Any, target: Any, *_: Any) -> None:
        """Refuse to move a database's file, or another one over it."""
        self.change(source)
        self.change(target)

    def program(self, program: Any, arguments: Any = (), *_: Any) -> None:
        """Refuse to start a program that might reach a database."""
        words = arguments if isinstance(arguments, list | tuple) else [arguments]
        first = program or (words[0] if words else "")
        name = Path(os.fsdecode(first)).name
        if name not in HARMLESS:
            raise self.allowed.refuse(f"to start the program {name.partition(' ')[0]}")

    def spawn(self, _mode: Any, program: Any, arguments: Any, *_: Any) -> None:
        """Refuse likewise; `os.spawn*` names its mode first."""
        self.program(program, arguments)

    def command(self, command: Any, *_: Any) -> None:
        """Refuse a command line, whose end nobody can tell."""
        words = os.fsdecode(command).split() if isinstance(command, str | bytes) else ["program"]
        raise self.allowed.refuse(f"to start the program {words[0] if words else ''}")


def makes_pair() -> bool:
    """Tell whether Python makes a pair of sockets; Windows has none that are not on a port."""
    frame = sys._getframe(3)
    return sys.platform == "win32" and frame.f_code.co_name in (
        "socketpair",
        "_fallback_socketpair",
    )


def watch(allowed: Allowed, files: Iterable[str]) -> None:
    """Watch this process from now on.

    Args:
        allowed: The scratch database.
        files: SQLite databases of the project, none of which may be changed.
    """
    hook = Watch(allowed, files)
    sys.addaudithook(hook)
    watch_forks(hook)


def watch_forks(hook: Watch) -> None:
    """Watch the one way to start a program that Python does not audit (`multiprocessing`)."""
    try:
        import _posixsubprocess
    except ImportError:
        return
    start: Any = _posixsubprocess.fork_exec

    def fork_exec(arguments: Any, programs: Any, *rest: Any) -> Any:
        hook.program(programs[0] if programs else None, list(arguments))
        return start(arguments, programs, *rest)

    _posixsubprocess.fork_exec = fork_exec
