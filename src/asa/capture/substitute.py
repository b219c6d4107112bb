"""Loads other source for some of the program's modules: a rerun puts an edit to the proof.

The files stay as they are; so a rerun that is interrupted leaves nothing behind.
"""

from __future__ import annotations

import json
import os
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

    from .sink import Sink

__all__ = ["substitute"]


def substitute(file: str, sink: Sink) -> None:
    """Compile modules from the sources that a file holds, by path, and say so in the capture.

    A program that Python runs by its path, and tests that pytest rewrites, are not loaded by
    the import system's own loader: they stay as they are.
    """
    with open(file, encoding="utf-8") as held:  # noqa: PTH123  (pathlib costs an import)
        sources: dict[str, str] = json.load(held)
    as_they_are = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        text = sources.get(os.path.realpath(path))
        if text is None:
            return as_they_are(self, fullname)
        told = json.dumps({"kind": "substituted", "process": os.getpid(), "file": path})
        sink.write(told + "\n")
        sink.flush()
        return self.source_to_code(text, path)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
