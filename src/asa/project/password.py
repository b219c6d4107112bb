"""A database's password from a function of the project, such as an IAM token."""

import sys
from pathlib import Path

from asa.config import Config, PasswordProvider
from asa.errors import ProjectError
from asa.project.failure import lacks, placed
from asa.project.interpreter import find_interpreter
from asa.project.load import ask

__all__ = ["load_password"]

LIMIT_S = 30.0
# What the worker found instead of a password.
WRONG = {
    "no function": "is no function",
    "two arguments": "takes more than one argument",
    "empty": "returned nothing",
    "no text": "returned no text",
}


def load_password(config: Config, provider: PasswordProvider, url: str) -> str:
    """Call the function in the project's interpreter and return what it says.

    Nothing of what it returns or raises is shown: an exception is told by its type and place.

    Args:
        config: For root, interpreter, environment and pythonpath.
        provider: What to call; called with the URL where it takes an argument, and awaited
            where it is async.
        url: The database's URL, without its password.

    Raises:
        ProjectError: The module cannot be imported, the function is not there or failed, or
            it returned nothing that could be a password.
    """
    interpreter = find_interpreter(config)
    request = {"password": provider.reference, "url": url}
    answer = ask(config, interpreter, request, config.pythonpath, LIMIT_S)["password"]
    if "text" in answer:
        return str(answer["text"])
    module, _, name = provider.reference.partition(":")
    details = [("from", provider.origin)]
    if "wrong" in answer:
        raise ProjectError(
            f"{provider.reference} {WRONG[answer['wrong']]}, so there is no password",
            f"let {name}() or {name}(url) return the password as text",
            details=tuple(details),
        )
    failure = answer["failure"]
    place = placed(failure, Path(config.root))
    if place:
        details.insert(0, ("at", place))
    lacking = failure.get("missing")
    if lacking and (error := lacks(lacking, config.root, interpreter, tuple(details))):
        raise error
    start = interpreter.path if not interpreter.is_own else Path(sys.executable).name
    raise ProjectError(
        f"{provider.reference} failed, so there is no password: {failure['type']}",
        f'{start} -c "import {module} as m; m.{name}(...)" shows why',
        details=tuple(details),
    )
