"""A statement as words, names, values and signs, and a reader that walks along them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Reader", "Word", "statements_of", "words_of"]

# Each case that has begun succeeds (an unclosed quote runs to the end): time is linear.
TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*(?s:.*?)(?:\*/|\Z))
    | (?P<dollar>\$(?P<tag>[^\W\d]?\w*)\$(?s:.*?)(?:\$(?P=tag)\$|\Z))
    | (?P<string>[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|[nNbBxX]?'(?:[^']|'')*(?:'|\Z))
    | (?P<name>"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z))
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<value>\?|%s|%\(\w+\)s|(?<![:\w]):[^\W\d]\w*|\$\d+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign>::|:=|<=|>=|<>|!=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main"}
# What stands between BEGIN and END of these are statements of their own.
ROUTINE = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(?:temp(?:orary)?\s+)?"
    r"(?:trigger|procedure|function|event)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One piece of a statement.

    Attributes:
        kind: `word`, `name` (quoted), `string`, `number`, `value` (a placeholder) or `sign`.
        text: As it is written.
        start: Where it begins in the statement.
        end: Where it ends.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """A bare word in lower case; empty for anything else."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def content(self) -> str:
        """What is between the quotes of a string."""
        if self.kind == "dollar":
            tag = self.text.index("$", 1) + 1
            return self.text[tag:-tag]
        return self.text.partition("'")[2].removesuffix("'").replace("''", "'")


def words_of(sql: str) -> Iterator[Word]:
    """Yield a statement's words, without white space and comments."""
    for match in TOKEN.finditer(sql):
        kind = match.lastgroup or ""
        kind = "dollar" if kind == "tag" else kind
        if kind != "space":
            yield Word(kind, match.group(), match.start(), match.end())


def statements_of(sql: str) -> Iterator[str]:
    """Yield the statements of a text without their semicolons; a routine's body stays whole."""
    if ROUTINE.match(sql):
        yield sql.strip()
        return
    start = 0
    for word in words_of(sql):
        if word.text == ";" and word.kind == "sign":
            if sql[start : word.start].strip():
                yield sql[start : word.start].strip()
            start = word.end
    if sql[start:].strip():
        yield sql[start:].strip()


class Reader:
    """Walks along the words of one statement, taking what it knows.

    Attributes:
        sql: The statement.
        dialect: Whose names these are.
        at: Number of the next word.
    """

    def __init__(self, sql: str, dialect: str) -> None:
        self.sql = sql
        self.dialect = dialect
        self.words = tuple(words_of(sql))
        self.at = 0

    @property
    def next(self) -> Word:
        """The next word; an empty one at the end."""
        end = len(self.sql)
        return self.words[self.at] if self.at < len(self.words) else Word("end", "", end, end)

    @property
    def ended(self) -> bool:
        """Whether there is no word left."""
        return self.at >= len(self.words)

    def sees(self, *expected: str) -> bool:
        """Tell whether these words or signs come next."""
        coming = self.words[self.at : self.at + len(expected)]
        return len(coming) == len(expected) and all(
            (word.lower or word.text) == text for word, text in zip(coming, expected, strict=True)
        )

    def take(self, *expected: str) -> bool:
        """Take these words or signs where they come next; tell whether they did."""
        if self.sees(*expected):
            self.at += len(expected)
            return True
        return False

    def take_any(self, *choices: str) -> str:
        """Take one of these words; return it, empty where another comes."""
        word = self.next.lower or self.next.text
        if word in choices and word:
            self.at += 1
            return word
        return ""

    def name(self) -> str:
        """Take a name with its schema; empty where none comes."""
        parts = [self.part()]
        while parts[-1] and self.take("."):
            parts.append(self.part())
        if len(parts) > 1 and parts[-2] == DEFAULT_SCHEMAS.get(self.dialect):
            parts = parts[-1:]
        return ".".join(part for part in parts if part)

    def part(self) -> str:
        """Take one part of a name as the catalog stores it."""
        word = self.next
        if word.kind == "word":
            self.at += 1
            return word.text.lower() if self.dialect == "postgresql" else word.text
        if word.kind == "name":
            self.at += 1
            mark = word.text[0]
            return word.text[1:].removesuffix(mark).replace(mark * 2, mark)
        return ""

    def group(self) -> "Reader | None":
        """Take what stands between the brackets that come next; None where none do."""
        if not self.sees("("):
            return None
        begin, depth = self.next.start + 1, 0
        while not self.ended:
            text = self.next.text
            depth += (text == "(") - (text == ")")
            self.at += 1
            if depth == 0:
                return Reader(self.sql[begin : self.words[self.at - 1].start], self.dialect)
        return Reader(self.sql[begin:], self.dialect)

    def text_until(self, *stops: str) -> str:
        """Take text up to one of these words or signs, outside of brackets."""
        begin, depth = self.next.start, 0
        end = begin
        while not self.ended:
            word = self.next
            if depth == 0 and (word.lower or word.text) in stops:
                break
            depth += (word.text == "(") - (word.text == ")")
            end = word.end
            self.at += 1
        return self.sql[begin:end]

    def parts(self) -> Iterator["Reader"]:
        """Take the rest, cut at the commas outside of brackets."""
        while not self.ended:
            text = self.text_until(",")
            self.take(",")
            if text:
                yield Reader(text, self.dialect)
