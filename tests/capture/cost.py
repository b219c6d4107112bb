"""What capture adds to a query, in microseconds: `python -m tests.capture.cost`.

Each workload runs in processes of its own, alternately with and without capture, on SQLite in
memory; the least median of the rounds is compared, so that other work on the machine counts
little.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asa.capture.run as launch

__all__ = ["measure"]

QUERIES, ROUNDS = 2000, 3


def measure() -> dict[str, tuple[float, float]]:
    """Return (without, with) capture, the median microseconds a query, by workload."""
    rounds: list[tuple[dict[str, float], dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as directory:
        part = Path(directory) / "capture.jsonl.part"
        for _ in range(ROUNDS):
            part.write_text("")
            captured = launch.environment(os.environ, part, values=True)
            rounds.append((medians(dict(os.environ)), medians(captured)))
    return {
        name: (min(plain[name] for plain, _ in rounds), min(with_[name] for _, with_ in rounds))
        for name in rounds[0][0]
    }


def medians(environ: dict[str, str]) -> dict[str, float]:
    """Run the workloads in a new process."""
    done = subprocess.run(
        [sys.executable, __file__, "work"], env=environ, capture_output=True, check=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def work() -> dict[str, float]:
    """Return the median microseconds of each workload in this process."""
    import sqlalchemy as sa
    from sqlalchemy.orm import (
        DeclarativeBase,
        Mapped,
        Session,
        mapped_column,
        relationship,
    )

    class Base(DeclarativeBase):
        pass

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list[Post]] = relationship(Post)

    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(posts=[Post()]) for _ in range(50)])
        session.commit()
        text = sa.text("SELECT id FROM users WHERE id = :id")
        users = session.scalars(sa.select(User)).all()
        core = session.connection()

        def lazy(number: int) -> Any:
            user = users[number % 50]
            user.__dict__.pop("posts", None)
            return user.posts

        return {
            "core": timed(lambda number: core.execute(text, {"id": number % 50}).all()),
            "orm": timed(
                lambda number: session.scalars(sa.select(User).where(User.id == number % 50)).all()
            ),
            "lazy": timed(lazy),
        }


def timed(ask: Callable[[int], object]) -> float:
    """Return the median time of one call, in microseconds."""
    times = []
    for number in range(QUERIES):
        started = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


if __name__ == "__main__":
    if sys.argv[1:] == ["work"]:
        sys.stdout.write(json.dumps(work()))
    else:
        for name, (plain, captured) in measure().items():
            sys.stdout.write(
                f"{name:6} {plain:7.1f} -> {captured:7.1f}   +{captured - plain:.1f} us\n"
            )
