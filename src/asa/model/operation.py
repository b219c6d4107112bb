"""One change of a schema, as plain data; what Alembic calls an operation.

Translated once from Alembic's, so that rules, proofs and the screen read the same facts.
Tables carry their schema and a dot in front where that is not the default one; types are in
the database's own spelling. Every operation can be described in one line.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "AddColumn",
    "AddConstraint",
    "AlterColumn",
    "AlterEnum",
    "Change",
    "ChangeComment",
    "ChangeRows",
    "Command",
    "ConstraintKind",
    "CreateIndex",
    "CreateTable",
    "CustomOperation",
    "Description",
    "DropColumn",
    "DropConstraint",
    "DropIndex",
    "DropTable",
    "ExecuteSql",
    "InsertRows",
    "NewColumn",
    "Operation",
    "Reach",
    "RenameTable",
    "ValidateConstraint",
]

Sign = Literal["+", "-", "~"]
ConstraintKind = Literal["primary key", "unique", "foreign key", "check", "exclude", "constraint"]
Reach = Literal["all", "some", "batch"]


@dataclass(frozen=True, slots=True)
class Description:
    """One line about an operation.

    Attributes:
        sign: `+` adds, `-` takes away, `~` changes.
        kind: What it works on: `table`, `column`, `index`, ...
        subject: Its name: `orders`, `orders.total`.
        remark: What else there is to say, in a few words.
    """

    sign: Sign
    kind: str
    subject: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that an operation brings.

    Attributes:
        default: The server's default as SQL text; None where there is none.
        generated: Whether the server computes or numbers it (identity, computed).
        identity: Whether the server numbers it.
        stored: Whether the server computes it and stores the result in each row.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    primary_key: bool = False
    generated: bool = False
    identity: bool = False
    stored: bool = False

    @property
    def text(self) -> str:
        """Type and nullability as shown: `integer, not null`."""
        words = [self.type.lower()]
        if not self.nullable:
            words.append("not null")
        if self.default is not None:
            words.append("with default")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """Add a constraint, alone or as a part of a new table.

    Attributes:
        name: None where the database will name it.
        target: Referenced table and columns of a foreign key.
        condition: SQL text of a check.
        validated: False for PostgreSQL's NOT VALID.
        index: Name of the finished index that it takes over (PostgreSQL's USING INDEX).
    """

    kind: ConstraintKind
    table: str
    name: str | None = None
    columns: tuple[str, ...] = ()
    target: tuple[str, tuple[str, ...]] | None = None
    on_delete: str | None = None
    condition: str | None = None
    validated: bool = True
    index: str | None = None

    @property
    def reference(self) -> str:
        """What a foreign key points at: `customers.id`."""
        if self.target is None:
            return ""
        table, columns = self.target
        return f"{table}.{columns[0]}" if len(columns) == 1 else f"{table} ({', '.join(columns)})"

    @property
    def description(self) -> Description:
        """The line about it."""
        on = f"{self.table} ({', '.join(self.columns)})" if self.columns else self.table
        remark = f"to {self.reference}" if self.target else ""
        return Description("+", self.kind, self.name or on, remark or (on if self.name else ""))


@dataclass(frozen=True, slots=True)
class CreateTable:
    """Create a table with its columns and constraints."""

    table: str
    columns: tuple[NewColumn, ...] = ()
    constraints: tuple[AddConstraint, ...] = ()

    @property
    def description(self) -> Description:
        """The line about it."""
        count = len(self.columns)
        words = [f"{count} column" if count == 1 else f"{count} columns"]
        words += [f"fk to {c.reference}" for c in self.constraints if c.target]
        return Description("+", "table", self.table, ", ".join(words))


@dataclass(frozen=True, slots=True)
class DropTable:
    """Drop a table and the rows in it."""

    table: str

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("-", "table", self.table, "its rows go with it")


@dataclass(frozen=True, slots=True)
class RenameTable:
    """Give a table another name."""

    table: str
    new_name: str

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "table", self.table, f"renamed {self.new_name}")


@dataclass(frozen=True, slots=True)
class ChangeComment:
    """Set or drop a table's comment."""

    table: str
    comment: str | None

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "comment", self.table, "" if self.comment else "dropped")


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add a column to a table."""

    table: str
    column: NewColumn

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("+", "column", f"{self.table}.{self.column.name}", self.column.text)


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Drop a column and the values in it; `type` is None where it is not known."""

    table: str
    column: str
    type: str | None = None

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("-", "column", f"{self.table}.{self.column}", "its values go with it")


@dataclass(frozen=True, slots=True)
class Change:
    """One property of a column that changes; None where the text is not known or absent."""

    what: Literal["type", "null", "default", "comment", "name"]
    before: str | None
    after: str | None

    @property
    def text(self) -> str:
        """The change as shown: `integer to bigint`."""
        if self.what == "type":
            return f"{(self.before or 'type').lower()} to {(self.after or '').lower()}"
        if self.what == "null":
            return f"{self.after}"
        if self.what == "name":
            return f"renamed {self.after}"
        return f"{self.what} {'set' if self.after is not None else 'dropped'}"


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Change properties of a column.

    Attributes:
        nullable_known: Whether the operation says what the column's nullability is or was;
            MySQL makes a NOT NULL column nullable where it does not.
        default_known: The same for its default, which MySQL drops where it is not said.
        complete: Whether it restates the whole column or needs to restate nothing.
        using: SQL expression that makes the new values of the old ones.
    """

    table: str
    column: str
    changes: tuple[Change, ...]
    nullable_known: bool = True
    default_known: bool = True
    complete: bool = True
    using: str | None = None

    def change(self, what: str) -> Change | None:
        """Return the change of one property; None where it stays."""
        return next((change for change in self.changes if change.what == what), None)

    @property
    def description(self) -> Description:
        """The line about it."""
        remark = ", ".join(change.text for change in self.changes)
        return Description("~", "column", f"{self.table}.{self.column}", remark)


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """Create an index.

    Attributes:
        columns: Key columns or expressions in order.
        where: Predicate of a partial index.
        concurrently: Whether writes may go on meanwhile (PostgreSQL).
        method: Kind of index where it is not the usual one: `gin`, `fulltext`.
    """

    name: str | None
    table: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str | None = None
    concurrently: bool = False
    method: str | None = None

    @property
    def description(self) -> Description:
        """The line about it."""
        remark = f"{self.table} ({', '.join(self.columns)})"
        kind = "unique" if self.unique else "index"
        return Description("+", kind, self.name or remark, remark if self.name else "")


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Drop an index; `table` is None where the operation does not say."""

    name: str
    table: str | None = None
    concurrently: bool = False

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("-", "index", self.name, f"of {self.table}" if self.table else "")


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """Drop a constraint."""

    kind: ConstraintKind
    table: str
    name: str | None = None

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("-", self.kind, self.name or "unnamed", f"of {self.table}")


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """Check the rows that were there before a NOT VALID constraint."""

    table: str
    name: str

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "constraint", self.name, f"validated on {self.table}")


@dataclass(frozen=True, slots=True)
class AlterEnum:
    """Give an enumeration other members; `renamed` are pairs of the old and the new name."""

    name: str
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def description(self) -> Description:
        """The line about it."""
        parts = [f"{old} renamed {new}" for old, new in self.renamed]
        if self.added:
            parts.append(f"adds {', '.join(self.added)}")
        if self.dropped:
            parts.append(f"loses {', '.join(self.dropped)}")
        return Description("~", "enum", self.name, "; ".join(parts))


@dataclass(frozen=True, slots=True)
class InsertRows:
    """Insert rows that the revision carries itself."""

    table: str
    rows: int

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("+", "rows", self.table, f"{self.rows}")


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """Change rows that are there, or fill a table from others.

    Attributes:
        verb: `update`, `delete` or `insert`.
        reach: `all` where nothing but NULL tests keeps rows out, `batch` where their number
            is bounded, `some` where it depends on the values.
        nulls: Columns that are tested for NULL.
    """

    verb: Literal["update", "delete", "insert"]
    table: str
    reach: Reach = "some"
    nulls: tuple[str, ...] = ()

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "rows", self.table, self.verb)


@dataclass(frozen=True, slots=True)
class Command:
    """A statement that changes no shape of a table, or more than one thing.

    Attributes:
        verb: Its first words in lower case, as many as tell it: `vacuum`, `drop database`.
        subject: What it is about; empty where it names nothing.
        words: All of its bare words, in lower case.
        values: The strings in it.
        sql: The statement.
    """

    verb: str
    subject: str = ""
    words: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    sql: str = ""

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "sql", " ".join(self.sql.split()) or self.verb, self.subject)


@dataclass(frozen=True, slots=True)
class ExecuteSql:
    """Run SQL text."""

    sql: str

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "sql", " ".join(self.sql.split()))


@dataclass(frozen=True, slots=True)
class CustomOperation:
    """An operation that asa does not know: a plugin's; `text` is what its class calls it."""

    name: str
    text: str = ""

    @property
    def description(self) -> Description:
        """The line about it."""
        return Description("~", "custom", self.name, self.text)


Operation = (
    CreateTable
    | DropTable
    | RenameTable
    | ChangeComment
    | AddColumn
    | DropColumn
    | AlterColumn
    | CreateIndex
    | DropIndex
    | AddConstraint
    | DropConstraint
    | ValidateConstraint
    | AlterEnum
    | InsertRows
    | ChangeRows
    | Command
    | ExecuteSql
    | CustomOperation
)
