"""What syslog, containers and clouds put around the lines of a log, peeled off again.

A wrapping looks at the first lines of a log and, where it finds itself there, returns how
the lines inside are had. What is inside is a log like any other, or wrapped once more.
"""

from collections.abc import Callable
from dataclasses import dataclass

from asa.workload.readers.wrapping import envelope, prefix, syslog
from asa.workload.readers.wrapping.peel import Peel

__all__ = ["WRAPPINGS", "Peel", "Wrapping"]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """One way of wrapping lines.

    Attributes:
        name: As `Source.format` shows it.
        fitted: Returns how lines are peeled, from the first lines of a log; None where the
            log is not wrapped so.
        line_prefixes: What stands before a server's `log_line_prefix` in the lines peeled.
    """

    name: str
    fitted: Callable[[list[str]], Peel | None]
    line_prefixes: tuple[str, ...] = ("",)


WRAPPINGS = (
    Wrapping("json", envelope.fitted),
    Wrapping("syslog", syslog.fitted, syslog.LINE_PREFIXES),
    Wrapping("container", prefix.fitted),
)
