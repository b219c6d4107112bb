from pathlib import Path

import asa.rules
from asa.rules import RULES, rule_named

ROOM = Path(asa.rules.__file__).parent
HEADINGS = ("What it does:", "Why it matters:", "Example:", "Fix:", "When to ignore:")


def test_ids_are_unique_and_found() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule_named(rule.id) is rule for rule in RULES)
    assert rule_named("nothing") is None


def test_every_rule_is_the_module_of_its_name_and_has_a_test_of_it() -> None:
    tests = Path(__file__).parent
    for rule in RULES:
        name = rule.id.replace("-", "_")
        assert (ROOM / rule.family / f"{name}.py").is_file(), rule.id
        assert (tests / rule.family / f"test_{name}.py").is_file(), rule.id


def test_every_page_has_its_headings_in_order() -> None:
    for rule in RULES:
        lines = rule.page.splitlines()
        assert [line for line in lines if line in HEADINGS] == list(HEADINGS), rule.id
        assert all(len(line) <= 96 for line in lines), rule.id


def test_every_module_with_a_rule_is_registered() -> None:
    written = {
        path.stem.replace("_", "-")
        for path in ROOM.glob("*/*.py")
        if "\nRULE = Rule(" in path.read_text(encoding="utf-8")
    }
    assert written == {rule.id for rule in RULES}
