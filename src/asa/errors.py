"""Every error that asa shows to a user, and the exit code it ends with.

    AsaError                    message: what happened, to which thing; hint: what to type next
    ├── UsageError              2   wrong usage
    │   ├── ConfigurationError      a setting is missing, unknown or wrong
    │   ├── ProjectError            the user's code could not be found, read or imported
    │   └── LogError                a query log could not be read
    │       └── EmptyLogError       a file that was read holds no query
    ├── DatabaseError           3   a database is unreachable or refused; carries a cause code
    │   └── ScratchError            a throwaway database could not be made
    ├── MigrationError          4   a revision failed, or its lock was not had
    └── FindingsError           1   something was judged and must change

Foreign errors are translated where `database` and `migrations` meet their libraries.
Anything else that reaches the command line is a bug in asa (70).
"""

from enum import IntEnum

__all__ = [
    "AsaError",
    "ConfigurationError",
    "DatabaseError",
    "EmptyLogError",
    "ExitCode",
    "FindingsError",
    "LogError",
    "MigrationError",
    "ProjectError",
    "ScratchError",
    "UsageError",
]


class ExitCode(IntEnum):
    """How a command ends; the same for every command (`capture` returns its command's own)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    DATABASE = 3
    MIGRATION = 4
    BUG = 70
    INTERRUPTED = 130


class AsaError(Exception):
    """An error with a message for the user and a hint of what to type next.

    Args:
        message: What happened, to which thing. One line; never a password or a stored value.
        hint: What to do or type next; empty where nothing can be done.
        details: Evidence as (label, text) pairs, shown under the message in order.
    """

    exit_code: ExitCode = ExitCode.BUG

    def __init__(
        self, message: str, hint: str = "", *, details: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class UsageError(AsaError):
    """The command was called wrongly."""

    exit_code = ExitCode.USAGE


class ConfigurationError(UsageError):
    """A setting is missing, unknown or wrong."""


class ProjectError(UsageError):
    """The user's code could not be found, read or imported."""


class LogError(UsageError):
    """A query log could not be read."""


class EmptyLogError(LogError):
    """A file was read and holds no query: an error where no other of its kind does."""


class DatabaseError(AsaError):
    """A database is unreachable or refused.

    Args:
        cause: A stable code such as `password`, `refused`, `unknown-database`.
        transient: Whether waiting can mend it.
    """

    exit_code = ExitCode.DATABASE

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        cause: str = "unknown",
        transient: bool = False,
        details: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, hint, details=details)
        self.cause = cause
        self.transient = transient


class ScratchError(DatabaseError):
    """A throwaway database could not be made."""


class MigrationError(AsaError):
    """A revision failed, or its lock was not had."""

    exit_code = ExitCode.MIGRATION


class FindingsError(AsaError):
    """Something was judged and must change before the command can go on."""

    exit_code = ExitCode.FINDINGS
