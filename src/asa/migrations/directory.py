"""The directory of revisions, into which a file comes whole or not at all."""

import os
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory, write_hooks
from alembic.util import template_to_file

from asa.errors import MigrationError

__all__ = ["RevisionDirectory", "run_hooks", "whole_files"]

HOOKS = "hooks"
HOOKS_BEFORE_1_16 = "hook_config"


class RevisionDirectory(ScriptDirectory):
    """A script directory whose files are rendered beside, checked, then put in place.

    Attributes:
        written: The files put in place so far.
        certificate: Text for the docstrings, below the message; empty for none.
    """

    written: list[Path]
    certificate: str

    def leave_hooks_out(self) -> None:
        """Write the coming files without the project's post-write hooks."""
        setattr(self, HOOKS, [])
        setattr(self, HOOKS_BEFORE_1_16, {})

    def _generate_template(self, src: Any, dest: Any, **values: Any) -> None:
        """Render a revision file; Alembic calls this with the file it wants.

        Raises:
            MigrationError: The file exists already, or what was rendered is not Python.
        """
        target = Path(dest)
        if self.certificate:
            values["message"] = f"{values['message']}\n\n{docstring_safe(self.certificate)}"
        # Alembic takes only *.py for revisions, so a left-over of a killed asa is never one.
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            template_to_file(str(src), str(beside), self.output_encoding, **values)
            check(beside, target)
            if target.exists():
                raise MigrationError(
                    f"{target.name} exists already; asa overwrites no file",
                    "give another message, or remove that file",
                )
            beside.replace(target)
            self.written.append(target)
        finally:
            beside.unlink(missing_ok=True)


def docstring_safe(text: str) -> str:
    """Return a text as a docstring in triple quotes holds it."""
    return text.replace("\\", "\\\\").replace('"' * 3, "'" * 3)


def check(file: Path, target: Path) -> None:
    """See that a rendered file is Python.

    Raises:
        MigrationError: It is not: mostly a type or a default without a usable repr().
    """
    source = file.read_bytes()
    try:
        compile(source, str(target), "exec", dont_inherit=True)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise MigrationError(
            f"the revision would not be Python, so it was not written: {error.msg}",
            "give the type a repr() that is Python, or render_item in env.py",
            details=(("line", line),) if line else (),
        ) from None


def run_hooks(script: ScriptDirectory, file: Path) -> None:
    """Run the project's post-write hooks over a revision file.

    Raises:
        Exception: Whatever a hook or Alembic's reading of its settings raises.
    """
    hooks = getattr(script, HOOKS, None) or getattr(script, HOOKS_BEFORE_1_16, None)
    if hooks:
        write_hooks._run_hooks(str(file), hooks)


def whole_files(script: ScriptDirectory) -> RevisionDirectory:
    """Return the same directory, its files written whole."""
    own = RevisionDirectory.__new__(RevisionDirectory)
    own.__dict__.update(vars(script))
    own.written = []
    own.certificate = ""
    return own
