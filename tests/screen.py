"""The recorded terminal session of the README, made anew: `python -m tests.screen`.

Nothing in it is written by hand: the demo's project is made by `asa demo`, and `asa optimize`
runs in it on a terminal of 80 columns, whose output becomes the picture.
"""

import html
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

FILE = Path(__file__).parents[1] / ".github" / "optimize.svg"
TYPED = "asa optimize capture.jsonl --prove --yes"
WIDTH = 80


def recorded() -> str:
    """Return what a terminal is sent by the command, in the project of the demo."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "shop"
        asa = [sys.executable, "-m", "asa"]
        subprocess.run([*asa, "demo", "--keep", str(project)], check=True, capture_output=True)
        return on_terminal([*asa, *TYPED.split()[1:]], project)


def on_terminal(command: list[str], folder: Path) -> str:
    """Run a command whose stdout is a terminal of its own; return all that it wrote there."""
    inner, outer = pty.openpty()
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": programs, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, cwd=folder, stdout=outer, stderr=subprocess.DEVNULL, env=surroundings
    ) as process:
        os.close(outer)
        sent = bytearray()
        try:
            while part := os.read(inner, 65536):
                sent += part
        except OSError:
            pass  # the other side is closed: the command has ended
        finally:
            os.close(inner)
    assert process.returncode in (0, 1), sent.decode()
    return sent.decode().replace("\r\n", "\n")


def picture(sent: str) -> str:
    """Return the session as an SVG picture."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, highlight=False)
        console.print(Text.assemble(("$ ", "green"), TYPED))
        console.print(Text.from_ansi(sent))
        return console.export_svg(title="asa", unique_id="asa")


def text_of(svg: str) -> str:
    """Return the text of a picture, numbers masked and blanks made one: they differ by run."""
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    return re.sub(r"[\d.,]+", "0", re.sub(r"\s+", " ", html.unescape(words)))


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(picture(recorded()), encoding="utf-8")
