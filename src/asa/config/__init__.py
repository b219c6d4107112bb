"""Settings: flag, then environment (`ASA_URL`), then `[tool.asa]` or `asa.toml`.

`find_config` walks up from a directory to the project's root and reads what is there;
nothing of the project is imported. A URL stays the reference that the user wrote
(`env:NAME`, `module:attribute`, or a URL) until a command needs the database.
"""

from asa.config.policy import Policy
from asa.config.reference import PasswordProvider, UrlReference
from asa.config.settings import Config, NamedDatabase
from asa.config.source import environment, find_config, find_root

__all__ = [
    "Config",
    "NamedDatabase",
    "PasswordProvider",
    "Policy",
    "UrlReference",
    "environment",
    "find_config",
    "find_root",
]
