"""The machine-readable forms of a judgement, by name."""

from collections.abc import Sequence
from enum import Enum

from asa.model.judgement import Judgement
from asa.model.rule import Rule
from asa.report import github, json, markdown, sarif

__all__ = ["Form", "rendered"]


class Form(str, Enum):
    """How findings are printed."""

    TERMINAL = "terminal"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"


def rendered(form: Form, judgement: Judgement, rules: Sequence[Rule]) -> str:
    """Return a judgement as text in one of the forms other than the terminal's."""
    match form:
        case Form.JSON:
            return json.render(judgement)
        case Form.SARIF:
            return sarif.render(judgement, rules)
        case Form.GITHUB:
            return github.render(judgement)
        case Form.MARKDOWN:
            return markdown.render(judgement)
        case Form.TERMINAL:
            raise ValueError("the terminal's form is printed by report.terminal")
