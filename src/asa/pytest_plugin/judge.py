"""Judges a run's capture by the rules of `asa optimize`."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from asa.errors import EmptyLogError
from asa.model.capture_line import line_from_json
from asa.model.case import Case
from asa.model.judgement import Judgement, ranked
from asa.optimize.judging import dialect_of
from asa.optimize.judging import judged as judged_by_rules
from asa.pytest_plugin.marks import Ignored
from asa.rules import query_rules
from asa.workload import read_workload

__all__ = ["judged"]


def judged(file: Path, ignored: Iterable[Ignored]) -> Judgement:
    """Return the findings of a run.

    A rule that is ignored in some tests judges the capture without those: what it finds in
    others stays, and its counts are theirs.

    Raises:
        AsaError: The capture cannot be read.
    """
    silent: dict[str, set[str]] = {}
    for one in ignored:
        silent.setdefault(one.rule, set()).add(one.test)
    tests_of = {rule.id: frozenset(silent.get(rule.id, ())) for rule in query_rules()}
    findings = []
    for tests in dict.fromkeys(tests_of.values()):
        case = case_without(file, tests)
        if case is not None:
            found, _ = judged_by_rules(case)
            findings += [finding for finding in found if tests_of[finding.rule] == tests]
    return Judgement(findings=ranked(findings))


def case_without(file: Path, tests: frozenset[str]) -> Case | None:
    """Return what rules judge, without some tests; None where nothing was sent."""
    try:
        if not tests:
            return case_of(file)
        with TemporaryDirectory(prefix="asa-") as directory:
            part = Path(directory) / file.name
            with file.open(encoding="utf-8") as lines, part.open("w", encoding="utf-8") as kept:
                kept.writelines(line for line in lines if label_of(line) not in tests)
            return case_of(part)
    except EmptyLogError:
        return None


def case_of(file: Path) -> Case:
    """Return a capture as rules judge it, planned on nothing."""
    workload = read_workload([str(file)])
    return Case(workload, None, dialect_of(workload))


def label_of(line: str) -> str | None:
    """Return the test that a line of a capture belongs to."""
    try:
        scope = getattr(line_from_json(line), "scope", None)
    except ValueError:
        return None
    return getattr(scope, "label", None)
