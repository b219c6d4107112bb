"""The errors, their tree and their exit codes."""

import inspect
import re

import pytest

from asa import errors
from asa.errors import (
    AsaError,
    ConfigurationError,
    DatabaseError,
    ExitCode,
    FindingsError,
    LogError,
    MigrationError,
    ProjectError,
    ScratchError,
    UsageError,
)

CLASSES = [
    thing
    for thing in vars(errors).values()
    if inspect.isclass(thing) and issubclass(thing, AsaError)
]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (ConfigurationError, 2),
        (ProjectError, 2),
        (LogError, 2),
        (DatabaseError, 3),
        (ScratchError, 3),
        (MigrationError, 4),
        (FindingsError, 1),
        (AsaError, 70),
    ],
)
def test_each_error_ends_with_the_designed_code(error: type[AsaError], code: int) -> None:
    assert error("it broke").exit_code == code


def test_the_other_exit_codes_are_the_shell_s() -> None:
    assert (ExitCode.OK, ExitCode.INTERRUPTED) == (0, 130)


def test_all_public_names_are_listed_in_order() -> None:
    assert errors.__all__ == sorted(["ExitCode", *(error.__name__ for error in CLASSES)])


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"^    ([│├└─ ]*)(\w+Error)\b", errors.__doc__, re.MULTILINE)
    above: list[str] = []
    tree = {}
    for branch, name in drawn:
        depth = len(branch) // 4
        del above[depth:]
        tree[name] = above[-1] if above else "Exception"
        above.append(name)
    assert tree == {error.__name__: error.__bases__[0].__name__ for error in CLASSES}


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_carries_its_message_hint_and_details(error: type[AsaError]) -> None:
    made = error("it broke", "mend it", details=(("where", "there"),))
    assert str(made) == made.message == "it broke"
    assert (made.hint, made.details) == ("mend it", (("where", "there"),))


def test_an_error_needs_no_hint() -> None:
    assert (AsaError("it broke").hint, AsaError("it broke").details) == ("", ())


def test_a_database_error_tells_its_cause_and_whether_waiting_helps() -> None:
    refused = DatabaseError("no", cause="refused", transient=True)
    assert (refused.cause, refused.transient) == ("refused", True)
    assert (DatabaseError("no").cause, DatabaseError("no").transient) == ("unknown", False)
