"""What a program under capture keeps in memory while it sends 200,000 queries.

Core selects with values of their own, and an ORM load with a lazy load every fiftieth time: the
peak of the first tenth, when every cache has its entries, and that of the whole run.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.result import Result

from asa.capture.run import environment

__all__ = ["measure"]

QUERIES, ORM_EVERY = 200_000, 50
GROWN_AT_MOST = 1.05


def measure() -> Result:
    """Compare the peak of the whole run with that of its first tenth."""
    with tempfile.TemporaryDirectory() as directory:
        part = Path(directory) / "capture.jsonl.part"
        part.write_text("")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.capture_memory"],
            env=environment(os.environ, part, values=True),
            capture_output=True,
            check=True,
            text=True,
        )
        with part.open("rb") as stream:
            written = sum(line.startswith(b'{"kind":"query"') for line in stream)
    if written < QUERIES:
        raise RuntimeError(f"{written:,} of {QUERIES:,} queries were captured")
    early, late = json.loads(done.stdout)
    return Result(
        "capture: peak of 200,000 queries, of 20,000", late, early,
        GROWN_AT_MOST * early / late, 1, "MB",
    )  # fmt: skip


def work() -> tuple[float, float]:
    """Send the queries; return the peak after a tenth of them and at the end, in MB."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session
    from tests.bench.mapped import Base, Post, User

    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    text = sa.text("SELECT id FROM users WHERE id = :id")
    early = 0.0
    with Session(engine) as session:
        session.add_all([User(posts=[Post()]) for _ in range(50)])
        session.commit()
        core = session.connection()
        for number in range(QUERIES):
            core.execute(text, {"id": number}).all()
            if number % ORM_EVERY == 0:
                for user in session.scalars(sa.select(User).where(User.id == number % 50 + 1)):
                    session.expire(user, ["posts"])
                    len(user.posts)
            if number == QUERIES // 10:
                early = peak()
    return early, peak()


def peak() -> float:
    """Return the most memory that this process had so far, in MB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 if sys.platform != "darwin" else 1024 * 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work()))
