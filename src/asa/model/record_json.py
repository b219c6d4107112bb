"""The JSON forms of a record's parts, shared by captures and digests."""

from typing import Any

from .observation import (
    Fact,
    PoolWait,
    SharedSession,
    TransactionUse,
    UnloadedAttribute,
    UnreturnedConnection,
)
from .record import CallSite, RelationshipLoad, Scope

__all__ = [
    "FACTS",
    "fact_form",
    "fact_from",
    "load_form",
    "load_from",
    "scope_form",
    "scope_from",
    "site_form",
    "site_from",
]

Form = dict[str, Any]

FACTS: dict[str, type[Fact]] = {
    "pool-wait": PoolWait,
    "shared-session": SharedSession,
    "transaction": TransactionUse,
    "unreturned": UnreturnedConnection,
    "unloaded": UnloadedAttribute,
}
"""What a fact's line is called."""

NAMES = {fact: kind for kind, fact in FACTS.items()}


def site_form(site: CallSite) -> dict[str, object]:
    """Return a line of the program in its JSON form."""
    form = {"file": site.file, "line": site.line, "function": site.function, "text": site.text}
    return {**form, "loops": True} if site.loops else form


def site_from(form: Form | None) -> CallSite | None:
    """Read a line of the program."""
    if form is None:
        return None
    loops = form.get("loops", False)
    return CallSite(form["file"], form["line"], form["function"], form.get("text", ""), loops)


def load_form(load: RelationshipLoad) -> dict[str, object]:
    """Return the ORM's facts in their JSON form."""
    form: dict[str, object] = {"path": load.path, "strategy": load.strategy}
    if load.origin is not None:
        form["origin"] = site_form(load.origin)
    if load.collections:
        form["collections"] = load.collections
    if load.base is not None:
        form["base"] = load.base
    if load.failed:
        form["failed"] = True
    return form


def load_from(form: Form | None) -> RelationshipLoad | None:
    """Read the ORM's facts."""
    if form is None:
        return None
    return RelationshipLoad(
        path=tuple(form["path"]),
        strategy=form["strategy"],
        origin=site_from(form.get("origin")),
        collections=tuple(form.get("collections", ())),
        base=form.get("base"),
        failed=form.get("failed", False),
    )


def scope_form(scope: Scope) -> dict[str, object]:
    """Return the parts of a scope that are known."""
    parts = {name: getattr(scope, name) for name in Scope.__slots__}
    return {name: part for name, part in parts.items() if part is not None}


def scope_from(form: Form) -> Scope:
    """Read a scope."""
    return Scope(**{name: form.get(name) for name in Scope.__slots__})


def fact_form(fact: Fact) -> dict[str, object]:
    """Return what was seen beside queries in its JSON form, its kind first."""
    form: dict[str, object] = {"kind": NAMES[type(fact)]}
    for name in fact.__slots__:
        part = getattr(fact, name)
        if isinstance(part, CallSite):
            form[name] = site_form(part)
        elif isinstance(part, Scope):
            form[name] = scope_form(part)
        else:
            form[name] = part
    return form


SITES = ("call_site", "other", "after", "before", "touched", "origin")
TUPLES = ("path", "collections")


def fact_from(form: Form) -> Fact:
    """Read what was seen beside queries.

    Raises:
        KeyError: A part of it is missing.
    """
    fact = FACTS[form["kind"]]
    parts: Form = {name: form[name] for name in fact.__slots__}
    parts["scope"] = scope_from(form["scope"])
    for name in SITES:
        if name in parts:
            parts[name] = site_from(parts[name])
    for name in TUPLES:
        if name in parts:
            parts[name] = tuple(parts[name])
    return fact(**parts)
