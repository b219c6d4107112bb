from pathlib import Path

import asa.rules
from asa.rules import RULES, rule_named

ROOM = Path(asa.rules.__file__).parent
HEADINGS = ("What it does:", "Why it matters:", "Example:", "Fix:", "When to ignore:", "See Also:")
MANUALS = (
    "https://docs.sqlalchemy.org/en/20/",
    "https://alembic.sqlalchemy.org/en/latest/",
    "https://www.postgresql.org/docs/current/",
    "https://wiki.postgresql.org/wiki/",
    "https://dev.mysql.com/doc/refman/8.4/en/",
    "https://mariadb.com/kb/en/",
    "https://www.sqlite.org/",
    "https://docs.python.org/3/",
)


def test_ids_are_unique_and_found() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule_named(rule.id) is rule for rule in RULES)
    assert rule_named("nothing") is None


def test_what_a_traceback_shows_belongs_to_one_rule() -> None:
    shown = [error.lower() for rule in RULES for error in rule.errors]
    assert len(set(shown)) == len(shown)


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


def test_every_page_ends_with_one_to_three_links_to_the_manuals() -> None:
    for rule in RULES:
        links = rule.page.partition("See Also:\n")[2].split()
        assert 1 <= len(links) <= 3, rule.id
        assert len(set(links)) == len(links), rule.id
        for link in links:
            assert link.startswith(MANUALS), (rule.id, link)


def test_every_module_with_a_rule_is_registered() -> None:
    written = {
        path.stem.replace("_", "-")
        for path in ROOM.glob("*/*.py")
        if "\nRULE = Rule(" in path.read_text(encoding="utf-8")
    }
    assert written == {rule.id for rule in RULES}
