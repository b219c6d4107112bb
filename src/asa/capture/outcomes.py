"""A plugin for pytest that writes the outcome of each test into the capture of a rerun.

pytest loads it by its private name, which `PYTEST_PLUGINS` holds during a rerun.
"""

import os
from typing import Any

from ..model.capture_line import OutcomeLine, line_to_json  # noqa: TID252  (loaded by path)
from .bootstrap import FILE
from .sink import Sink

__all__ = ["PLUGIN", "pytest_runtest_logreport"]

PLUGIN = "_asa_capture.capture.outcomes"

sink = Sink(os.environ.get(FILE, ""))


def pytest_runtest_logreport(report: Any) -> None:
    """Write how one phase of a test ended; xdist's workers and controller both say it."""
    sink.write(line_to_json(OutcomeLine(os.getpid(), report.nodeid, report.when, report.outcome)))
    sink.flush()
