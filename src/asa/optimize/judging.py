"""What the rules say of a case, put together: findings, silences and what was judged."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import cast

from asa.model.case import Case
from asa.model.finding import Finding, Refuted
from asa.model.judgement import Judgement, NotJudged, ranked
from asa.model.literal import assignments
from asa.model.plan import NotPlanned, Plan
from asa.model.workload import QueryClass, Workload
from asa.optimize.proof import UNLIKE
from asa.rules import query_rules
from asa.rules.query.missing_index import ID
from asa.sql.shown import shortened

__all__ = ["dialect_of", "judged", "judgement", "unlike", "with_values"]


def judged(case: Case) -> tuple[list[Finding], list[NotJudged]]:
    """Ask every rule of the dialect."""
    findings: list[Finding] = []
    silences: list[NotJudged] = []
    for rule in query_rules():
        if case.dialect is not None and case.dialect not in rule.dialects:
            continue
        check = cast("Callable[[Case], Iterable[Finding | NotJudged]]", rule.check)
        for answer in check(case):
            if isinstance(answer, Finding):
                findings.append(answer)
            else:
                silences.append(answer)
    return findings, silences


def with_values(case: Case, finding: Finding) -> Finding:
    """Return a finding with the values of its slowest execution."""
    for fingerprint in finding.fingerprints:
        query_class = case.query_class(fingerprint)
        sets = query_class.parameter_sets if query_class else ()
        if sets and sets[0].parameters is not None:
            shown = ("values", assignments(sets[0].parameters))
            return replace(finding, evidence=(*finding.evidence, shown))
    return finding


def unlike(
    case: Case, findings: Iterable[Finding], fingerprints: Iterable[str]
) -> Iterator[NotJudged]:
    """Yield each class of which only a plan unlike the server's could be had."""
    told = {name for finding in findings if finding.rule == ID for name in finding.fingerprints}
    for name in fingerprints:
        query_class = case.query_class(name)
        if query_class is not None and name not in told:
            yield NotJudged(short(query_class), UNLIKE)


def judgement(case: Case, findings: Iterable[Finding], silences: Iterable[NotJudged]) -> Judgement:
    """Put findings and silences together; what the proof refuted is no finding."""
    findings = list(findings)
    kept = [f for f in findings if not isinstance(f.proof, Refuted)]
    return Judgement(
        findings=ranked(kept),
        judged=tuple(judged_things(case)),
        refuted=tuple(f for f in findings if isinstance(f.proof, Refuted)),
        not_judged=tuple(silences),
        not_planned=tuple(not_planned(case)),
    )


def judged_things(case: Case) -> Iterable[str]:
    """Yield what was looked at, one clause each."""
    classes = len(case.workload.classes)
    yield f"{classes:,} query class{'' if classes == 1 else 'es'}"
    if case.schema:
        planned = sum(isinstance(plan, Plan) for plan in case.plans.values())
        tables = len(case.schema.tables)
        yield f"{planned:,} planned"
        yield f"{tables:,} table{'' if tables == 1 else 's'}"
    else:
        yield "none planned"


def not_planned(case: Case) -> Iterable[NotJudged]:
    """Yield each query class without a plan, and why."""
    for query_class in case.workload.classes:
        plan = case.plans.get(query_class.fingerprint)
        if isinstance(plan, NotPlanned):
            yield NotJudged(short(query_class), plan.reason)


def short(query_class: QueryClass) -> str:
    """Return a class in one line."""
    return shortened(query_class.sql, 60, 1, query_class.dialect)


def dialect_of(workload: Workload) -> str | None:
    """Return the dialect of a log, where it tells one."""
    return next((c.dialect for c in workload.classes if c.dialect), None)
