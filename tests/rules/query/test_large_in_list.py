from tests.rules.query.statements import judged

from asa.rules.query.large_in_list import RULE


def listed(size: int, mark: str = "${}::INTEGER") -> str:
    marks = ", ".join(mark.format(place) for place in range(1, size + 1))
    return f"SELECT id FROM orders WHERE orders.user_id IN ({marks})"


def test_a_list_of_thousands_is_named() -> None:
    (found,) = judged(RULE, listed(2_500))
    assert (found.subject, found.summary) == ("orders.user_id", "2,500 values")
    assert found.fix is not None
    assert "any_(literal(values, ARRAY(...)))" in found.fix.text
    assert max(len(line) for line in dict(found.evidence)["query"].splitlines()) < 80


def test_other_databases_have_no_arrays() -> None:
    (found,) = judged(RULE, listed(2_500, "%s"), dialect="mysql")
    assert found.fix is not None
    assert "ARRAY" not in found.fix.text


def test_what_selectinload_sends_is_left_alone() -> None:
    assert not judged(RULE, listed(500))
    assert not judged(RULE, listed(1_000))
    assert not judged(RULE, "SELECT id FROM orders WHERE user_id = ANY($1)", list(range(5_000)))


def test_what_took_no_time_is_left_alone() -> None:
    assert not judged(RULE, listed(2_500), total_ms=3.0)


def test_rows_of_values_are_no_list() -> None:
    rows = ", ".join("(1, 'x')" for _ in range(2_000))
    assert not judged(RULE, f"INSERT INTO orders (id, state) VALUES {rows}")
