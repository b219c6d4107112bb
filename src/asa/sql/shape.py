"""One spelling for a statement whose literals are gone: the second step of a fingerprint."""

import re

from asa.sql.keywords import FUNCTIONS, KEYWORDS, OPERANDS

__all__ = ["Shape", "joined"]

TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z))
    | (?P<literal>(?:[eEnNbBxX]|[uU]&|_(?:utf8\w*|latin1|binary|ascii)\s*)?\x01[\x01\s]*
        | \?(?:\+(?=\s*[),\]])|[0-9]*)
        | \$[0-9]+(?![\w$]) | (?<![\w)\]])%s(?!\w) | %\([^()%'"\n]{1,200}\)s(?!\w)
        | (?<![\w:]):(?:[^\W\d]\w*|[0-9]+) | (?<![\w@])@p[0-9]+(?!\w) )
    | (?P<number>[0-9]{1,2}(?![\w$]))
    | (?P<mark>/\*(?:\+|M?!\d*))
    | (?P<word>@{0,2}\w[\w$]*)
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    | (?P<operator>->>|->|\#>>|\#>|@>|<@|<=>|<=|>=|<>|!=|!~~?\*?|~~?\*|\|\|/?|&&|:=|::|@@
        |<<|>>|==|=>|\*/|%+|.)
    )""",
    re.VERBOSE | re.DOTALL,
)
CAST = re.compile(
    r"""\s*::\s*(?:
      double\s+precision | (?:character|bit)\s+varying
    | (?:timestamp|time)(?:\s*\(\s*[\d?\x01]+\s*\))?\s+with(?:out)?\s+time\s+zone
    | (?:"[^"]*"|[^\W\d]\w*)(?:\s*\.\s*(?:"[^"]*"|\w+))?
    )(?:\s*\(\s*[\d?\x01]+\s*(?:,\s*[\d?\x01]+\s*)?\))?(?:\s*\[\s*[\d?\x01]*\s*\]){0,4}""",
    re.VERBOSE | re.IGNORECASE,
)
NAME = re.compile(r"[^\W\d]\w*")
NEXT_ROW = re.compile(r"\s*,\s*\(")
FLAT_ROWS = re.compile(r"[\s,()?+\x01-]*")
SPELT = {"!=": "<>", "==": "=", "%%": "%"}
LITERALS = frozenset(("?", "?+", "NULL", "TRUE", "FALSE"))
NAMED_BEFORE = frozenset(("INTO", "TABLE", "UPDATE", "FROM", "JOIN", "REFERENCES", "ON", "."))
SUBQUERIES = frozenset(("SELECT", "WITH", "VALUES", "TABLE"))
WORD_LITERALS = frozenset(("NULL", "TRUE", "FALSE"))
# Behind these such a word is a value; elsewhere it is part of the grammar: IS NULL, ON TRUE.
BEFORE_VALUES = frozenset(("=", "<>", "<=>", ",", "(", "SELECT", "THEN", "ELSE", "+", "-"))
BY_WORDS = frozenset(("ASC", "DESC", "NULLS"))


class Shape:
    """The tokens of one text on their way into one spelling.

    Attributes:
        tokens: Those shaped so far.
        lists: For each bracket open now, whether it holds a list or a row of values.
        rows: How many brackets were open at the VALUES whose rows are being read; -1 for none.
        ordinals: How many were open at the BY that began with a number; -1 for none.
    """

    def __init__(self, bare: str, dialect: str | None, most: int) -> None:
        self.bare = bare.rstrip()
        self.most = most
        self.folds = dialect in ("postgresql", "sqlite")
        self.sigils = dialect == "sqlite"
        self.tokens: list[str] = []
        self.lists: list[bool] = []
        self.rows = -1
        self.ordinals = -1

    def text(self) -> str:
        """Return the text in its one spelling."""
        position, tokens, match_at = 0, self.tokens, TOKEN.match
        take = {
            "quoted": self.take_as_is,
            "mark": self.take_as_is,
            "literal": self.take_literal,
            "number": self.take_number,
            "word": self.take_word,
            "open": self.take_open,
            "close": self.take_close,
            "operator": self.take_operator,
        }
        while match := match_at(self.bare, position):
            kind = match.lastgroup or ""
            position = take[kind](match.group(kind), match.end())
            if len(tokens) > self.most:
                return f"{joined(tokens[: self.most])} ..."
        while self.last == ";":
            tokens.pop()
        return joined(tokens)

    @property
    def last(self) -> str:
        """The mark before; empty at the start."""
        return self.tokens[-1] if self.tokens else ""

    @property
    def in_list(self) -> bool:
        """Whether the innermost open bracket holds a list of values."""
        return bool(self.lists) and self.lists[-1]

    def take_as_is(self, mark: str, end: int) -> int:
        """Take a token that is never respelt; return where the next begins."""
        self.tokens.append(mark)
        return end

    def take_literal(self, _: str, end: int) -> int:
        """Take a literal or placeholder with its sign and its casts."""
        tokens = self.tokens
        while self.last in ("-", "+") and is_sign(tokens[-2] if len(tokens) > 1 else ""):
            tokens.pop()
        tokens.append("?")
        while cast := CAST.match(self.bare, end):
            end = cast.end()
        return end

    def take_number(self, mark: str, end: int) -> int:
        """Take a small number: a column's place after BY, else a literal."""
        if self.last == "BY":
            self.ordinals = len(self.lists)
        elif self.last != "," or self.ordinals != len(self.lists):
            return self.take_literal(mark, end)
        self.tokens.append(mark)
        return end

    def take_word(self, mark: str, end: int) -> int:
        """Take a keyword or a name."""
        if self.sigils and mark.startswith("@"):
            return self.take_literal(mark, end)
        keyword = mark.upper()
        if not self.tokens and mark.isascii() and keyword not in KEYWORDS:
            # What a statement does, reserved or not: LOAD, REPLACE, SHOW.
            self.tokens.append(keyword)
            return end
        if self.last == "." or keyword not in KEYWORDS or not mark.isascii():
            self.tokens.append(mark.lower() if self.folds and mark.isascii() else mark)
            return end
        if keyword in WORD_LITERALS and self.last in BEFORE_VALUES:
            return self.take_literal(mark, end)
        if keyword == "ASC":
            # It is what happens without it.
            return end
        if keyword in SUBQUERIES and self.last == "(":
            self.lists[-1] = False
        if keyword == "VALUES":
            self.rows = len(self.lists)
        if keyword not in BY_WORDS and self.ordinals == len(self.lists):
            self.ordinals = -1
        self.tokens.append(keyword)
        return end

    def take_open(self, mark: str, end: int) -> int:
        """Take an opening bracket."""
        if mark == "(" and self.last.upper() == "VALUE" and self.heads_rows():
            self.tokens[-1], self.rows = "VALUES", 0
        last = self.last
        is_list = (
            last in ("IN", "VALUES") or (self.in_list and last in ("(", ","))
            if mark == "("
            else last == "ARRAY"
        )
        if mark == "(" and last.lower() in FUNCTIONS:
            before = self.tokens[-2] if len(self.tokens) > 1 else ""
            if before not in NAMED_BEFORE:
                self.tokens[-1] = last.lower()
        self.lists.append(is_list)
        self.tokens.append(mark)
        return end

    def heads_rows(self) -> bool:
        """Say whether a word is MySQL's other spelling of VALUES, before an insert's rows."""
        tokens = self.tokens
        inserts = tokens[0] in ("INSERT", "REPLACE") and not self.lists
        return inserts and (tokens[-2] == ")" or is_name(tokens[-2]))

    def take_close(self, mark: str, end: int) -> int:
        """Take a closing bracket; skip the rows that follow a first one."""
        self.end_item()
        was_list = self.lists.pop() if self.lists else False
        self.ordinals = min(self.ordinals, len(self.lists))
        self.tokens.append(mark)
        if was_list and self.rows == len(self.lists) and mark == ")":
            end = self.after_rows(end)
            self.rows = -1
        if self.in_list:
            self.end_row()
        return end

    def take_operator(self, mark: str, end: int) -> int:
        """Take an operator or a comma."""
        if mark == ",":
            self.end_item()
        elif mark.startswith("%"):
            mark = "%"
        elif mark == "$" and self.sigils and (name := NAME.match(self.bare, end)):
            return self.take_literal(mark, name.end())
        self.tokens.append(SPELT.get(mark, mark))
        return end

    def end_item(self) -> None:
        """Make the values before a list's comma or end one."""
        tokens = self.tokens
        if not self.in_list or len(tokens) < 2 or tokens[-1] not in LITERALS:
            return
        if tokens[-2] == "," and tokens[-3] == "?+":
            del tokens[-2:]
        elif tokens[-2] in ("(", "[", ","):
            tokens[-1] = "?+"

    def end_row(self) -> None:
        """Make a list's rows of values one: `((?+), (?+))`."""
        tokens = self.tokens
        if tokens[-7:] == ["(", "?+", ")", ",", "(", "?+", ")"]:
            del tokens[-4:]

    def after_rows(self, end: int) -> int:
        """Return where the rows end that follow a first one."""
        while row := NEXT_ROW.match(self.bare, end):
            end = self.after_flat_rows(row.end() - 1)
            if end < row.end():
                end = self.after_row(row.end())
        return end

    def after_flat_rows(self, start: int) -> int:
        """Return where a run of whole rows without words ends; `start` where there is none."""
        flat = FLAT_ROWS.match(self.bare, start)
        run = flat.group() if flat else ""
        excess = run.count(")") - run.count("(")
        if excess > 0:
            run = run.rsplit(")", excess)[0]
        elif excess < 0:
            run = run.rsplit("(", -excess)[0]
        return start + run.rfind(")") + 1

    def after_row(self, position: int) -> int:
        """Return where the row ends whose bracket is open here."""
        depth = 1
        while depth and (match := TOKEN.match(self.bare, position)):
            position = match.end()
            depth += {"open": 1, "close": -1}.get(match.lastgroup or "", 0)
        return position


def is_sign(before: str) -> bool:
    """Say whether a minus behind this mark is a sign and takes nothing away."""
    if before in KEYWORDS:
        return before not in OPERANDS
    return not before or before in "([," or not (before[0].isalnum() or before[0] in '_@$?)]"`.')


TIGHT_AFTER = frozenset(("(", "[", ".", "::"))
TIGHT_BEFORE = frozenset((",", ";", ")", "]", ".", "::"))


def joined(tokens: list[str]) -> str:
    """Return tokens as text with white space where a reader expects it."""
    pieces: list[str] = []
    last = "("
    for token in tokens:
        if not (last in TIGHT_AFTER or token in TIGHT_BEFORE or is_call(last, token)):
            pieces.append(" ")
        pieces.append(token)
        last = token
    return "".join(pieces)


def is_call(last: str, mark: str) -> bool:
    """Say whether an opening bracket follows a name closely: `count(`, `a[`, `ARRAY[`."""
    if mark == "[":
        return last == "ARRAY" or last[0] in ")]?" or is_name(last)
    return mark == "(" and is_name(last)


def is_name(token: str) -> bool:
    """Say whether a token is a name, quoted or not, and no keyword."""
    return token not in KEYWORDS and (token[0].isalnum() or token[0] in '_"`@$')
