"""The README names no command, option or file that there is not."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from asa.cli.commands import COMMANDS
from asa.rules import RULES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What is typed: a line of an indented block, a step of a CI file, or words in backquotes.
TYPED = re.compile(r"(?:^    (?:- run: |    - )?|`)asa ([a-z][a-z-]+)([^`\n]*)", re.MULTILINE)
NAMES = {entry.name for entry in COMMANDS}


@cache
def help_of(command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "asa", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": ""},
    )
    return done.stdout


def commands() -> list[tuple[str, str]]:
    found = {(match[1], match[2].partition("    ")[0]) for match in TYPED.finditer(README)}
    return sorted(found)


def test_every_command_is_told_of() -> None:
    told = {command for command, _ in commands()}
    rare = {"demo", "current", "history", "heads", "show", "stamp", "merge", "check"}
    assert NAMES - told <= rare


@pytest.mark.parametrize(("command", "words"), commands())
def test_every_command_and_option_is_there(command: str, words: str) -> None:
    assert command in NAMES
    # What follows `--` belongs to the program that is captured.
    for option in re.findall(r"(?<!\S)(--[a-z-]+)", words.partition(" -- ")[0]):
        assert option in help_of(command), option


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target


def test_the_number_of_lint_rules_is_right() -> None:
    count = sum(rule.family == "model" for rule in RULES)
    assert f"by {count} rules" in README
