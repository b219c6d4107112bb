"""A script's lines into its statements, one after the other, in bounded memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["LONGEST_STATEMENT", "Skipped", "Statement", "split"]

LONGEST_STATEMENT = 16 * 1024 * 1024

DELIMITER = re.compile(r"\s*DELIMITER\s+(\S+)\s*$", re.IGNORECASE)
CLIENT_COMMAND = re.compile(r"\s*(\\\S+|\.[a-z]+\b|source\s+\S+\s*$)", re.IGNORECASE)
COPY_DATA = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
# These hold statements of their own between BEGIN and END.
ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:definer\s*=\s*\S+\s+)?"
    r"(?:trigger|procedure|function|event)\b",
    re.IGNORECASE,
)
BLOCK_WORD = re.compile(
    r"\b(begin|case|end(?:\s+(?:if|loop|while|repeat))?)\b|'[^']*'|--[^\n]*", re.IGNORECASE
)
CLOSINGS = {
    "'": re.compile(r"'"),
    '"': re.compile(r'"'),
    "`": re.compile(r"`"),
    "/*": re.compile(r"\*/"),
}
ESCAPED_CLOSINGS = {"'": re.compile(r"(?s:\\.)|'"), '"': re.compile(r'(?s:\\.)|"')}
NESTED = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script.

    Attributes:
        text: Without its delimiter, and without comments before it.
        line: Where it begins, counted from 1.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a script that is no statement; `reason` is a clause."""

    line: int
    reason: str


def split(
    lines: Iterable[tuple[int, str]], dialect: str | None = None
) -> Iterator[Statement | Skipped]:
    r"""Split a script into its statements.

    Knows quotes, comments and dollar quoting, the bodies of triggers and routines, and of the
    clients' languages DELIMITER, `\G`, `\g` and the data behind COPY FROM stdin; their other
    commands are skipped, with a reason.

    Args:
        lines: (line number, line with its end).
        dialect: `postgresql`, `mysql` or `sqlite`; None where unknown.
    """
    splitter = Splitter(dialect)
    for number, line in lines:
        splitter.take(number, line)
        if splitter.ready:
            yield from splitter.ready
            splitter.ready = []
    splitter.finish()
    yield from splitter.ready


@dataclass(slots=True)
class Splitter:
    """Where a script stands.

    Attributes:
        dialect: Whose quoting it uses.
        delimiter: What ends a statement.
        pieces: Text of the statement under way.
        size: Its length.
        start: Its first line; 0 before it begins.
        closing: What ends the quote or comment under way: a key of `CLOSINGS`, or a dollar
            tag; empty outside of any.
        depth: How many comments are open.
        escapes: Whether a backslash escapes inside the quote under way.
        copying: Whether the lines are COPY's data.
        ready: Statements found and not yet handed on.
    """

    dialect: str | None
    delimiter: str = ";"
    pieces: list[str] = field(default_factory=list)
    size: int = 0
    start: int = 0
    closing: str = ""
    depth: int = 0
    escapes: bool = False
    copying: bool = False
    ready: list[Statement | Skipped] = field(default_factory=list)
    opening: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.delimit(";")

    def delimit(self, delimiter: str) -> None:
        """Set what ends a statement."""
        self.delimiter = delimiter
        dashes = r"--(?=\s|\Z)" if self.dialect == "mysql" else "--"
        hash_comment = r"|\#" if self.dialect == "mysql" else ""
        dollar = "" if self.dialect in ("mysql", "sqlite") else r"|(?<!\w)\$(?:[^\W\d]\w*)?\$"
        self.opening = re.compile(
            rf"{re.escape(delimiter)}|\\[gG]\w*|['\"`]|{dashes}|/\*{hash_comment}{dollar}"
        )

    def take(self, number: int, line: str) -> None:
        """Take one line."""
        if self.copying:
            self.copying = line.strip() != "\\."
            return
        if not self.start and not self.closing and self.is_command(number, line):
            return
        position = 0
        while position < len(line):
            position = (
                self.close_quote(line, position)
                if self.closing
                else self.take_code(number, line, position)
            )

    def is_command(self, number: int, line: str) -> bool:
        """Say whether a line is a client's command; obey the one that matters here."""
        if delimiter := DELIMITER.match(line):
            self.delimit(delimiter[1])
            return True
        command = CLIENT_COMMAND.match(line)
        if command:
            name = command[1].split()[0]
            self.ready.append(Skipped(number, f"client command {name} is not SQL"))
        return command is not None

    def take_code(self, number: int, line: str, position: int) -> int:
        """Take text outside quotes up to the next mark; return where to go on."""
        mark = self.opening.search(line, position)
        self.keep(number, line[position : mark.start() if mark else len(line)])
        if mark is None:
            return len(line)
        text = mark.group()
        if text == self.delimiter or text[0] == "\\":
            self.end(number)
            return mark.end()
        if text in ("--", "#"):
            return self.take_comment(line, mark.start())
        if text == "/*" and not line.startswith(("/*!", "/*+", "/*M!"), mark.start()):
            self.depth = 1
            self.open_quote(line, mark)
            return mark.end()
        if text != "/*":
            self.open_quote(line, mark)
        self.keep(number, text)
        return mark.end()

    def take_comment(self, line: str, start: int) -> int:
        """Take a comment up to the line's end: inside a statement it stays in its text."""
        if self.start:
            self.keep(self.start, line[start:])
        return len(line)

    def open_quote(self, line: str, mark: re.Match[str]) -> None:
        """Begin a quote, a dollar quote or a comment."""
        self.closing = mark.group()
        before = line[max(0, mark.start() - 2) : mark.start()]
        escape_string = before[-1:] in ("e", "E") and not before[:-1].isalnum()
        self.escapes = self.dialect == "mysql" or (self.dialect != "sqlite" and escape_string)
        if self.closing == "/*" and self.start:
            self.keep(self.start, "/*")

    def close_quote(self, line: str, position: int) -> int:
        """Take text inside a quote up to its end; return where to go on."""
        nests = self.closing == "/*" and self.dialect == "postgresql"
        pattern = NESTED if nests else self.closing_pattern()
        end = len(line)
        for match in pattern.finditer(line, position):
            text = match.group()
            if text == "/*":
                self.depth += 1
            elif text[0] != "\\":
                self.depth -= 1
                if self.depth <= 0 or not nests:
                    self.closing, self.depth, end = "", 0, match.end()
                    break
        if self.start:
            self.keep(self.start, line[position:end])
        return end

    def closing_pattern(self) -> re.Pattern[str]:
        """Return what ends the quote under way."""
        if self.escapes and self.closing in ESCAPED_CLOSINGS:
            return ESCAPED_CLOSINGS[self.closing]
        return CLOSINGS.get(self.closing) or re.compile(re.escape(self.closing))

    def keep(self, number: int, text: str) -> None:
        """Keep text of the statement under way; white space does not begin one."""
        if not self.start:
            text = text.lstrip()
            if not text:
                return
            self.start = number
        self.size += len(text)
        if self.size <= LONGEST_STATEMENT:
            self.pieces.append(text)
        else:
            self.pieces.clear()

    def end(self, number: int) -> None:
        """End the statement under way, unless the mark stands inside a routine's body."""
        text = "".join(self.pieces).rstrip()
        if self.delimiter == ";" and ROUTINE.match(text) and in_block(text):
            self.keep(number, ";")
            return
        if self.size > LONGEST_STATEMENT:
            limit = LONGEST_STATEMENT // 1024 // 1024
            self.ready.append(Skipped(self.start, f"statement longer than {limit} MB"))
        elif text:
            self.ready.append(Statement(text, self.start))
            self.copying = COPY_DATA.match(text) is not None
        self.pieces, self.size, self.start = [], 0, 0

    def finish(self) -> None:
        """End the last statement, whether its quotes are closed or not."""
        if self.closing and self.start and self.closing != "/*":
            self.ready.append(Skipped(self.start, f"quote {self.closing} is not closed"))
            return
        self.delimiter = ""
        self.end(self.start)


def in_block(text: str) -> bool:
    """Say whether a routine's text has more BEGINs and CASEs than ENDs."""
    depth = 0
    for match in BLOCK_WORD.finditer(text):
        word = (match[1] or "").lower()
        if word in ("begin", "case"):
            depth += 1
        elif word == "end":
            depth -= 1
    return depth > 0
