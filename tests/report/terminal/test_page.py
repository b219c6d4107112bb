"""A rule's page fits the terminal, and says there what it says anywhere."""

import io

from rich.console import Console

from asa.report.terminal.page import filled
from asa.report.terminal.style import Symbol, line
from asa.rules import RULES


def test_every_page_fits_80_columns_and_keeps_its_words() -> None:
    for rule in RULES:
        page = rule.page.strip()
        lines = list(filled(page, 80))
        assert all(len(text) <= 80 or "http" in text for text in lines), rule.id
        assert " ".join(lines).split() == page.split(), rule.id


def test_code_keeps_its_line_and_prose_is_filled() -> None:
    page = (
        "Fix:\n    select(Order).where(Order.id == 1)\n    A sentence\n    of two lines, too long."
    )
    assert list(filled(page, 39)) == [
        "Fix:",
        "    select(Order).where(Order.id == 1)",
        "    A sentence",
        "    of two lines, too long.",
    ]
    assert list(filled(page, 26))[3:] == ["    A sentence of two", "    lines, too long."]


def test_a_line_breaks_between_words_on_a_terminal_and_not_in_a_pipe() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=20)
    pipe = Console(file=io.StringIO(), width=20)
    said = "no Alembic environment here"
    assert line(pipe, Symbol.CHANGE, said, indent=0).plain == f"x {said}"
    assert line(terminal, Symbol.CHANGE, said).plain.splitlines() == [
        "  x no Alembic",
        "    environment here",
    ]
