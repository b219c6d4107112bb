"""The settings of one project, and of each of its databases."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from asa.config.nearest import suggestion
from asa.config.policy import Policy
from asa.config.reference import URL_FLAG, PasswordProvider, UrlReference
from asa.config.value import checked_provider
from asa.errors import ConfigurationError, UsageError

__all__ = ["Config", "NamedDatabase"]


@dataclass(frozen=True, slots=True)
class NamedDatabase:
    """One of several databases of a project: `[tool.asa.databases.NAME]`.

    Attributes:
        name: What `--database` calls it.
        url: Where it is.
        migration_url: The same database, as migrations reach it: past a pooler, as its owner.
        password: Who knows its password.
        metadata: References of its MetaData; empty for those of the project.
        alembic: Path of its Alembic settings; None for the project's.
    """

    name: str
    url: UrlReference
    migration_url: UrlReference | None = None
    password: PasswordProvider | None = None
    metadata: tuple[str, ...] = ()
    alembic: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one project.

    Attributes:
        root: The project's root: where the settings file, or else a marker, was found.
        source: The file the settings came from; None where there is none.
        url: The application's database.
        metadata: `module:attribute` references of the MetaData or base classes.
        alembic: Path of the Alembic settings below root (`alembic.ini`, `pyproject.toml`).
        pythonpath: Directories below root that hold the project's packages.
        scratch: Server on which asa may create and drop databases of its own.
        python: The project's interpreter; None to find it.
        migration_url: The application's database, as migrations reach it; None for `url`.
        password: Who knows the password of the application's database.
        plain: Whether `asa migrate` leaves operations as Alembic generates them.
        databases: Further databases by name, in the order of the file.
        database: Name of the one that these settings were narrowed to; None for `url`.
        policy: Which rules to judge by, how gravely, and where not.
    """

    root: Path
    source: Path | None = None
    url: UrlReference | None = None
    metadata: tuple[str, ...] = ()
    alembic: str | None = None
    pythonpath: tuple[str, ...] = ()
    scratch: UrlReference | None = None
    python: str | None = None
    migration_url: UrlReference | None = None
    password: PasswordProvider | None = None
    plain: bool = False
    databases: tuple[NamedDatabase, ...] = ()
    database: str | None = None
    policy: Policy = field(default_factory=Policy)

    def with_flags(
        self,
        *,
        url: str | None = None,
        scratch: str | None = None,
        database: str | None = None,
        password_from: str | None = None,
    ) -> "Config":
        """Return these settings with the given flags laid over them.

        Raises:
            UsageError: Two flags name a database.
            ConfigurationError: There is no database of that name, or the provider is none.
        """
        config = self
        if url and database:
            raise UsageError("--url and --database both name a database", "give one of them")
        if database:
            config = config.narrowed(database)
        if url:
            # What the settings know of their own database says nothing of this one.
            reference = UrlReference(url, URL_FLAG)
            config = replace(config, url=reference, migration_url=None, database=None)
        if scratch:
            config = replace(config, scratch=UrlReference(scratch, "--scratch-url"))
        if password_from:
            provider = checked_provider(password_from, "--password-from")
            config = replace(config, password=replace(provider, insists=True))
        return config

    def narrowed(self, name: str) -> "Config":
        """Return the settings that hold for one of the named databases.

        Raises:
            ConfigurationError: There is none of that name.
        """
        one = next((one for one in self.databases if one.name == name), None)
        if one is None:
            raise unknown_database(name, tuple(one.name for one in self.databases))
        return replace(
            self,
            url=one.url,
            migration_url=one.migration_url,
            # Another database's password is nobody else's business.
            password=one.password,
            metadata=one.metadata or self.metadata,
            alembic=one.alembic or self.alembic,
            database=name,
        )

    @property
    def every_database(self) -> tuple["Config", ...]:
        """These settings once for each database that they name, the application's own first."""
        own = () if self.url is None else (self,)
        return (*own, *(self.narrowed(one.name) for one in self.databases))


def unknown_database(name: str, known: tuple[str, ...]) -> ConfigurationError:
    """Return the error for a name that no database here has."""
    if not known:
        return ConfigurationError(
            f'no database here is called "{name}": the settings name none',
            f'write [tool.asa.databases.{name}] with url = "..." in pyproject.toml',
        )
    return ConfigurationError(f'no database here is called "{name}"', suggestion(name, known))
