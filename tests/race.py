"""Many processes that begin the same thing at the same moment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COUNT = 10
ALEMBIC = "from alembic.config import main as run"
ASA = "from asa.cli.app import app as run; import asa.migrations.upgrade, asa.cli.upgrade"
# Forked from one process that has imported everything: so they really meet.
SCRIPT = """
import asyncio, json, os, sys, traceback
import aiosqlite, asyncpg, aiomysql
{0}
children = []
for number in range({1}):
    child = os.fork()
    if child == 0:
        to = os.open(f"race{{number}}.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(to, 1)
        os.dup2(to, 2)
        code = 0
        try:
            run(sys.argv[1:])
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    children.append(child)
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]))
"""


@dataclass(frozen=True)
class Ran:
    """How one of them ended."""

    code: int
    said: str


def race(root: Path, program: str, *words: str, **variables: str) -> list[Ran]:
    """Run a program in ten processes at once; each must have ended within a minute."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(program, COUNT), *words],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    codes = json.loads(done.stdout)
    return [
        Ran(code, (root / f"race{number}.txt").read_text(encoding="utf-8"))
        for number, code in enumerate(codes)
    ]
