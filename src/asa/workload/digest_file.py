"""A digest in a file: JSON lines, the header first; merging such files loses nothing.

The file holds bound values, unless it was written without, and is readable by its owner only.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from asa import __version__
from asa.atomic_file import replacing
from asa.errors import LogError, UsageError
from asa.model.mapped_json import mapped_form, mapped_from
from asa.model.parameter import parameters_from_json, parameters_json
from asa.model.record import CallSite
from asa.model.record_json import fact_form, fact_from, site_form, site_from
from asa.model.workload import Source
from asa.workload.digest import Digest
from asa.workload.histogram import Histogram
from asa.workload.query_class import ClassTotals
from asa.workload.readers.log import Log
from asa.workload.scope_json import Form, closed_form, closed_into, scope_form, scope_into
from asa.workload.timeline import Timeline
from asa.workload.values import ParameterSets

__all__ = ["FORMAT", "read", "recognises", "write"]

FORMAT = 1
"""Grows when a reader of the old form could misread the new one."""

MARK = b'{"kind":"digest"'
encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is a digest."""
    return head.startswith(MARK)


def write(digest: Digest, file: Path, *, values: bool = True, force: bool = False) -> None:
    """Write a digest beside its place and move it there, readable by its owner only.

    Args:
        digest: What to write.
        file: Where it is to be.
        values: Whether bound values, and statements with their literals, are kept.
        force: Whether a file there may be replaced.

    Raises:
        UsageError: The file exists, or cannot be written.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} exists", f"--force replaces {file}, or name another with -o")
    try:
        with replacing(file) as beside, beside.open("w", encoding="utf-8") as written:
            for form in forms(digest, values=values):
                written.write(encode(form) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def read(log: Log) -> Digest:
    """Read a digest back.

    Raises:
        LogError: It is torn, no digest, or a later asa wrote it in another form.
    """
    digest = Digest()
    whole = False
    reached = 0
    try:
        for number, row in log.rows():
            reached = number
            whole = take(digest, log.name, json.loads(row)) or whole
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise broken(log, reached) from None
    if not whole:
        raise broken(log, 0)
    return digest


def take(digest: Digest, name: str, form: Form) -> bool:
    """Read one line of a file into a digest; say whether it is the last."""
    kind = form["kind"]
    if kind == "digest" and form["format"] > FORMAT:
        raise LogError(
            f"{name} was written by asa {form['asa']}, which this asa is too old to read",
            "pip install --upgrade asa-toolkit",
        )
    if kind in READERS:
        READERS[kind](digest, form)
    return bool(kind == "end")


def broken(log: Log, number: int) -> LogError:
    """Make the error for a file that does not hold what was written."""
    place = f"line {number} is damaged" if number else "its end is missing"
    return LogError(f"{log.name} is no whole digest: {place}", "asa digest LOG... -o FILE")


def forms(digest: Digest, *, values: bool) -> Iterator[Form]:
    """Yield the lines of a digest's file."""
    yield {
        "kind": "digest",
        "format": FORMAT,
        "asa": __version__,
        "records": digest.records,
        "dropped": digest.dropped,
        "values": values,
        "width_s": digest.timeline.width_s,
        "timeline": list(digest.timeline.calls.items()),
    }
    for source in digest.sources:
        yield {"kind": "source", **{name: getattr(source, name) for name in Source.__slots__}}
    for mapped in digest.mapped:
        yield {"kind": "mapped", "class": mapped_form(mapped)}
    for totals in digest.classes.values():
        yield class_form(totals, values=values)
    for scope in digest.scopes.values():
        yield scope_form(scope)
    for key, repetition in digest.closed.items():
        yield closed_form(key, repetition)
    for (kind, text), amounts in digest.events.known.items():
        yield {"kind": "event", "of": kind, "text": text, "amounts": amounts}
    for fact, times, total_ns in digest.observed.entries():
        yield {"kind": "observed", "fact": fact_form(fact), "times": times, "total_ns": total_ns}
    yield {"kind": "end"}


def header_into(digest: Digest, form: Form) -> None:
    """Read the header."""
    digest.records, digest.dropped = int(form["records"]), int(form["dropped"])
    calls = {int(interval): int(n) for interval, n in form["timeline"]}
    digest.timeline = Timeline(int(form["width_s"]), calls)


def source_into(digest: Digest, form: Form) -> None:
    """Read one log's name."""
    facts = {name: form[name] for name in Source.__slots__}
    facts["unreadable"] = tuple((n, int(line), r) for n, line, r in form["unreadable"])
    digest.sources.append(Source(**facts))


def mapped_into(digest: Digest, form: Form) -> None:
    """Read one mapped class."""
    digest.mapped[mapped_from(form["class"])] = None


PLAIN = (
    "fingerprint", "dialect", "truncated", "calls", "errors", "timed", "total_ns", "min_ns",
    "max_ns", "shown_ns", "rows", "first_seen", "last_seen",
)  # fmt: skip


def class_form(totals: ClassTotals, *, values: bool) -> Form:
    """Return one class."""
    sets = totals.parameter_sets
    form: Form = {"kind": "class", **{name: getattr(totals, name) for name in PLAIN}}
    form["sql"] = totals.sql if values else totals.fingerprint
    form["histogram"] = list(totals.histogram.counts.items())
    form["call_sites"] = [[site_form(site), n] for site, n in totals.call_sites.items()]
    form["origins"] = [[*origin, n] for origin, n in totals.origins.items()]
    if values:
        form["plan"], form["plan_ns"] = totals.plan, totals.plan_ns
        form["slowest"] = sets_form(sets.slowest)
        form["sampled"] = sets_form(sets.sampled)
    return form


def class_into(digest: Digest, form: Form) -> None:
    """Read one class."""
    totals = ClassTotals(form["fingerprint"], form["sql"], form["dialect"])
    for name in PLAIN:
        setattr(totals, name, form[name])
    if isinstance(form.get("plan"), str):
        totals.keep_plan(form["plan"], int(form["plan_ns"]))
    totals.histogram = Histogram({int(bucket): int(n) for bucket, n in form["histogram"]})
    totals.call_sites = {known(site_from(site)): int(n) for site, n in form["call_sites"]}
    totals.origins = {(user, db, app): int(n) for user, db, app, n in form["origins"]}
    totals.parameter_sets = ParameterSets()
    totals.parameter_sets.slowest = sets_from(form.get("slowest", ()))
    totals.parameter_sets.sampled = sets_from(form.get("sampled", ()))
    digest.classes[totals.fingerprint, totals.dialect] = totals


def sets_form(sets: Any) -> list[list[object]]:
    """Return parameter sets with their hashes and times."""
    return [
        [key.hex(), duration_ns, json.loads(parameters_json(parameters) or "null")]
        for key, (duration_ns, parameters) in sets.items()
    ]


def sets_from(form: Any) -> Any:
    """Read parameter sets."""
    return {
        bytes.fromhex(key): (int(duration_ns), parameters_from_json(parameters))
        for key, duration_ns, parameters in form
    }


def event_into(digest: Digest, form: Form) -> None:
    """Read events of one kind and text."""
    times, total, greatest = form["amounts"]
    digest.events.add(form["of"], form["text"], int(times), int(total), int(greatest))


def observed_into(digest: Digest, form: Form) -> None:
    """Read what was seen beside queries at one place."""
    digest.observed.add(fact_from(form["fact"]), int(form["times"]), int(form["total_ns"]))


def known(site: CallSite | None) -> CallSite:
    """Return a line that must be there."""
    if site is None:
        raise ValueError("no line")
    return site


READERS: dict[str, Callable[[Digest, Form], None]] = {
    "digest": header_into,
    "source": source_into,
    "mapped": mapped_into,
    "class": class_into,
    "scope": scope_into,
    "closed": closed_into,
    "event": event_into,
    "observed": observed_into,
}
