"""What is typed reaches a command as typer would bring it, without pydantic where it is text."""

import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.core import TyperCommand
from typer.main import get_command

from asa.cli.words import PlainCommand


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


def doubled(text: object) -> str:
    return str(text) * 2


got: list[object] = []


def paint(
    walls: Annotated[list[str] | None, typer.Argument()] = None,
    name: Annotated[str | None, typer.Option()] = None,
    motto: Annotated[str, typer.Option()] = "none",
    twice: Annotated[str, typer.Option(parser=doubled)] = "a",
    colour: Annotated[Colour, typer.Option()] = Colour.RED,
    coats: Annotated[int, typer.Option(min=1)] = 2,
    place: Annotated[Path | None, typer.Option()] = None,
    dry: Annotated[bool, typer.Option("--dry")] = False,
) -> None:
    got[:] = [list(walls or []), name, motto, twice, colour, coats, place, dry]


def run(words: list[str], *, plain: bool) -> tuple[object, list[object]]:
    got.clear()
    app = typer.Typer(add_completion=False)
    app.command(cls=PlainCommand if plain else TyperCommand)(paint)
    with pytest.raises(SystemExit) as ended:
        get_command(app)(words, prog_name="paint")
    return ended.value.code, list(got)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a", "b"],
        ["--name", "x", "--motto", ""],
        ["--twice", "b", "--colour", "blue", "--coats", "3", "--place", "here", "--dry"],
        ["--coats", "0"],
        ["--coats", "many"],
        ["--colour", "green"],
        ["--nonsense"],
    ],
)
def test_every_parameter_arrives_as_typer_brings_it(words: list[str]) -> None:
    assert run(words, plain=True) == run(words, plain=False)


def test_a_command_with_texts_alone_does_not_load_pydantic(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from asa.cli.app import app\n"
        "try:\n"
        "    app(['check-connection', 'sqlite://', '--url', 'sqlite://'], prog_name='asa')\n"
        "finally:\n"
        "    assert 'pydantic' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
