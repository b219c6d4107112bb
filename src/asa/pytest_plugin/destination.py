"""Where the capture of a run of tests is written."""

import os
import secrets
import tempfile
from pathlib import Path

import pytest

__all__ = ["new_file"]


def new_file(config: pytest.Config) -> Path:
    """Return where the capture of this run goes.

    Raises:
        pytest.UsageError: The file that the user names exists.
    """
    wanted = config.getoption("--asa-output")
    if wanted is None:
        name = f"asa-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        return Path(tempfile.gettempdir()) / name
    file = Path(wanted)
    if file.exists():
        raise pytest.UsageError(f"--asa-output {file}: the file exists; remove it or name another")
    return file
