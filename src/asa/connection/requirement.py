"""What a pipeline demands of a database: `postgresql>=14,primary,privileges`."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from asa.connection.step import Verdict
from asa.errors import UsageError
from asa.model.event import Stage

__all__ = ["Requirement", "parse_requirements", "unmet"]

SERVERS = ("postgresql", "mysql", "mariadb", "sqlite")
Numbers = tuple[int, ...]
COMPARISONS: dict[str, Callable[[Numbers, Numbers], bool]] = {
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    "==": lambda have, want: have == want,
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
}
FORM = re.compile(r"(?P<name>[a-z-]+)\s*(?:(?P<sign>[<>=]=|[<>])\s*(?P<version>\d+(?:\.\d+)*))?")


def takes_writes(verdict: Verdict) -> str:
    """Require a server that takes writes."""
    if verdict.server.replica:
        return "the server is a replica"
    return "the server is read-only" if verdict.server.read_only else ""


def may_use_and_migrate(verdict: Verdict) -> str:
    """Require the privileges of the application and of migrations."""
    lacks = (*verdict.facts.lacks_use, *verdict.facts.lacks_migration)
    return f"the role lacks {', '.join(lacks)}" if lacks else ""


def has_tls(verdict: Verdict) -> str:
    """Require a connection under TLS."""
    return "" if verdict.stage_of("tls") is Stage.DONE else "the connection has no TLS"


def recovers(verdict: Verdict) -> str:
    """Require that a broken connection was seen to recover."""
    done = verdict.stage_of("pre-ping") is Stage.DONE
    return "" if done else "recovery of a broken connection was not shown"


def pool_fits(verdict: Verdict) -> str:
    """Require that the server has room for all pools."""
    fits = verdict.stage_of("pool") is not Stage.WARNED
    return "" if fits else "the pools do not fit into what the server gives"


def at_head(verdict: Verdict) -> str:
    """Require a database at the project's head revision."""
    step = next((step for step in verdict.steps if step.name == "schema"), None)
    if step is None:
        return "there is no Alembic environment here to compare with"
    return "" if step.stage is Stage.DONE else step.text


# Each returns why it is not met; empty where it is.
CONDITIONS: dict[str, Callable[[Verdict], str]] = {
    "primary": takes_writes,
    "privileges": may_use_and_migrate,
    "tls": has_tls,
    "pre-ping": recovers,
    "pool": pool_fits,
    "at-head": at_head,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing demanded.

    Attributes:
        name: A server (`postgresql`) or a condition (`primary`).
        sign: How its version is compared; empty for any.
        version: The version it is compared with.
    """

    name: str
    sign: str = ""
    version: Numbers = ()

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{'.'.join(map(str, self.version))}"

    def unmet(self, verdict: Verdict) -> str:
        """Return why it is not met; empty where it is."""
        if self.name in CONDITIONS:
            return CONDITIONS[self.name](verdict)
        server = verdict.server
        # MariaDB speaks MySQL's protocol, but its versions count otherwise.
        family = "mariadb" if server.flavour == "MariaDB" else server.dialect
        if family != self.name:
            return f"the server is {server}"
        # 16 means every 16.x: compare as many numbers as are given.
        version = server.version[: len(self.version)]
        met = not self.sign or COMPARISONS[self.sign](version, self.version)
        return "" if met else f"the server is {server}"


def parse_requirements(text: str) -> tuple[Requirement, ...]:
    """Read what is demanded, separated by commas.

    Raises:
        UsageError: Something is demanded that asa does not know.
    """
    return tuple(parsed(part.strip().lower()) for part in text.split(",") if part.strip())


def parsed(text: str) -> Requirement:
    """Read one requirement."""
    known = (*SERVERS, *CONDITIONS)
    found = FORM.fullmatch(text)
    if found is None or found["name"] not in known:
        raise unknown(text, known)
    if found["sign"] and found["name"] not in SERVERS:
        raise UsageError(f'"{found["name"]}" has no version to require', f"write {found['name']}")
    version = tuple(int(part) for part in (found["version"] or "").split(".") if part)
    return Requirement(found["name"], found["sign"] or "", version)


def unknown(text: str, known: tuple[str, ...]) -> UsageError:
    """Return the error for what nobody can require, with the nearest that one can."""
    near = difflib.get_close_matches(re.split(r"[<>=]", text)[0], known, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known)}"
    return UsageError(f'--require does not know "{text}"', hint)


def unmet(requirements: tuple[Requirement, ...], verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return what is demanded and not met, each with why."""
    judged = ((str(requirement), requirement.unmet(verdict)) for requirement in requirements)
    return tuple((name, reason) for name, reason in judged if reason)
