"""What is noted of one function of a revision while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from asa.migrations.review.schema_state import Passage
from asa.migrations.review.statement import operations_in
from asa.migrations.source_line import line_in
from asa.model.change import Step
from asa.model.operation import Command, Operation
from asa.sql.words import statements_of

__all__ = ["MOST_STEPS", "EndlessError", "Notes"]

ENDING = frozenset(("commit", "rollback", "end", "abort"))
BEGINNING = frozenset(("begin", "start transaction"))
MOST_STEPS = 20_000
"""A loop that waits for rows to come or go may never end here."""


class EndlessError(Exception):
    """A function has run more statements than any revision has."""


@dataclass
class Notes:
    """The steps of one function as they are heard.

    Attributes:
        file: The revision's file, to whose lines steps belong.
        passage: The schema, kept up to date with what is noted.
        transaction: The one under way; None outside of any.
        line: Holds where the file's frames cannot tell.
    """

    file: str
    dialect: str
    passage: Passage
    steps: list[Step] = field(default_factory=list)
    transaction: int | None = 0
    transactions: int = 0
    line: int = 0

    def add(
        self,
        operation: Operation,
        sql: str = "",
        *,
        recreates: bool = False,
        tolerant: bool = False,
    ) -> None:
        """Note one step."""
        line = self.line or line_in(self.file)
        if len(self.steps) >= MOST_STEPS:
            raise EndlessError
        tolerant = tolerant or "if exists" in sql.lower()
        self.steps.append(Step(operation, line, self.transaction, sql, recreates, tolerant))
        self.passage.apply(operation)
        if isinstance(operation, Command):
            if operation.verb in ENDING and "savepoint" not in operation.words:
                self.transaction = None
            elif operation.verb in BEGINNING:
                self.begin()

    def add_sql(self, text: str) -> None:
        """Note what each statement of a text does."""
        if text.startswith(" isolation "):
            if text.endswith("AUTOCOMMIT"):
                self.add(Command("autocommit"))
            return
        for statement in statements_of(text):
            for operation in operations_in(statement, self.dialect):
                self.add(operation, statement)

    def begin(self) -> None:
        """Begin another transaction."""
        self.transactions += 1
        self.transaction = self.transactions

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Note the steps of the block as outside of any transaction."""
        self.transaction = None
        yield
        self.begin()
