"""Every format against its golden file.

`python -m tests.report.test_formats` writes the files anew; read the difference before you
commit it.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from tests.report.judgements import CLEAN, EMPTY, FULL

from asa.model.judgement import Judgement
from asa.report.form import Form, rendered
from asa.report.terminal.findings import print_judgement
from asa.rules import query_rules

GOLDEN = Path(__file__).parent / "golden"


def on_terminal(judgement: Judgement, *, verbose: bool = False, encoding: str = "utf-8") -> str:
    held = io.BytesIO()
    stream = io.TextIOWrapper(held, encoding=encoding)
    console = Console(file=stream, width=80, highlight=False, soft_wrap=True, emoji=False)
    print_judgement(console, judgement, verbose=verbose)
    stream.flush()
    return held.getvalue().decode(encoding)


def machine(form: Form, judgement: Judgement) -> str:
    return without_version(rendered(form, judgement, query_rules()[:1])) + "\n"


def without_version(text: str) -> str:
    from asa import __version__

    return text.replace(f'"version": "{__version__}"', '"version": "0"')


CASES: dict[str, Callable[[], str]] = {
    "full.txt": lambda: on_terminal(FULL),
    "full-verbose.txt": lambda: on_terminal(FULL, verbose=True),
    "clean.txt": lambda: on_terminal(CLEAN),
    "empty.txt": lambda: on_terminal(EMPTY),
    "full-ascii.txt": lambda: on_terminal(FULL, encoding="ascii"),
    "full.json": lambda: machine(Form.JSON, FULL),
    "full.sarif": lambda: machine(Form.SARIF, FULL),
    "full.github": lambda: machine(Form.GITHUB, FULL),
    "full.md": lambda: machine(Form.MARKDOWN, FULL),
    "clean.github": lambda: machine(Form.GITHUB, CLEAN),
    "clean.md": lambda: machine(Form.MARKDOWN, CLEAN),
}


@pytest.mark.parametrize("name", CASES)
def test_the_format_is_as_its_golden_file(name: str) -> None:
    assert CASES[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["full.txt", "full-verbose.txt", "clean.txt", "full-ascii.txt"])
def test_the_terminal_form_keeps_within_80_columns(name: str) -> None:
    assert max(len(line) for line in CASES[name]().splitlines()) <= 80


def test_sarif_has_what_code_scanning_asks_of_it() -> None:
    log = json.loads(rendered(Form.SARIF, FULL, query_rules()))
    (run,) = log["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert log["version"] == "2.1.0"
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert len(result["locations"]) == 1
    identities = [result["partialFingerprints"]["asa/v1"] for result in run["results"]]
    assert len(set(identities)) == len(identities)


def test_a_github_command_is_one_line_whatever_it_says() -> None:
    lines = rendered(Form.GITHUB, FULL, ()).splitlines()
    assert len(lines) == len(FULL.findings) + 1
    assert "100%25" in lines[2]


def test_the_terminal_has_a_form_of_its_own() -> None:
    with pytest.raises(ValueError, match="terminal"):
        rendered(Form.TERMINAL, FULL, ())


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for file, render in CASES.items():
        (GOLDEN / file).write_text(render(), encoding="utf-8")
