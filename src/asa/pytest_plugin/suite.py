"""Records a run of tests: in this process, or in each of xdist's workers for the controller.

All processes append to one file, which the controller judges when the run ends. What fixtures
send before and after a test is counted apart and judged by nobody.
"""

import os
import secrets
from collections import Counter
from collections.abc import Generator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from asa.capture.execution import Execution
from asa.capture.hooks import Hooks
from asa.capture.library_file import opened
from asa.capture.listening import listen, unlisten
from asa.capture.recorder import Recorder
from asa.capture.unloaded import unloaded_of
from asa.model.capture_line import RerunLine
from asa.model.finding import Severity
from asa.model.judgement import Judgement
from asa.model.observation import Fact
from asa.model.record import CallSite, Scope
from asa.pytest_plugin.destination import new_file
from asa.pytest_plugin.judge import judged
from asa.pytest_plugin.marks import Ignored, budget_of, ignored_by
from asa.pytest_plugin.section import Run, Spent, summarise

__all__ = ["Suite"]

CALL = " (call)"
FILE, KEY = "asa_file", "asa_key"
"""What the controller tells its workers."""
FACTS = "asa"
"""Attribute of a report: what the controller is told of a test."""


class Suite:
    """The plugin of one process of a run under `--asa`."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.told: dict[str, Any] | None = getattr(config, "workerinput", None)
        if self.told is None:
            self.file = new_file(config)
            self.key = b"" if config.getoption("asa_values") else secrets.token_bytes(16)
        else:
            self.file = Path(self.told[FILE])
            self.key = bytes.fromhex(self.told[KEY])
        self.recorder: Recorder | None = None
        self.hooks: Hooks | None = None
        self.call = Spent()
        self.around = Spent()
        self.lines: Counter[CallSite] = Counter()
        self.spent: dict[str, Spent] = {}
        self.fixtures = Spent()
        self.ignored: dict[tuple[str, str], Ignored] = {}
        self.judgement: Judgement | None = None
        self.trouble = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where to write."""
        node.workerinput[FILE] = str(self.file.absolute())
        node.workerinput[KEY] = self.key.hex()

    def pytest_sessionstart(self) -> None:
        """Begin to record."""
        import sqlalchemy.orm  # noqa: F401  (its sessions tell most of what is to be known)

        sink = opened(self.file, values=not self.key, append=True)
        self.recorder = Recorder(sink, self.key)
        self.hooks = listen(self, str(self.config.rootpath))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse wrong marks before any test runs."""
        for item in items:
            budget_of(item)
            for _ in ignored_by(item):
                pass

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Begin to count anew."""
        self.settle()
        self.call, self.around, self.lines = Spent(), Spent(), Counter()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Hold a test that passed against its budget."""
        result = yield
        budget = budget_of(item)
        if budget is not None:
            self.settle()
            excess = budget.excess(self.call.queries, self.call.ms)
            if excess is not None:
                pytest.fail("\n".join([excess, *self.heaviest()]), pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let a report carry what the controller has to know of its test."""
        if call.when == "call" and call.excinfo is not None and self.hooks is not None:
            self.tell_unloaded(item, call.excinfo.value, self.hooks)
        report = yield
        if call.when == "teardown":
            self.settle()
            facts = {
                "call": [self.call.queries, self.call.ms],
                "around": [self.around.queries, self.around.ms],
                "ignored": [
                    [one.rule, one.reason, one.until and one.until.isoformat()]
                    for one in ignored_by(item)
                ],
            }
            setattr(report, FACTS, facts)
        return report

    def tell_unloaded(self, item: pytest.Item, error: BaseException, hooks: Hooks) -> None:
        """Write that an attribute of a detached entity was touched."""
        scope = Scope(process=os.getpid(), label=item.nodeid)
        with suppress(Exception):  # the report of a test is not to fail for this
            fact = unloaded_of(error, hooks.sites, scope)
            if fact is not None and self.recorder is not None:
                self.recorder.observed(fact, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a report carries; a worker leaves that to the controller."""
        facts = getattr(report, FACTS, None)
        if self.told is not None or facts is None:
            return
        self.spent[report.nodeid] = Spent(*facts["call"])
        self.fixtures.add(*facts["around"])
        for rule, reason, until in facts["ignored"]:
            day = until and datetime.fromisoformat(until).date()
            self.ignored[rule, report.nodeid] = Ignored(rule, report.nodeid, reason, day or None)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the last queries; where the run is led, judge it."""
        self.stop()
        if self.told is not None:
            return
        try:
            self.judgement = judged(self.file, list(self.ignored.values()))
        except Exception as error:  # noqa: BLE001  (the outcome of the tests is not to be lost)
            self.trouble = f"{type(error).__name__}: {error}"
        fails = self.trouble or self.failing() or self.expired()
        if fails and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def failing(self) -> int:
        """Return how many findings let the run fail."""
        wanted = self.config.getoption("--asa-fail-on")
        if self.judgement is None or wanted == "never":
            return 0
        return len(self.judgement.at_least(Severity[wanted.upper()]))

    def expired(self) -> list[Ignored]:
        """Return the ignores whose last day is past."""
        today = datetime.now(timezone.utc).date()
        return [one for one in self.ignored.values() if one.has_expired(today)]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the findings."""
        findings = self.judgement.findings if self.judgement else ()
        run = Run(findings, self.failing(), self.expired(), self.trouble, self.spent, self.fixtures)
        summarise(terminalreporter, run)

    def pytest_unconfigure(self) -> None:
        """Remove what nobody asked to keep."""
        self.stop()
        if self.told is None and not self.config.getoption("--asa-output"):
            self.file.unlink(missing_ok=True)

    def stop(self) -> None:
        """Record no more."""
        if self.hooks is None or self.recorder is None:
            return
        self.settle()
        unlisten(self)
        self.hooks = None
        self.recorder.sink.close()

    def settle(self) -> None:
        """Take what the hooks still keep."""
        if self.hooks is not None:
            self.hooks.settle()

    def heaviest(self) -> list[str]:
        """Return the lines that sent most of the current test's queries."""
        return [f"  {times} from {site}   {site.text}" for site, times in self.lines.most_common(3)]

    def executed(self, execution: Execution) -> None:
        """Write a query of a test's call phase; count any other."""
        label = execution.label or ""
        if not label.endswith(CALL):
            self.around.add(1, execution.seconds * 1000)
            return
        self.call.add(1, execution.seconds * 1000)
        if execution.facts.site is not None:
            self.lines[execution.facts.site] += 1
        if self.recorder is not None:
            self.recorder.executed(execution._replace(label=label.removesuffix(CALL)))

    def observed(self, fact: Fact | RerunLine, pool: Any) -> None:
        """Write what was seen beside queries in a call phase."""
        label = getattr(getattr(fact, "scope", None), "label", None) or ""
        if self.recorder is not None and label.endswith(CALL):
            self.recorder.observed(without_phase(fact), pool)

    def mapped(self, registry: Any) -> None:
        """Write what the program maps."""
        if self.recorder is not None:
            self.recorder.mapped(registry)

    def paused(self) -> None:
        """Write what was taken."""
        if self.recorder is not None:
            self.recorder.paused()

    def forked(self) -> None:
        """Know a child process by its own number."""
        if self.recorder is not None:
            self.recorder.forked()

    def failed(self, handler: str, error: Exception) -> None:
        """Write that queries are missing."""
        if self.recorder is not None:
            self.recorder.failed(handler, error)


def without_phase(fact: Any) -> Any:
    """Return a fact whose label is a test's name alone."""
    from dataclasses import replace

    label = fact.scope.label.removesuffix(CALL)
    return replace(fact, scope=replace(fact.scope, label=label))
