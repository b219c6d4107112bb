"""Run the benchmarks: python -m tests.bench [NAME...]."""

import pkgutil
import sys
from importlib import import_module

import tests.bench as room
from tests.bench.result import UnmeasuredError

FRAME = ("__main__", "films", "logs", "mapped", "result")


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return [found.name for found in pkgutil.iter_modules(room.__path__) if found.name not in FRAME]


def main(wanted: list[str]) -> int:
    """Run some benchmarks, or all; return 1 where a promise is not kept, 2 for a wrong name."""
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(names())}\n")
        return 2
    missed = 0
    sys.stdout.write(f"{'':<44} {'ours':>8} {'theirs':>8}\n")
    for name in wanted or names():
        try:
            result = import_module(f"tests.bench.{name}").measure()
        except UnmeasuredError as reason:
            sys.stdout.write(f"{name:<44} not measured: {reason}\n")
            continue
        sys.stdout.write(f"{result}\n")
        sys.stdout.flush()
        missed += not result.kept
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
