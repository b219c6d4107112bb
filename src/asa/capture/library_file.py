"""The file of a capture as a library, with its first lines."""

import os
import platform
import sys
import time
from pathlib import Path

from ..model.capture_line import (  # noqa: TID252  (loaded by path, under a private name)
    FORMAT,
    CaptureHeader,
    ProcessLine,
    line_to_json,
)
from .sink import Sink

__all__ = ["opened"]


def opened(file: Path, *, values: bool, append: bool) -> Sink:
    """Open a capture's file, with its first line where it is made."""
    sink = Sink(str(file))
    python = platform.python_version()
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not append:
            raise
    else:
        header = CaptureHeader(
            format=FORMAT,
            asa=version(),
            python=python,
            command=(),
            directory=str(Path.cwd()),
            revision=None,
            started_at=time.time(),
            values=values,
        )
        sink.write(line_to_json(header))
    sink.write(line_to_json(ProcessLine(os.getpid(), os.getppid(), python, time.time())))
    sink.flush()
    return sink


def version() -> str:
    """Return the version of asa."""
    return str(getattr(sys.modules.get("asa"), "__version__", ""))
