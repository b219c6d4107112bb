"""A review tells a note in full once, and warnings always."""

import io

from rich.console import Console

from asa.model.finding import Finding, Severity
from asa.model.judgement import Judgement
from asa.model.revision import Revision
from asa.report.terminal.review import print_review

FIRST = Revision("aaa1", "aaa1", "start", (), "versions/aaa1.py")
SECOND = Revision("bbb2", "bbb2", "more", ("aaa1",), "versions/bbb2.py")
WHY = (("does", "is a timestamp without time zone"),)


def finding(subject: str, severity: Severity) -> Finding:
    return Finding("naive-timestamp", severity, subject, evidence=WHY)


def printed(severity: Severity, *, verbose: bool = False) -> list[str]:
    findings = [finding(f"orders.{name}", severity) for name in ("placed", "sent", "paid")]
    stream = io.StringIO()
    print_review(
        Console(file=stream, width=80),
        ((FIRST, (findings[0],)), (SECOND, tuple(findings[1:]))),
        Judgement(tuple(findings)),
        verbose=verbose,
    )
    return [row for row in stream.getvalue().splitlines() if row]


def test_a_note_is_told_in_full_once_and_named_after_that() -> None:
    assert printed(Severity.INFO) == [
        "- aaa1  naive-timestamp   versions/aaa1.py",
        "    does    orders.placed: is a timestamp without time zone",
        "- bbb2  naive-timestamp   orders.sent, orders.paid",
        "- 0 errors, 0 warnings, 3 notes",
    ]


def test_warnings_are_told_in_full_and_with_verbose_notes_too() -> None:
    for rows in (printed(Severity.WARNING), printed(Severity.INFO, verbose=True)):
        assert sum(row.startswith("    does    orders.") for row in rows) == 3
