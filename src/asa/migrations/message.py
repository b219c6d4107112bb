"""What the user says of a revision, made safe for the file."""

from asa.errors import UsageError

__all__ = ["clean_message"]


def clean_message(message: str) -> str:
    """Return a message that is safe in a docstring and in a file name.

    Raises:
        UsageError: It is empty.
    """
    text = message.encode("utf-8", "replace").decode("utf-8")
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not any(character.isalnum() for character in words):
        raise UsageError("a revision needs a message", 'asa migrate "add orders"')
    return words.replace("\\", "/").replace('"', "'")
