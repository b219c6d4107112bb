"""Predicates and joins in the conditions of a statement."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from asa.sql.facts import ColumnUse, Computed, Constant, Join, Match, Predicate
from asa.sql.names import Derived, Names, Node, Traced

__all__ = ["Comparisons"]

Query = Callable[[Node, Names], Derived]

EQUALITIES = (exp.EQ, exp.NullSafeEQ)
RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
WITH_EXPRESSIONS = (Match.RANGE, Match.PREFIX, Match.PATTERN, Match.CONTAINS)
NEGATIONS = (exp.NEQ, exp.NullSafeNEQ)
# What asks for parts of a value; sqlglot names more of them with each version.
CONTAINMENTS = tuple(
    getattr(exp, name)
    for name in (
        "ArrayContainsAll", "ArrayContainedBy", "ArrayOverlaps", "MatchAgainst", "JSONBContains",
        "JSONBContainsTopKey", "JSONBContainsAnyTopKeys", "JSONBContainsAllTopKeys",
        "JSONBPathExists",
    )
    if hasattr(exp, name)
)  # fmt: skip
NODES = getattr(exp, "Expr", exp.Expression)
SPELLINGS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}


class Comparisons:
    """Reads conditions; the lists hold what was found."""

    def __init__(self, traced: Traced, query: Query) -> None:
        self.traced = traced
        self.query = query
        self.predicates: list[Predicate] = []
        self.joins: list[Join] = []
        self.computed: list[Computed] = []
        self.constants: list[Constant] = []

    def condition(
        self,
        node: Node,
        names: Names,
        *,
        alternative: bool = False,
        negated: bool = False,
    ) -> None:
        """Read a condition; `alternative` if it stands under an OR, `negated` under a NOT."""
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            either = isinstance(node, exp.Or) != negated
            for part in node.flatten():
                self.condition(part, names, alternative=alternative or either, negated=negated)
        elif isinstance(node, exp.Not):
            self.condition(node.this, names, alternative=alternative, negated=not negated)
        elif isinstance(node, exp.Escape):
            self.condition(node.this, names, alternative=alternative, negated=negated)
        else:
            self.comparison(node, names, alternative, negated)

    def comparison(self, node: Node, names: Names, alternative: bool, negated: bool) -> None:
        """Read one comparison."""
        if not alternative:
            self.constant(node, names, negated)
        if isinstance(node, exp.Column):
            self.add(node, Match.NOT if negated else Match.EQUALITY, names, alternative)
        elif isinstance(node, EQUALITIES):
            self.equality(node.this, node.expression, names, alternative, negated)
        elif isinstance(node, exp.In):
            self.membership(node, names, alternative, negated)
        elif isinstance(node, exp.Is):
            self.identity(node, names, alternative, negated)
        else:
            self.other(node, names, alternative, negated)

    def other(self, node: Node, names: Names, alternative: bool, negated: bool) -> None:
        """Read a comparison by order, pattern or function."""
        # Since sqlglot 30 NOT LIKE is one node, and no NOT around another.
        negated = negated != bool(node.args.get("negate"))
        if isinstance(node, (*RANGES, exp.Between)):
            match = Match.RANGE
        elif isinstance(node, exp.Like):
            match = Match.PREFIX if has_known_start(node.expression) else Match.PATTERN
        elif isinstance(node, NEGATIONS):
            match = Match.NOT
        elif isinstance(node, exp.ILike | exp.Glob):
            match = Match.PATTERN
        elif isinstance(node, CONTAINMENTS):
            match = Match.CONTAINS
        else:
            match = Match.EXPRESSION
        if negated and match is not Match.EXPRESSION:
            match = Match.NOT
        if not alternative and match in WITH_EXPRESSIONS:
            self.compute(next(sides(node)), match, names)
        for side in sides(node):
            plain = match is not Match.EXPRESSION
            self.side(side, match if plain else Match.EXPRESSION, names, alternative, plain)

    def side(self, node: Node, match: Match, names: Names, alternative: bool, plain: bool) -> None:
        """Read one side of a comparison: a plain column matches, one inside something does not."""
        node = node.unnest()
        if plain and isinstance(node, exp.Column):
            self.add(node, match, names, alternative)
        elif plain and isinstance(node, exp.Tuple):
            for part in node.expressions:
                self.side(part, match, names, alternative, plain)
        else:
            for column in self.columns(node, names):
                self.predicates.append(Predicate(column, Match.EXPRESSION, alternative))

    def add(
        self, column: exp.Column, match: Match, names: Names, alternative: bool
    ) -> ColumnUse | None:
        """Add a predicate on a column that can be traced."""
        found = self.traced.column(column, names)
        if found is not None:
            self.predicates.append(Predicate(found, match, alternative))
        return found

    def equality(
        self,
        left: Node,
        right: Node,
        names: Names,
        alternative: bool,
        negated: bool,
    ) -> None:
        """Read `left = right`: a join, or a column and a value."""
        left, right = left.unnest(), right.unnest()
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            for one, other in zip(left.expressions, right.expressions, strict=False):
                self.equality(one, other, names, alternative, negated)
            return
        if isinstance(left, exp.Column) and isinstance(right, exp.Column):
            self.two_columns(left, right, names, alternative, negated)
            return
        for one, other in ((left, right), (right, left)):
            if isinstance(one, exp.Column):
                match = Match.IN if isinstance(other, exp.Any) else Match.EQUALITY
                self.column_and_value(
                    one, other, Match.NOT if negated else match, names, alternative
                )
                return
        if not (alternative or negated):
            self.compute(left, Match.EQUALITY, names)
        for side in (left, right):
            self.side(side, Match.EXPRESSION, names, alternative, False)

    def two_columns(
        self,
        left: exp.Column,
        right: exp.Column,
        names: Names,
        alternative: bool,
        negated: bool,
    ) -> None:
        """Read `a = b` for two columns."""
        one, other = self.traced.column(left, names), self.traced.column(right, names)
        if one and other and one.use != other.use and not (alternative or negated):
            self.joins.append(Join(one, other))
            return
        for column, peer in ((one, other), (other, one)):
            if column is not None:
                # A computed column of a derived table is a value to the other side.
                match = Match.EQUALITY if peer is None else Match.EXPRESSION
                self.predicates.append(
                    Predicate(column, Match.NOT if negated else match, alternative)
                )

    def column_and_value(
        self,
        column: exp.Column,
        value: Node,
        match: Match,
        names: Names,
        alternative: bool,
    ) -> None:
        """Read `column = value`, where the value may hold other tables' columns or a query."""
        found = self.traced.column(column, names)
        others = self.columns(value, names)
        if found is not None:
            own = any(other.use == found.use for other in others)
            self.predicates.append(
                Predicate(found, Match.EXPRESSION if own else match, alternative)
            )
        self.predicates += [Predicate(other, Match.EXPRESSION, alternative) for other in others]

    def membership(self, node: exp.In, names: Names, alternative: bool, negated: bool) -> None:
        """Read `a IN (...)`, of values or of a query, which is a join."""
        target, query = node.this.unnest(), node.args.get("query")
        if query is None:
            match = Match.NOT if negated else Match.IN
            self.side(target, match, names, alternative, True)
            for value in node.expressions:
                self.side(value, Match.EXPRESSION, names, alternative, False)
            return
        derived = self.query(query, names)
        inner = list(derived.outputs.values())
        column = self.traced.column(target, names) if isinstance(target, exp.Column) else None
        if column is None:
            self.side(target, Match.EXPRESSION, names, alternative, False)
        elif len(inner) == 1 and inner[0] is not None and not (negated or alternative):
            self.joins.append(Join(column, inner[0]))
        else:
            self.predicates.append(
                Predicate(column, Match.NOT if negated else Match.IN, alternative)
            )

    def identity(self, node: exp.Is, names: Names, alternative: bool, negated: bool) -> None:
        """Read `a IS NULL`, `a IS TRUE`, `a IS NOT DISTINCT FROM b`."""
        target = node.this.unnest()
        known = Match.NULL if isinstance(node.expression, exp.Null) else Match.EQUALITY
        # sqlglot has IS NOT NULL as a flag of IS in new versions, as a NOT around it in old ones.
        if negated != bool(node.args.get("negate")):
            known = Match.NOT
        self.side(target, known, names, alternative, True)

    def compute(self, node: Node, match: Match, names: Names) -> None:
        """Add an expression over the columns of one place; a cast of one column is none."""
        if found := self.expression(node, match, names):
            self.computed.append(found)

    def expression(self, node: Node, match: Match, names: Names) -> Computed | None:
        """Return an expression over the columns of one place; None for anything else."""
        node = node.unnest()
        bare = node.this if isinstance(node, exp.Cast) else node
        if isinstance(bare, exp.Column) or node.find(exp.Placeholder, exp.Query) is not None:
            return None
        columns = [self.traced.column(c, names) for c in node.find_all(exp.Column)]
        first = columns[0] if columns else None
        if first and all(column and column.use == first.use for column in columns):
            return Computed(first, self.text(node), match)
        return None

    def constant(self, node: Node, names: Names, negated: bool) -> None:
        """Add a condition on one column that bears no placeholder, in a few plain shapes."""
        column, literal = constant_shape(node)
        found = self.traced.column(column, names) if column is not None else None
        if found is not None:
            text = self.negated(node) if negated else self.text(node)
            self.constants.append(Constant(found, text, literal))

    def negated(self, node: Node) -> str:
        """Return the negation of a condition in SQL, IS NOT spelled alike by every sqlglot."""
        if not isinstance(node, exp.Is):
            return self.text(exp.Not(this=node.copy()))
        target, _, value = self.text(node).rpartition(" IS ")
        positive = value.removeprefix("NOT ")
        return f"{target} IS {positive if positive != value else 'NOT ' + value}"

    def text(self, node: Node) -> str:
        """Return a condition in SQL, its columns without their table's name."""
        bare = node.copy()
        for column in bare.find_all(exp.Column):
            column.set("table", None)
            column.set("db", None)
        spelling = SPELLINGS.get(self.traced.dialect or "")
        return bare.sql(dialect=spelling, normalize_functions="lower")

    def columns_below(self, node: Node, names: Names) -> None:
        """Read the columns and queries in the parts of an expression."""
        for part in node.iter_expressions():
            self.columns(part, names)

    def columns(self, node: Node, names: Names) -> list[ColumnUse]:
        """Return the columns in an expression; queries in it are read apart."""
        found: list[ColumnUse] = []
        waiting = [node]
        while waiting:
            part = waiting.pop()
            if isinstance(part, exp.Query):
                self.query(part, names)
            elif isinstance(part, exp.Column):
                column = (
                    None if isinstance(part.this, exp.Star) else self.traced.column(part, names)
                )
                found += [column] if column is not None else []
            else:
                waiting += reversed(list(part.iter_expressions()))
        return found


def constant_shape(node: Node) -> tuple[exp.Column | None, bool]:
    """Return the column of a condition that may be constant, and whether it holds a literal."""
    if isinstance(node, exp.Column):
        return node, False
    target = node.this.unnest() if isinstance(node.this, NODES) else None
    if not isinstance(target, exp.Column):
        return None, False
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null | exp.Boolean):
        return target, False
    if isinstance(node, exp.EQ | exp.NEQ | exp.Is):
        value = node.expression.unnest()
        known = isinstance(value, exp.Literal | exp.Boolean)
        return (target, not isinstance(value, exp.Boolean)) if known else (None, False)
    values = node.expressions if isinstance(node, exp.In) else []
    known = bool(values) and all(isinstance(value, exp.Literal) for value in values)
    return (target, True) if known else (None, False)


def sides(node: Node) -> Iterator[Node]:
    """Yield the sides of a comparison, what is looked into before what is looked for."""
    if isinstance(node, exp.MatchAgainst):
        yield from (*node.expressions, node.this)
        return
    if isinstance(node, exp.Query) or not isinstance(node, exp.Binary | exp.Between):
        yield node
        return
    yield from node.iter_expressions()


def has_known_start(pattern: Node) -> bool:
    """Say whether a LIKE pattern begins with something that is no wildcard.

    A bare placeholder may hold anything; one with a literal `%` set behind it is how
    `startswith` is written, and the values themselves hold no wildcard first.
    """
    pattern = pattern.unnest()
    if isinstance(pattern, exp.Literal):
        return pattern.is_string and pattern.name[:1] not in ("", "%", "_")
    parts = list(pattern.flatten()) if isinstance(pattern, exp.DPipe) else []
    if isinstance(pattern, exp.Concat):
        parts = pattern.expressions
    if len(parts) < 2:
        return False
    first, last = parts[0], parts[-1]
    starts = has_known_start(first) if isinstance(first, exp.Literal) else True
    return starts and isinstance(last, exp.Literal) and last.name.startswith("%")
