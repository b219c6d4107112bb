"""`asa digest` takes as much memory for a log of ten times the size, and under 150 MB."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.logs import POSTGRESQL, statements, written
from tests.bench.result import Result

__all__ = ["measure"]

TIMES = 10
MOST_MB = 150
GROWTH = 1.15
PROGRAM = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measure() -> Result:
    """Read a log and the same log ten times over, each as a whole process."""
    with TemporaryDirectory() as directory:
        small = written(Path(directory), POSTGRESQL, statements(100_000))
        large = Path(directory) / "large.log"
        content = small.read_bytes()
        with large.open("wb") as file:
            for _ in range(TIMES):
                file.write(content)
        few, many = peak_mb(small), peak_mb(large)
    most = min(few * GROWTH, MOST_MB)
    return Result("memory: asa digest, 1.15 times a log of 1/10", many, most, most / many, 1, "MB")


def peak_mb(log: Path) -> float:
    """Return the most memory that reading a log takes, in one process."""
    asa = str(Path(sys.executable).parent / "asa")
    command = (sys.executable, "-c", PROGRAM, asa, "digest", "--jobs", "1", str(log))
    done = subprocess.run(command, capture_output=True, check=True)
    # Linux counts kilobytes, macOS bytes.
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024) / 1e6
