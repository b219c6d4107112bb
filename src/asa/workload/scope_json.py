"""What a digest's file says of scopes: those open at its end, and the repetitions of the others."""

from collections.abc import Iterable
from typing import Any

from asa.model.record import CallSite, RelationshipLoad, Scope
from asa.model.record_json import load_form, load_from, site_form, site_from
from asa.model.workload import Burst
from asa.workload.digest import Digest
from asa.workload.scope import OpenScope, Repetition, Run, scope_key

__all__ = ["Form", "closed_form", "closed_into", "scope_form", "scope_into"]

Form = dict[str, Any]


def scope_form(scope: OpenScope) -> Form:
    """Return a scope that was open at the end."""
    return {
        "kind": "scope",
        "scope": where_form(scope.scope),
        "sent": scope.sent,
        "writes": scope.writes,
        "units": [[unit, sorted(classes)] for unit, classes in scope.units.items()],
        "runs": [[*key_form(key), run_form(run)] for key, run in scope.runs.items()],
        "returned": [[*origin_form(origin), place] for origin, place in scope.returned.items()],
    }


def scope_into(digest: Digest, form: Form) -> None:
    """Read an open scope."""
    scope = OpenScope(where_from(form["scope"]))
    scope.sent = int(form["sent"])
    scope.writes = int(form["writes"])
    scope.units = {str(unit): set(classes) for unit, classes in form.get("units", ())}
    for *key, run in form["runs"]:
        scope.runs[key_from(*key)] = run_from(run)
    scope.returned = {
        (str(mark), site_from(site)): int(place) for mark, site, place in form["returned"]
    }
    key = scope_key(scope.scope)
    if key is not None:
        digest.scopes[key] = scope


def run_form(run: Run) -> Form:
    """Return what one line did in an open scope."""
    form = {name: getattr(run, name) for name in Run.__slots__}
    return {
        **form,
        "chains": chains_form(run.chains.items()),
        "distinct": sorted(one.hex() for one in run.distinct),
        "transactions": sorted(run.transactions),
    }


def run_from(form: Form) -> Run:
    """Read what one line did in an open scope."""
    run = Run(int(form["first"]))
    run.calls, run.total_ns = int(form["calls"]), int(form["total_ns"])
    run.distinct = {bytes.fromhex(one) for one in form["distinct"]}
    run.transactions = set(form["transactions"])
    run.chains = dict(chains_from(form.get("chains", ())))
    run.written = None if form["written"] is None else tuple(form["written"])
    run.seen_at = None if form["seen_at"] is None else tuple(form["seen_at"])
    return run


WORST = ("calls", "distinct_parameters", "total_ms", "span_ms", "writes_between", "transactions")


def closed_form(key: Any, repetition: Repetition) -> Form:
    """Return the repetitions of scopes that ended."""
    worst = repetition.worst
    return {
        "kind": "closed",
        "key": key_form(key),
        "scopes": repetition.scopes,
        "calls": repetition.calls,
        "total_ns": repetition.total_ns,
        "scope": where_form(worst.scope),
        "worst": {name: getattr(worst, name) for name in WORST},
        "chains": chains_form(worst.chains),
        "earlier": [origin_form(origin) for origin in worst.earlier],
    }


def closed_into(digest: Digest, form: Form) -> None:
    """Read repetitions of ended scopes."""
    key = key_from(*form["key"])
    mark, site, load, entity = key
    worst = Burst(
        fingerprint=mark,
        scope=where_from(form["scope"]),
        call_site=site,
        load=load,
        entity=entity,
        chains=chains_from(form.get("chains", ())),
        earlier=tuple((str(before), site_from(line)) for before, line in form["earlier"]),
        **{name: form["worst"][name] for name in WORST},
    )
    digest.closed[key] = Repetition(
        worst, int(form["scopes"]), int(form["calls"]), int(form["total_ns"])
    )


def key_form(key: Any) -> list[object]:
    """Return what a run is known by."""
    mark, site, load, entity = key
    return [*origin_form((mark, site)), None if load is None else load_form(load), entity]


def key_from(
    mark: Any, site: Any, load: Any, entity: Any
) -> tuple[str, CallSite | None, RelationshipLoad | None, str | None]:
    """Read what a run is known by."""
    return str(mark), site_from(site), load_from(load), entity


def chains_form(chains: Iterable[tuple[tuple[CallSite, ...], int]]) -> list[object]:
    """Return the ways to a line with their calls."""
    return [[[site_form(caller) for caller in callers], times] for callers, times in chains]


def chains_from(form: Any) -> tuple[tuple[tuple[CallSite, ...], int], ...]:
    """Read the ways to a line."""
    return tuple(
        (tuple(site for one in callers if (site := site_from(one))), int(times))
        for callers, times in form
    )


def origin_form(origin: tuple[str, CallSite | None]) -> list[object]:
    """Return a class with its line."""
    mark, site = origin
    return [mark, None if site is None else site_form(site)]


def where_form(scope: Scope) -> Form:
    """Return a scope's identity."""
    return {name: getattr(scope, name) for name in Scope.__slots__}


def where_from(form: Form) -> Scope:
    """Read a scope's identity."""
    return Scope(**{name: form.get(name) for name in Scope.__slots__})
