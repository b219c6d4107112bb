"""A plugin for pytest: `pytest --asa` judges the queries of each test's call phase.

pytest loads this module in every run where asa is installed, so without `--asa` it does no
more than name its options and marks: neither SQLAlchemy nor the rest of asa is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asa.capture import capture

__all__ = ["asa_capture", "pytest_addoption", "pytest_configure"]

SEVERITIES = ("info", "warning", "error", "never")
MARKS = (
    "asa(max_queries=None, max_ms=None): under --asa, fail the test whose call phase sends more",
    'asa_ignore(rule, reason="...", until="2027-03-01"): keep --asa silent about a rule here',
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the options."""
    group = parser.getgroup("asa", "queries of the tests, judged by asa")
    group.addoption("--asa", action="store_true", help="Record and judge the queries of each test.")
    group.addoption(
        "--asa-fail-on",
        choices=SEVERITIES,
        default="error",
        help="Let the run fail from findings of this severity on (default: error).",
    )
    group.addoption(
        "--asa-output",
        metavar="FILE",
        help="Keep the capture in FILE, readable by you alone, for asa optimize. It holds SQL, "
        "bound values, times, rows, and the lines of your program. Without this it is removed "
        "when the run ends.",
    )
    group.addoption(
        "--asa-values",
        dest="asa_values",
        action="store_true",
        default=True,
        help="Keep bound values in the capture (default).",
    )
    group.addoption(
        "--asa-no-values",
        dest="asa_values",
        action="store_false",
        help="Keep keyed hashes of them instead, which tell only whether two are equal.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks, and under `--asa` begin to record."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if config.getoption("--asa"):
        from asa.pytest_plugin.suite import Suite

        config.pluginmanager.register(Suite(config), "asa-suite")


@pytest.fixture
def asa_capture() -> Iterator[capture]:
    """What this test sends from its first line on: `queries`, `count`, `total_ms`.

    It works with and without `--asa`.
    """
    from asa.capture import capture

    with capture() as captured:
        yield captured


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Let `asa_capture` begin with the test itself, behind all fixtures."""
    captured = getattr(item, "funcargs", {}).get("asa_capture")
    if captured is not None:
        captured.clear()
