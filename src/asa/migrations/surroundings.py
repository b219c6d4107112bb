"""What surrounds a run of env.py: directory, imports, variables, silence; all put back after."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from asa.config import environment as variables
from asa.migrations.environment import Environment

__all__ = ["directory_of", "imports_of", "quiet", "variables_of"]


@contextmanager
def directory_of(environment: Environment) -> Iterator[None]:
    """Stand in the directory that relative paths of the Alembic settings are meant from."""
    before = os.getcwd()  # noqa: PTH109  (os.chdir's counterpart)
    os.chdir(environment.directory)
    # A finder for a relative path remembers the directory in which it was made.
    sys.path_importer_cache.pop(".", None)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def imports_of(environment: Environment) -> Iterator[None]:
    """Let the project's packages be imported, and write no byte code beside its revisions."""
    before, wrote = list(sys.path), sys.dont_write_bytecode
    sys.path[:0] = environment.import_paths
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:] = before
        sys.dont_write_bytecode = wrote


@contextmanager
def variables_of(environment: Environment) -> Iterator[None]:
    """Lay the project's `.env` below the environment, as asa itself reads it."""
    known = variables(environment.config.root)
    added = {name: value for name, value in known.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence log lines below a warning, which env.py switches on; send prints to stderr."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(before)
