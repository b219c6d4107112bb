"""Each shape of call, with the argument that is written into it or the reason why not."""

import pytest

from asa.model.fix import AddArgument
from asa.model.record import CallSite
from asa.project.edit import NotEdited, edited


def with_argument(text: str, line: int = 1, argument: str = "echo=False") -> str | NotEdited:
    return edited(text, AddArgument("make", argument, CallSite("db.py", line, "")), {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("e = make()\n", "e = make(echo=False)\n"),
        ("e = make(url)\n", "e = make(url, echo=False)\n"),
        ("e = make(url, echo=True)\n", "e = make(url, echo=False)\n"),
        ("e = wrap(make(url), 3)\n", "e = wrap(make(url, echo=False), 3)\n"),
        ("e = aio.make(url)  # here\n", "e = aio.make(url, echo=False)  # here\n"),
        ("e = make(\n    url,\n)\n", "e = make(\n    url,\n    echo=False,\n)\n"),
        ("e = make(\n    url, pool=3\n)\n", "e = make(\n    url, pool=3, echo=False\n)\n"),
        ("e = make(\n    url\n)\n", "e = make(\n    url,\n    echo=False\n)\n"),
        ("e = make(*urls)\n", "e = make(*urls, echo=False)\n"),
    ],
)
def test_an_argument_is_written_in_the_manner_of_the_others(before: str, after: str) -> None:
    assert with_argument(before) == after


def test_the_call_of_that_line_alone_is_changed() -> None:
    text = "a = make(url)\nb = make(url)\n"
    assert with_argument(text, 2) == "a = make(url)\nb = make(url, echo=False)\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("e = make(url, **options)\n", "computed"),
        ("e = make(a) or make(b)\n", "no single make(...)"),
        ("e = other(url)\n", "no single make(...)"),
        ("e = make(\n", "no Python"),
    ],
)
def test_what_is_not_plain_is_left_with_the_reason(text: str, reason: str) -> None:
    result = with_argument(text)
    assert isinstance(result, NotEdited)
    assert reason in result.reason
