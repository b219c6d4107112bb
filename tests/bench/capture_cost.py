"""What capture adds to a query, beside OpenTelemetry's instrumentation of SQLAlchemy.

Core, ORM, lazy loads and flushes on SQLite in memory; each variant in processes of its own that
take turns, and of all stretches of calls the one with the least median counts: whatever else the
machine does falls on all alike.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.result import Result, UnmeasuredError

from asa.capture.run import environment

__all__ = ["measure"]

STRETCHES, QUERIES, ROUNDS = 20, 200, 3
MOST_ADDED = 15
"""Microseconds."""

PLAIN, CAPTURED, TRACED = "plain", "captured", "traced"
Medians = dict[str, float]


def measure() -> Result:
    """Compare the microseconds that each adds to a query, the mean of the workloads.

    Prints each workload. The promise is kept where ours is within its bound and below theirs.
    """
    if find_spec("opentelemetry.instrumentation.sqlalchemy") is None:
        raise UnmeasuredError("pip install opentelemetry-instrumentation-sqlalchemy")
    found = medians()
    captured, traced = added(found, CAPTURED), added(found, TRACED)
    for name, plain in found[PLAIN].items():
        claim = f"  {name}, {plain:.1f} us: added"
        sys.stdout.write(f"{claim:<44} {captured[name]:8.1f} {traced[name]:8.1f} us\n")
    ours, theirs = statistics.mean(captured.values()), statistics.mean(traced.values())
    wanted = max(1, theirs / MOST_ADDED)
    return Result(
        "capture, OpenTelemetry: added a query", ours, theirs, theirs / ours, round(wanted, 1), "us"
    )


def added(found: Mapping[str, Medians], variant: str) -> Medians:
    """Return what a variant adds to each workload, in microseconds."""
    return {name: found[variant][name] - plain for name, plain in found[PLAIN].items()}


def medians() -> dict[str, Medians]:
    """Return the least median of each workload in each variant, in microseconds."""
    least: dict[str, Medians] = {}
    with tempfile.TemporaryDirectory() as directory:
        part = Path(directory) / "capture.jsonl.part"
        for _ in range(ROUNDS):
            part.write_text("")
            for variant in (PLAIN, CAPTURED, TRACED):
                environ = dict(os.environ)
                if variant == CAPTURED:
                    environ = environment(os.environ, part, values=True)
                measured = one_round(variant, environ)
                known = least.setdefault(variant, measured)
                least[variant] = {name: min(known[name], one) for name, one in measured.items()}
    return least


def one_round(variant: str, environ: Mapping[str, str]) -> Medians:
    """Run the workloads in a new process."""
    command = [sys.executable, "-m", "tests.bench.capture_cost", variant]
    done = subprocess.run(command, env=environ, capture_output=True, check=True, text=True)
    found: Medians = json.loads(done.stdout)
    return found


def work(variant: str) -> Medians:
    """Return the median microseconds of each workload in this process."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session
    from tests.bench.mapped import Base, Post, User

    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    if variant == TRACED:
        trace(engine)
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

        def flush(number: int) -> None:
            session.add(Post(user_id=number % 50))
            session.flush()

        return {
            "core": timed(lambda number: core.execute(text, {"id": number % 50}).all()),
            "orm": timed(
                lambda number: session.scalars(sa.select(User).where(User.id == number % 50)).all()
            ),
            "lazy": timed(lazy),
            "flush": timed(flush),
        }


def trace(engine: Any) -> None:
    """Let OpenTelemetry make a span of each query, and hand spans on in batches."""
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    # It names no SQLAlchemy newer than 2.0, and works with one.
    SQLAlchemyInstrumentor().instrument(
        engine=engine, tracer_provider=provider, skip_dep_check=True
    )


def timed(ask: Callable[[int], object]) -> float:
    """Return the median time of one call, in microseconds, in the quietest stretch of calls."""
    medians = []
    for _ in range(STRETCHES):
        times = []
        for number in range(QUERIES):
            started = time.perf_counter()
            ask(number)
            times.append(time.perf_counter() - started)
        medians.append(statistics.median(times))
    return min(medians) * 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work(sys.argv[1])))
