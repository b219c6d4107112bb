"""What a setting points at: a database's URL, or the function that knows its password."""

from dataclasses import dataclass

__all__ = ["URL_FLAG", "PasswordProvider", "UrlReference", "is_reference"]

URL_FLAG = "--url"


@dataclass(frozen=True, slots=True)
class UrlReference:
    """A database URL as the user named it.

    Attributes:
        text: `env:NAME`, `module:attribute`, or a URL.
        origin: Where it was named, for messages: `--url`, `[tool.asa] in pyproject.toml`.
    """

    text: str
    origin: str

    @property
    def variable(self) -> str | None:
        """Name of the environment variable of an `env:NAME` reference."""
        return self.text[4:] if self.text.startswith("env:") else None

    @property
    def attribute(self) -> tuple[str, str] | None:
        """(module, dotted attribute) of a `module:attribute` reference."""
        if self.variable is not None or "://" in self.text:
            return None
        return is_reference(self.text)

    @property
    def typed(self) -> bool:
        """Whether it is a URL that was typed where the user stands, not one of the project's."""
        return self.origin == URL_FLAG and self.variable is None and self.attribute is None


@dataclass(frozen=True, slots=True)
class PasswordProvider:
    """A function of the project that returns a database's password, such as an IAM token.

    Attributes:
        reference: `module:callable`, plain or async; it may take the URL.
        origin: Where it was named, for messages.
        insists: Whether it is asked even where the URL has a password.
    """

    reference: str
    origin: str
    insists: bool = False


def is_reference(text: str) -> tuple[str, str] | None:
    """Return (module, dotted attribute) where a text is `module:attribute`."""
    module, colon, attribute = text.partition(":")
    return (module, attribute) if colon and module and attribute else None
