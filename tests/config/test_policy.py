"""Settings choose rules, weigh them, and leave files out."""

from pathlib import Path

import pytest

from asa.cli.policy import under_policy
from asa.config import Policy, find_config
from asa.errors import ConfigurationError
from asa.model.finding import Finding, Location, Severity
from asa.model.judgement import Judgement

FOUND = Judgement(
    (
        Finding("n-plus-one", Severity.ERROR, "Order.items", location=Location("app/api.py", 3)),
        Finding("float-money", Severity.WARNING, "Order.price", location=Location("app/m.py", 5)),
        Finding("dropped-column", Severity.WARNING, "orders.x", location=Location("m/1.py", 9)),
    )
)


def policy(root: Path, text: str) -> Policy:
    (root / "asa.toml").write_text(text)
    return find_config(root, {}).policy


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ["n-plus-one", "float-money", "dropped-column"]),
        ('select = ["query"]', ["n-plus-one"]),
        ('select = ["query", "float-money"]', ["n-plus-one", "float-money"]),
        ('ignore = ["model", "n-plus-one"]', ["dropped-column"]),
        ('ignore = "float-money"', ["n-plus-one", "dropped-column"]),
        ('[per-file]\n"app/*" = ["model"]', ["n-plus-one", "dropped-column"]),
        ('[per-file]\n"lib/*" = ["model"]', ["n-plus-one", "float-money", "dropped-column"]),
    ],
)
def test_rules_and_families_are_chosen(tmp_path: Path, text: str, left: list[str]) -> None:
    findings = under_policy(FOUND, policy(tmp_path, text)).findings
    assert [finding.rule for finding in findings] == left


def test_a_severity_is_laid_over_the_rule_s_own(tmp_path: Path) -> None:
    judged = under_policy(FOUND, policy(tmp_path, '[severity]\nfloat-money = "error"'))
    assert [finding.severity.name for finding in judged.findings] == ["ERROR", "ERROR", "WARNING"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("select = 3", "must be a list of rules", "asa rules"),
        ("severity = 3", "must be a table", "rule-id"),
        ('[severity]\nfloat-money = "high"', "error, warning or info", "ignore"),
        ('[per-file]\n"a" = 3', "must be a list of rules", "asa rules"),
        ('selekt = ["query"]', "unknown key", "select"),
    ],
)
def test_a_wrong_setting_is_told(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        policy(tmp_path, text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_rule_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        under_policy(FOUND, policy(tmp_path, 'ignore = ["float-mony"]'))
    assert "float-mony" in caught.value.message
    assert "float-money" in caught.value.hint
