"""One setting's value in the type that the settings hold."""

import re
from typing import Any

from asa.config.reference import PasswordProvider, UrlReference, is_reference
from asa.errors import ConfigurationError

__all__ = ["LIST_KEYS", "checked", "checked_provider"]

URL_KEYS = ("url", "scratch", "migration_url")
LIST_KEYS = ("metadata", "pythonpath")
SWITCH_KEYS = ("plain",)
SWITCHES: dict[object, bool] = {True: True, False: False, "true": True, "false": False}
PROVIDER_KEY = "password"
# A password that stands in this place by mistake mostly fails this, and is never shown.
PROVIDER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def checked(key: str, value: object, origin: str) -> Any:
    """Return a setting's value in the type that the settings hold.

    Raises:
        ConfigurationError: The value is of another type.
    """
    if key in LIST_KEYS:
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise ConfigurationError(f"{key} of {origin} must be a list of strings")
    if key in SWITCH_KEYS:
        if isinstance(value, bool | str) and value in SWITCHES:
            return SWITCHES[value]
        raise ConfigurationError(f"{key} of {origin} must be true or false")
    if not isinstance(value, str):
        raise ConfigurationError(f"{key} of {origin} must be a string")
    if key == PROVIDER_KEY:
        return checked_provider(value, f"password of {origin}")
    return UrlReference(value, origin) if key in URL_KEYS else value


def checked_provider(text: str, origin: str) -> PasswordProvider:
    """Return the function of the project that knows a password.

    Raises:
        ConfigurationError: The text names none; it may be a password, so it is not shown.
    """
    if PROVIDER.fullmatch(text) is None or is_reference(text) is None:
        raise ConfigurationError(
            f"{origin} must name a function as module:callable",
            'a password itself goes into the URL: url = "env:DATABASE_URL"',
        )
    return PasswordProvider(text, origin)
