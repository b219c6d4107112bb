"""TOML files are added to as text: whatever was there stays as it was."""

import pytest

from asa.errors import ConfigurationError
from asa.setup.toml import with_keys, with_table

ASA = ("tool", "asa")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[tool.asa]\nurl = "env:X"\n'),
        ("[a]\nb = 1", '[a]\nb = 1\n\n[tool.asa]\nurl = "env:X"\n'),
        ("[a]\nb = 1  # why\n", '[a]\nb = 1  # why\n\n[tool.asa]\nurl = "env:X"\n'),
        (
            '[tool.asa]\nmetadata = "m:B"\n\n# next\n[z]\n',
            '[tool.asa]\nmetadata = "m:B"\n\n# next\nurl = "env:X"\n[z]\n',
        ),
        (
            '[tool.asa]\nmetadata = "m:B"\n\n[z]\nq = 1\n',
            '[tool.asa]\nmetadata = "m:B"\nurl = "env:X"\n\n[z]\nq = 1\n',
        ),
        ("[tool.asa]\n[z]\n", '[tool.asa]\nurl = "env:X"\n[z]\n'),
        ("[a]\r\nb = 1\r\n", '[a]\r\nb = 1\r\n\r\n[tool.asa]\r\nurl = "env:X"\r\n'),
    ],
)
def test_key_is_added(before: str, after: str) -> None:
    assert with_keys(before, ASA, {"url": "env:X"}) == after


def test_keys_that_are_there_stay() -> None:
    text = '[tool.asa]\nurl = "env:MINE"   # mine\n'
    assert with_keys(text, ASA, {"url": "env:X"}) == text


def test_top_level_keys_come_before_the_first_table() -> None:
    assert with_keys("a = 1\n[t]\nb = 2\n", (), {"c": ("x", 'y"')}) == (
        'a = 1\nc = ["x", "y\\""]\n[t]\nb = 2\n'
    )


@pytest.mark.parametrize("text", ["[tool]\nasa = {}\n", "tool.asa.url = 'env:A'\n"])
def test_table_in_another_spelling_is_refused_and_not_broken(text: str) -> None:
    with pytest.raises(ConfigurationError):
        with_keys(text, ASA, {"metadata": "m:B"})


def test_whole_table_goes_to_the_end() -> None:
    assert with_table("[a]\n", "[tool.alembic]\nx = 1\n") == "[a]\n\n[tool.alembic]\nx = 1\n"
