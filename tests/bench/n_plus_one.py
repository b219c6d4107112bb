"""The N+1 scenarios of the tests, judged by asa, queryspy and pytest-queryguard.

The two others come from the package index, each into a directory of its own, and judge each
scenario as a test: one that fails is found. Row-by-row writes, which they look for only where
they are told to, are left out. The table goes to stderr.
"""

import ast
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.result import Result, UnmeasuredError

from asa.optimize import optimize
from asa.workload import read_workload

__all__ = ["measure"]

PROGRAM = Path(__file__).parents[1] / "optimize" / "scenarios.py"
WRITES = ("bad_insert", "bad_core_insert", "bad_update", "bad_delete")
OTHERS = {"queryspy": ("--queryspy-strict",), "pytest-queryguard": ()}

TESTS = """
import asyncio

import pytest
import scenarios

NAMES = [name for name in vars(scenarios) if name.startswith(("bad_", "ok_"))]


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name):
    async def main():
        async with scenarios.new_session() as session:
            await getattr(scenarios, name)(session)
        await scenarios.engine.dispose()

    asyncio.run(main())
"""


def measure() -> Result:
    """Return how many scenarios are judged rightly by asa, and by the better of the others."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        environ = {**os.environ, "SCENARIOS_URL": f"sqlite+aiosqlite:///{directory / 'a.db'}"}
        (directory / "scenarios.py").write_text(PROGRAM.read_text(encoding="utf-8"))
        (directory / "test_scenarios.py").write_text(TESTS)
        run(directory, environ, "scenarios.py", "seed")
        flagged = {"asa": by_asa(directory, environ)}
        for name, options in OTHERS.items():
            flagged[name] = by_other(directory, environ, name, options)
    show(flagged)
    scores = {name: score(found) for name, found in flagged.items()}
    ours, theirs = scores.pop("asa"), max(scores.values())
    return Result("N+1 scenarios judged rightly", ours, theirs, ours / theirs, 1.0, "of all")


def scenarios() -> dict[str, range]:
    """Return the lines of each scenario that reads."""
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    return {
        f.name: range(f.lineno, (f.end_lineno or 0) + 1)
        for f in tree.body
        if isinstance(f, ast.AsyncFunctionDef)
        and f.name.startswith(("bad_", "ok_"))
        and f.name not in WRITES
    }


def run(directory: Path, environ: dict[str, str], *arguments: str) -> str:
    """Run Python there; return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def by_asa(directory: Path, environ: dict[str, str]) -> set[str]:
    """Return the scenarios in which asa finds an N+1."""
    run(directory, environ, "-m", "asa", "capture", "--", sys.executable, "scenarios.py")
    workload = read_workload([str(directory / "capture.jsonl")])
    found = asyncio.run(optimize(workload)).judgement.findings
    lines = {f.location.line for f in found if f.rule == "n-plus-one" and f.location}
    return {name for name, own in scenarios().items() if not lines.isdisjoint(own)}


def by_other(
    directory: Path, environ: dict[str, str], name: str, options: tuple[str, ...]
) -> set[str]:
    """Return the scenarios whose test another tool lets fail."""
    place = directory / name
    command = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(place))
    if subprocess.run([*command, name], capture_output=True, check=False).returncode:
        raise UnmeasuredError(f"{name} cannot be had from the package index")
    outcomes = run(
        directory,
        {**environ, "PYTHONPATH": str(place)},
        *("-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA", "test_scenarios.py", *options),
    )
    ended = [line.split()[:2] for line in outcomes.splitlines() if "test_scenario[" in line]
    states = {test.partition("[")[2].rstrip("]"): state for state, test in ended}
    if not set(scenarios()) <= set(states):
        raise UnmeasuredError(f"{name} did not judge every scenario")
    return {test for test in scenarios() if states[test] in ("FAILED", "ERROR")}


def score(flagged: set[str]) -> int:
    """Return how many scenarios are judged rightly."""
    return sum(name.startswith("bad_") == (name in flagged) for name in scenarios())


def show(flagged: dict[str, set[str]]) -> None:
    """Print what each found, missed and flagged falsely."""
    names = scenarios()
    bad = {name for name in names if name.startswith("bad_")}
    sys.stderr.write(f"{'':<20} {'found':>8} {'false':>8}   missed\n")
    for tool, found in flagged.items():
        missed = ", ".join(sorted(name.removeprefix("bad_") for name in bad - found))
        false = sorted(name.removeprefix("ok_") for name in found - bad)
        sys.stderr.write(
            f"{tool:<20} {f'{len(found & bad)}/{len(bad)}':>8} "
            f"{f'{len(false)}/{len(names) - len(bad)}':>8}   {missed}\n"
        )
        if false:
            sys.stderr.write(f"{'':<40}false: {', '.join(false)}\n")
