"""`asa review` of 500 revisions takes at most twice what `alembic --sql` and squawk take."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.result import Result, UnmeasuredError, alternating

__all__ = ["measure"]

REVISIONS = 500
INI = (
    "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://nobody@127.0.0.1/none\n"
)
ENV = """
from alembic import context

context.configure(dialect_name="postgresql", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = '''"""step {n}"""
import sqlalchemy as sa
from alembic import op

revision = "r{n:03}"
down_revision = {parent!r}


def upgrade():
    op.create_table("t{n}", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.add_column("t{n}", sa.Column("x", sa.Text()))
    op.create_index("ix_t{n}", "t{n}", ["x"])


def downgrade():
    op.drop_table("t{n}")
'''


def measure() -> Result:
    """Time both as whole processes; before squawk can read them, Alembic renders the revisions.

    Raises:
        UnmeasuredError: There is no squawk here.
    """
    programs = Path(sys.executable).parent
    squawk = shutil.which("squawk", path=f"{programs}{os.pathsep}{os.environ['PATH']}")
    if squawk is None:
        raise UnmeasuredError("no squawk here: pip install squawk-cli")
    # It exits 1 where it finds something, which it always does.
    rendered = (
        f"{programs}/alembic upgrade head --sql > all.sql 2>/dev/null; {squawk} all.sql; true"
    )
    asa = (str(programs / "asa"), "review", "--all", "--offline", "--format", "json")
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="asa-bench-") as directory:
        write_history(Path(directory))
        os.chdir(directory)
        try:
            ours, theirs = alternating(
                (*asa, "--dialect", "postgresql"), ("sh", "-c", rendered), runs=3
            )
        finally:
            os.chdir(before)
    return Result("asa review, --sql and squawk: 500 revisions", ours, theirs, theirs / ours, 0.5)


def write_history(root: Path) -> None:
    """Write an environment with its revisions."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations" / "env.py").write_text(ENV)
    parent = None
    for number in range(REVISIONS):
        text = REVISION.format(n=number, parent=parent)
        (versions / f"r{number:03}.py").write_text(text)
        parent = f"r{number:03}"
