import re

import pytest
from tests.rules.model.corpus import Case, findings

from asa.model.finding import Severity

BAD = (
    Case(user="name: Mapped[str]", dialect="mysql"),
    Case(user="name: Mapped[str] = mapped_column(String)", dialect="mysql"),
)
GOOD = (
    Case(
        models="""
        class ShortOnMySQL(TypeDecorator):
            impl = String
            cache_ok = True

            def load_dialect_impl(self, dialect):
                return String(255) if dialect.name == "mysql" else String()
    """,
        user="name: Mapped[str] = mapped_column(ShortOnMySQL)",
        dialect="mysql",
    ),
    Case(user="name: Mapped[str] = mapped_column(String(80))", dialect="mysql"),
    Case(user="name: Mapped[str] = mapped_column(Text)", dialect="mysql"),
    Case(user="name: Mapped[str]"),
    Case(user='name: Mapped[str] = mapped_column(Enum("a", "b", name="n"))', dialect="mysql"),
    Case(
        user="""
        name: Mapped[str] = mapped_column(String().with_variant(mysql.VARCHAR(80), "mysql"))
    """,
        dialect="mysql",
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("unbounded-string", case)
    assert found
    for finding in found:
        assert re.search("without a length", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("unbounded-string", case) == []


def test_is_a_note_where_nothing_tells_the_database() -> None:
    (found,) = findings("unbounded-string", Case(user="name: Mapped[str]", dialect=None))
    assert found.severity is Severity.INFO
