"""Write the shell completion scripts of `completions/`, as typer makes them for asa."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["DIRECTORY", "FILES", "script"]

DIRECTORY = Path(__file__).parents[1] / "completions"
FILES = {"bash": "asa.bash", "zsh": "_asa", "fish": "asa.fish"}


def script(shell: str) -> str:
    """Return the completion script of a shell; asa is asked for it as the shell would."""
    done = subprocess.run(
        [sys.executable, "-m", "asa"],
        env={**os.environ, "_ASA_COMPLETE": f"source_{shell}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    # zsh reads #compdef on the first line only; typer begins with an empty one.
    return done.stdout.strip() + "\n"


def main() -> None:
    """Write all scripts."""
    for shell, name in FILES.items():
        (DIRECTORY / name).write_text(script(shell), encoding="utf-8")


if __name__ == "__main__":
    main()
