"""The lines of a capture: one JSON object each, told apart by `kind`.

A capture begins with its `header`. Each Python process that reported in wrote a `process`
line, a `library` line once it imported SQLAlchemy, and a `mapped` line with the classes that it
maps; a `query` line is one execution; an `end` line says that the command ended while asa
watched. Lines named in `record_json.FACTS` tell of connections and of loads that failed. A rerun
for a proof adds `origin`, `read` and `outcome` lines. The recorder, inside the user's program,
and the reader share this module, so it needs only the standard library.
"""

import json
from dataclasses import dataclass
from typing import Any

from .mapped_json import mapped_form, mapped_from
from .mapping import MappedClass
from .observation import Fact
from .parameter import parameters_from_json
from .record import QueryRecord
from .record_json import (
    FACTS,
    fact_form,
    fact_from,
    load_form,
    load_from,
    scope_from,
    site_form,
    site_from,
)

__all__ = [
    "FORMAT",
    "CaptureEnd",
    "CaptureHeader",
    "CaptureLine",
    "LibraryLine",
    "MappedLine",
    "OriginLine",
    "OutcomeLine",
    "ProcessLine",
    "ReadLine",
    "RerunLine",
    "SubstitutedLine",
    "TroubleLine",
    "fact_to_json",
    "line_from_json",
    "line_to_json",
    "query_head",
    "query_line",
    "scope_json",
]

FORMAT = 1
"""Grows when a reader of the old form could misread the new one."""


@dataclass(frozen=True, slots=True)
class CaptureHeader:
    """What was captured.

    Attributes:
        format: Version of the file's form.
        asa: Version of asa.
        python: Version of the Python that asa ran on.
        command: The command's words; passwords inside URLs are starred out.
        directory: Where the command was started; files below it are named relative to it.
        revision: The git commit checked out there, `-dirty` behind it where files had
            changed; None outside a repository.
        started_at: Seconds since the epoch, UTC.
        values: Whether bound values were kept.
    """

    format: int
    asa: str
    python: str
    command: tuple[str, ...]
    directory: str
    revision: str | None
    started_at: float
    values: bool


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A Python process that reported in."""

    process: int
    parent: int
    python: str
    started_at: float


@dataclass(frozen=True, slots=True)
class LibraryLine:
    """A process imported SQLAlchemy of that version."""

    process: int
    sqlalchemy: str


@dataclass(frozen=True, slots=True)
class MappedLine:
    """What a process maps, told when it first queries one of the classes."""

    process: int
    classes: tuple[MappedClass, ...]


@dataclass(frozen=True, slots=True)
class SubstitutedLine:
    """A rerun loaded other source than the file's."""

    process: int
    file: str


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """A handler failed in a process: at least one query was not recorded, or not wholly.

    Attributes:
        process: Operating system process id.
        handler: Where in the recorder.
        error: Class name of the exception.
    """

    process: int
    handler: str
    error: str


@dataclass(frozen=True, slots=True)
class OriginLine:
    """A rerun came by a line where a loader option is put to the proof.

    Attributes:
        process: Operating system process id.
        file: The line's file, as call sites name it.
        line: Counted from 1.
        options: How many options were added to the statement.
        columns: Hash of the values of each column that came back, by its name; in the order
            of the rows where the statement has one. None where the driver shows no rows.
    """

    process: int
    file: str
    line: int
    options: int
    columns: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A rerun read a watched attribute of an entity that a line had loaded.

    Attributes:
        process: Operating system process id.
        file: The line's file, as call sites name it.
        line: Counted from 1.
        attribute: Its name, without the class.
    """

    process: int
    file: str
    line: int
    attribute: str


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One phase of a test ended, in pytest's words."""

    process: int
    test: str
    phase: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CaptureEnd:
    """The command ended; `exit_code` as a shell would tell it."""

    exit_code: int
    ended_at: float


Remark = (
    CaptureHeader
    | ProcessLine
    | LibraryLine
    | MappedLine
    | SubstitutedLine
    | TroubleLine
    | OriginLine
    | ReadLine
    | OutcomeLine
    | CaptureEnd
)
CaptureLine = QueryRecord | Fact | Remark
RerunLine = OriginLine | ReadLine
"""What only a rerun tells while its program runs."""

KINDS: dict[str, type[Remark]] = {
    "header": CaptureHeader,
    "process": ProcessLine,
    "library": LibraryLine,
    "mapped": MappedLine,
    "substituted": SubstitutedLine,
    "trouble": TroubleLine,
    "origin": OriginLine,
    "read": ReadLine,
    "outcome": OutcomeLine,
    "end": CaptureEnd,
}
NAMES = {remark: kind for kind, remark in KINDS.items()}

encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
quoted = json.encoder.encode_basestring_ascii


def line_to_json(remark: Remark) -> str:
    """Return the line of anything but a query, with its end."""
    fields = {name: getattr(remark, name) for name in remark.__slots__}
    if isinstance(remark, MappedLine):
        fields["classes"] = [mapped_form(one) for one in remark.classes]
    return encode({"kind": NAMES[type(remark)], **fields}) + "\n"


def fact_to_json(fact: Fact) -> str:
    """Return the line of what was seen beside queries, with its end."""
    return encode(fact_form(fact)) + "\n"


def query_head(record: QueryRecord) -> str:
    """Return the part of a query's line that is the same each time the same line sends it.

    Statement, dialect, database, entity, call site with its callers, and load; nothing else is
    looked at.
    """
    form: dict[str, object] = {"kind": "query", "sql": record.sql}
    for name in ("dialect", "database", "entity"):
        value = getattr(record, name)
        if value is not None:
            form[name] = value
    if record.call_site is not None:
        form["call_site"] = site_form(record.call_site)
    if record.callers:
        form["callers"] = [site_form(site) for site in record.callers]
    if record.load is not None:
        form["load"] = load_form(record.load)
    return encode(form)[:-1]


def query_line(
    head: str,
    parameters: str | None,
    executions: int,
    duration_ms: float,
    started_at: float,
    rows: int | None,
    error: str | None,
    scope: str,
    *,
    batch: bool = False,
) -> str:
    """Return the line of one execution, with its end.

    Args:
        head: What `query_head` made.
        parameters: JSON of the parameters, as `asa.model.parameter` makes it.
        executions: As in `QueryRecord`, like the four that follow.
        duration_ms: Milliseconds.
        started_at: Seconds since the epoch.
        rows: Rows returned or affected.
        error: Class name of an exception.
        scope: What `scope_json` made.
        batch: As in `QueryRecord`.
    """
    line = (
        f'{head},"executions":{executions},"duration_ms":{duration_ms:.4f},'
        f'"started_at":{started_at:.6f}'
    )
    if rows is not None:
        line += f',"rows":{rows}'
    if error is not None:
        line += f',"error":{quoted(error)}'
    if batch:
        line += ',"batch":true'
    if parameters is not None:
        line += f',"parameters":{parameters}'
    return f'{line},"scope":{scope}}}\n'


def scope_json(
    process: int,
    task: str | None,
    session: str | None,
    transaction: str | None,
    label: str | None,
    gather: str | None = None,
) -> str:
    """Return the JSON of a `Scope` of those parts; session, transaction and gather are numbers."""
    form = f'{{"process":{process}'
    if task is not None:
        form += f',"task":{quoted(task)}'
    if session is not None:
        form += f',"session":"{session}"'
    if transaction is not None:
        form += f',"transaction":"{transaction}"'
    if gather is not None:
        form += f',"gather":"{gather}"'
    return f"{form}}}" if label is None else f'{form},"label":{quoted(label)}}}'


def line_from_json(text: str) -> CaptureLine | None:
    """Read one line of a capture; None for a kind that this version does not know.

    Raises:
        ValueError: It is no line of a capture; the message is a clause without values.
    """
    try:
        form = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not whole JSON") from None
    kind = str(form.get("kind", "")) if isinstance(form, dict) else ""
    if not kind:
        raise ValueError("not a line of a capture")
    try:
        if kind == "query":
            return query_from(form)
        if kind in FACTS:
            return fact_from(form)
        remark = KINDS.get(kind)
        return None if remark is None else remark_from(remark, form)
    except (KeyError, TypeError, AttributeError):
        raise ValueError(f"a {kind} line without what belongs there") from None


def remark_from(remark: type[Remark], form: dict[str, Any]) -> Remark:
    """Read a line that is no query."""
    fields = {name: form[name] for name in remark.__slots__}
    if remark is CaptureHeader:
        fields["command"] = tuple(fields["command"])
    if remark is MappedLine:
        fields["classes"] = tuple(map(mapped_from, fields["classes"]))
    return remark(**fields)


def query_from(form: dict[str, Any]) -> QueryRecord:
    """Read the line of one execution."""
    if not isinstance(form["sql"], str):
        raise TypeError
    return QueryRecord(
        sql=form["sql"],
        dialect=form.get("dialect"),
        parameters=parameters_from_json(form.get("parameters")),
        executions=form.get("executions", 1),
        duration_ms=form.get("duration_ms"),
        started_at=form.get("started_at"),
        rows=form.get("rows"),
        database=form.get("database"),
        entity=form.get("entity"),
        call_site=site_from(form.get("call_site")),
        load=load_from(form.get("load")),
        scope=scope_from(form.get("scope", {})),
        error=form.get("error"),
        batch=form.get("batch", False),
        callers=tuple(site for one in form.get("callers", ()) if (site := site_from(one))),
    )
