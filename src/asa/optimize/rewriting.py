"""Put claims about other SQL to the proof: plan both statements on the same database."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl
from asa.model.case import Case
from asa.model.finding import Finding, Instead, Proof, Proved, Refuted, Severity, Unproved
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.workload import QueryClass
from asa.optimize.advice import marked
from asa.optimize.explain import values_of
from asa.optimize.trial import LEAST_SAVED, MOST_LOST, Trial, sorts, whole

__all__ = ["prove_rewrites"]


async def prove_rewrites(
    database: DatabaseUrl, case: Case, findings: Iterable[Finding], load: Load
) -> list[Finding]:
    """Stamp each finding that offers another statement: proved, unproved or refuted.

    Nothing is run: both are planned as the database is, with values of the log.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    findings = list(findings)
    if not any(f.instead and f.proof is None for f in findings):
        return findings
    async with connection_to(database) as connection:
        explain = dialect_named(database.dialect).explain

        async def planned(sql: str, values: Parameters) -> Plan | NotPlanned:
            if connection.invalidated:
                return NotPlanned("the server fell silent")
            return await load.planned(partial(explain, connection, sql, values))

        answers = []
        for finding in findings:
            query_class = case.query_class(finding.fingerprints[0]) if finding.instead else None
            if finding.instead is None or finding.proof is not None or query_class is None:
                answers.append(finding)
                continue
            pairs = [
                (
                    await planned(query_class.sql, values),
                    await planned(finding.instead.sql, renamed(finding.instead, values)),
                )
                for values in values_of(query_class)
            ]
            answers.append(judged(case, query_class, finding, pairs))
        return answers


def renamed(instead: Instead, values: Parameters) -> Parameters:
    """Return the values of a class by the names that the other statement has for them."""
    if values is None:
        return None
    named = values.items() if isinstance(values, dict) else enumerate(values)
    held: dict[int | str, object] = dict(named)
    return {f"p{n}": held.get(key) for n, key in enumerate(instead.keys)}


def judged(
    case: Case,
    query_class: QueryClass,
    finding: Finding,
    pairs: Iterable[tuple[Plan | NotPlanned, Plan | NotPlanned]],
) -> Finding:
    """Return a finding with what the plans of both statements say of it."""
    done: list[Trial] = []
    for before, after in pairs:
        if isinstance(before, NotPlanned) or isinstance(after, NotPlanned):
            reason = before.reason if isinstance(before, NotPlanned) else ""
            reason = reason or (after.reason if isinstance(after, NotPlanned) else "")
            return replace(finding, proof=Unproved(reason))
        costs = (before.cost or 0.0, after.cost or 0.0)
        done.append(Trial(query_class, before, after, *costs))
    best = max(done, key=lambda one: (one.share, whole(one.before) - whole(one.after)))
    doubts = [why for one in done if (why := doubt(one))]
    if len(doubts) == len(done) or any(one.before.cost and dearer(one) for one in done):
        return replace(finding, proof=Refuted(doubts[0] if doubts else "other values cost more"))
    return replace(
        finding,
        severity=max(finding.severity, Severity.WARNING),
        proof=proof_of(case, finding, best),
        weight=(query_class.total_ms or 0.0) * (best.share if best.before.cost else 1.0),
    )


def proof_of(case: Case, finding: Finding, best: Trial) -> Proof:
    """Return the two plans side by side."""
    server = f"{case.server.flavour} " if case.server else ""
    how = finding.instead.how if finding.instead else ""
    label = f"both planned on {server}here" if server else "both planned here"
    label = f"{label}, {how}" if how else label
    before, after = marked(best.before.lines, best.after.lines)
    return Proved(": ".join(filter(None, (label, best.costs))), before, after)


def dearer(one: Trial) -> bool:
    """Tell whether the other statement costs more, or sorts where no cost tells it."""
    return one.share < -MOST_LOST or sorts(one.after) > sorts(one.before)


def doubt(one: Trial) -> str | None:
    """Return why the other statement would not help; None where it helps."""
    if one.before.cost and one.after.cost is not None:
        fewer = sorts(one.after) < sorts(one.before) and one.share >= 0
        if one.share >= LEAST_SAVED or fewer:
            return None
        return f"the other statement saves {max(one.share, 0):.0%} of the cost"
    fewer = whole(one.after) < whole(one.before)
    same = whole(one.after) == whole(one.before) and sorts(one.after) < sorts(one.before)
    return None if fewer or same else "the other statement reads as much"
