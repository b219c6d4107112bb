"""Which rules a project judges by, how gravely, and where not: the same for every command."""

from dataclasses import dataclass
from fnmatch import fnmatch

from asa.errors import ConfigurationError

__all__ = ["POLICY_KEYS", "Policy", "policy_of"]

POLICY_KEYS = ("select", "ignore", "severity", "per-file")
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of rules.

    Attributes:
        select: Rules and families to judge by; all where it is empty.
        ignore: Rules and families to leave out.
        severity: (rule, `error`, `warning` or `info`) pairs.
        per_file: (pattern of a path below the root, rules and families to leave out there).
        origin: Where it was said, for messages.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    origin: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every rule and family that it names."""
        files = (name for _, names in self.per_file for name in names)
        return (*self.select, *self.ignore, *(rule for rule, _ in self.severity), *files)

    def judges(self, rule: str, family: str, file: str | None) -> bool:
        """Tell whether a rule speaks at all, and in a file where one is named."""
        names = {rule, family}
        if (self.select and not names & set(self.select)) or names & set(self.ignore):
            return False
        return file is None or not any(
            fnmatch(file, pattern) and names & set(left_out) for pattern, left_out in self.per_file
        )

    def severity_of(self, rule: str) -> str | None:
        """Return the severity that a rule's findings shall have; None for the rule's own."""
        return dict(self.severity).get(rule)


def policy_of(table: dict[str, object], origin: str) -> Policy:
    """Return what a settings file says of rules.

    Args:
        table: Those of `POLICY_KEYS` that it has.
        origin: Its name, for messages.

    Raises:
        ConfigurationError: One is of another type, or a severity is none.
    """
    severity = tuple(
        (rule, checked_severity(rule, value, origin))
        for rule, value in table_of(table, "severity", origin).items()
    )
    per_file = tuple(
        (pattern, names_of(value, f'per-file "{pattern}"', origin))
        for pattern, value in table_of(table, "per-file", origin).items()
    )
    return Policy(
        select=names_of(table.get("select", []), "select", origin),
        ignore=names_of(table.get("ignore", []), "ignore", origin),
        severity=severity,
        per_file=per_file,
        origin=origin,
    )


def names_of(value: object, key: str, origin: str) -> tuple[str, ...]:
    """Return a list of rules."""
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and all(isinstance(item, str) for item in items):
        return tuple(items)
    raise ConfigurationError(f"{key} of {origin} must be a list of rules", "asa rules")


def table_of(table: dict[str, object], key: str, origin: str) -> dict[str, object]:
    """Return a table of a settings file; an empty one where it is not there."""
    value = table.get(key, {})
    if isinstance(value, dict):
        return {str(name): item for name, item in value.items()}
    raise ConfigurationError(
        f"{key} of {origin} must be a table",
        f"{key} = {{ {'rule-id' if key == 'severity' else 'app/old/*'} = ... }}",
    )


def checked_severity(rule: str, value: object, origin: str) -> str:
    """Return a severity."""
    if isinstance(value, str) and value in SEVERITIES:
        return value
    raise ConfigurationError(
        f"severity of {rule} in {origin} must be error, warning or info",
        f'ignore = ["{rule}"] leaves a rule out',
    )
