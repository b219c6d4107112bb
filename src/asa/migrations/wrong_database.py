"""An env.py that connects to another database than the one the user named."""

from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ConfigurationError
from asa.migrations.environment import Environment
from asa.migrations.place import Place, same_place
from asa.model.event import Event, Notify, Stage

__all__ = ["heed_elsewhere", "own_url"]


def heed_elsewhere(environment: Environment, place: Place, notify: Notify) -> None:
    """Say, or refuse, where env.py connects to another database than the one named.

    Raises:
        ConfigurationError: The user named the other one for this very command.
    """
    named = environment.database
    if named is None or same_place(named, place.url):
        return
    origin = environment.config.url.origin if environment.config.url else ""
    if origin == "--url":
        raise ConfigurationError(
            "env.py does not connect to the database of --url, so nothing was done",
            'let env.py take config.attributes.get("url") first, as the one of asa init does',
            details=(("asked", named.shown), ("env.py", place.url.shown)),
        )
    text = f"env.py connects to {place.url.shown}, not to {named.shown} of {origin}"
    notify(Event(Stage.NOTE, "elsewhere", text))


def own_url(environment: Environment, place: Place) -> DatabaseUrl:
    """Return how asa itself reaches the database that env.py reaches."""
    named = environment.database
    if named is not None and same_place(named, place.url):
        return named
    return parse_url(place.url.text).anchored(environment.directory)
