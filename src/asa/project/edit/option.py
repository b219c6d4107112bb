"""Write a loader option into the statement that loads the parents."""

from dataclasses import dataclass

import libcst as cst

from asa.model.fix import LoaderOption
from asa.project.edit.argument import appended_argument
from asa.project.edit.site import Site, UnclearError, call_name, name_of

__all__ = ["with_option"]

ORM = "sqlalchemy.orm"
EXECUTING = frozenset(("execute", "scalar", "scalars", "stream", "stream_scalars"))
GETTING = frozenset(("get", "get_one"))
ROW_BY_ROW = frozenset(("immediateload", "lazyload"))
LONGEST = 88
"""Columns that formatters leave to a line, unless they are told of more."""

STEP = 4
Needed = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An option as it is written at one place.

    Attributes:
        steps: (loader, attribute) from the outside in, as `LoaderOption` has them.
        prefix: What stands before the names of classes there: `models.`.
    """

    steps: tuple[tuple[str, str], ...]
    prefix: str

    @property
    def text(self) -> str:
        """The whole option."""
        return ".".join(self.call(*step) for step in self.steps)

    def call(self, loader: str, step: str) -> str:
        """Return one call of it."""
        name, _, rest = loader.partition("(")
        if name == "selectin_polymorphic":
            base, _, heir = step.partition(".")
            return f"{name}({self.prefix}{base}, [{self.prefix}{heir}])"
        written = step if step == '"*"' else f"{self.prefix}{step}"
        return f"{name}({written}, {rest}" if rest else f"{name}({written})"


def with_option(site: Site, fix: LoaderOption) -> tuple[cst.Module, Needed]:
    """Return the module with an option, and the names that it needs.

    Raises:
        UnclearError: The statement cannot be told without doubt.
    """
    if not fix.steps:
        raise UnclearError("the refresh has to go as well")
    root = fix.steps[0][1].partition(".")[0]
    selects = [call for call in site.calls() if is_select(call, root)]
    if len(selects) > 1:
        raise UnclearError(f"several statements there select {root}")
    if selects:
        wanted = Wanted(fix.steps, prefix_of(selects[0], root))
        last = site.chain(selects[0])
        return site.replaced(last, into_chain(site, last, wanted)), needed(wanted)
    return at_execution(site, fix, root)


def is_select(call: cst.Call, root: str) -> bool:
    """Tell whether a call is `select` of a class."""
    return call_name(call) == "select" and any(name_of(arg.value) == root for arg in call.args)


def prefix_of(call: cst.Call, root: str) -> str:
    """Return what stands before the class's name: `models.` of `select(models.User)`."""
    named = next(arg.value for arg in call.args if name_of(arg.value) == root)
    text = cst.Module([]).code_for_node(named)
    return text.removesuffix(root)


def needed(wanted: Wanted) -> Needed:
    """Return the names that an option needs: loaders, and classes that bear no prefix."""
    first = wanted.steps[0][0].partition("(")[0]
    names: Needed = {first: ORM}
    if not wanted.prefix:
        for _, step in wanted.steps:
            names.update(dict.fromkeys((step.split(".")[0],) if step != '"*"' else (), ""))
        if first == "selectin_polymorphic":
            names[wanted.steps[0][1].rpartition(".")[2]] = ""
    return names


def at_execution(site: Site, fix: LoaderOption, root: str) -> tuple[cst.Module, Needed]:
    """Write an option where a statement made elsewhere is executed, or an object is got."""
    wanted = Wanted(fix.steps, "")
    got = [c for c in site.calls() if call_name(c) in GETTING and is_of(c, root)]
    if len(got) == 1:
        return site.replaced(got[0], with_argument(got[0], wanted)), needed(wanted)
    executed = [
        call.args[0].value
        for call in site.calls()
        if call_name(call) in EXECUTING and call.args and isinstance(call.args[0].value, cst.Name)
    ]
    if len(executed) != 1:
        raise UnclearError(f"no single statement there selects {root}")
    statement = executed[0]
    if not is_made_of(site, statement.value, root):
        raise UnclearError(f"what it executes is not made there as select({root})")
    option = cst.parse_expression(f"{statement.value}.options({wanted.text})")
    return site.replaced(statement, option), needed(wanted)


def is_made_of(site: Site, name: str, root: str) -> bool:
    """Tell whether a function makes a statement of that name, and always from one class.

    A repository's helper executes the statements of many classes; an option for one of them
    would break the others.
    """
    function = site.around(site.statement, cst.FunctionDef) or site.module
    made = [value for node in site.nodes(function) if (value := assigned(node, name)) is not None]
    new = [value for value in made if not any(name_of(node) == name for node in site.nodes(value))]
    return bool(new) and all(
        any(isinstance(node, cst.Call) and is_select(node, root) for node in site.nodes(value))
        for value in new
    )


def assigned(node: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """Return what a node assigns to a name; None where it does no such thing."""
    if isinstance(node, cst.Assign) and any(name_of(one.target) == name for one in node.targets):
        return node.value
    if isinstance(node, cst.AnnAssign) and name_of(node.target) == name:
        return node.value
    return None


def is_of(call: cst.Call, root: str) -> bool:
    """Tell whether a call's first argument is a class."""
    return bool(call.args) and name_of(call.args[0].value) == root


def with_argument(call: cst.Call, wanted: Wanted) -> cst.Call:
    """Return a `get` with an option more."""
    for place, argument in enumerate(call.args):
        if argument.keyword is not None and argument.keyword.value == "options":
            raise UnclearError("the get has options already")
        if argument.star:
            raise UnclearError(f"argument {place + 1} of the get may hold options")
    text = cst.parse_expression(f"f(options=[{wanted.text}])")
    assert isinstance(text, cst.Call)  # noqa: S101  (so it was written)
    return appended_argument(call, text.args[0])


def into_chain(site: Site, last: cst.Call, wanted: Wanted) -> cst.Call:
    """Return a chain with an option more: in its last `options`, else behind its end."""
    link: cst.BaseExpression = last
    while isinstance(link, cst.Call) and isinstance(link.func, cst.Attribute):
        if link.func.attr.value == "options" and link.args:
            changed = last.deep_replace(link, joined(link, wanted))
            assert isinstance(changed, cst.Call)  # noqa: S101  (the chain ends as before)
            return changed
        link = link.func.value
    return appended(site, last, wanted)


def appended(site: Site, last: cst.Call, wanted: Wanted) -> cst.Call:
    """Return a chain with `.options(...)` behind it, on a line of its own where others are."""
    dot = last.func.dot if isinstance(last.func, cst.Attribute) else cst.Dot()
    end = site.positions[last].end.column + len(f".options({wanted.text})")
    if isinstance(dot.whitespace_before, cst.SimpleWhitespace) and end > LONGEST:
        dot = broken(site, last)
    made = cst.parse_expression(f"x.options({wanted.text})")
    assert isinstance(made, cst.Call)  # noqa: S101  (so it was written)
    assert isinstance(made.func, cst.Attribute)  # noqa: S101
    bare = last.with_changes(lpar=(), rpar=())
    return made.with_changes(
        func=made.func.with_changes(value=bare, dot=dot), lpar=last.lpar, rpar=last.rpar
    )


def broken(site: Site, last: cst.Call) -> cst.Dot:
    """Return a dot on a line of its own below the chain, where brackets allow that."""
    if not isinstance(site.parents.get(last), cst.Arg):
        return cst.Dot()
    block = site.positions[site.statement].start.column
    deeper = max(site.positions[last].start.column - block, 0)
    if site.positions[last].start.line == site.positions[site.statement].start.line:
        deeper = STEP
    return cst.Dot(
        whitespace_before=cst.ParenthesizedWhitespace(
            indent=True, last_line=cst.SimpleWhitespace(" " * deeper)
        )
    )


def joined(options: cst.Call, wanted: Wanted) -> cst.Call:
    """Return an `options` with one more, or with one made longer or another.

    An option that goes on from one that is there continues it; one that loads row by row
    gives way.
    """
    for place, argument in enumerate(options.args):
        loader, attribute = described(argument.value)
        first_loader, first = wanted.steps[0]
        if attribute != f"{wanted.prefix}{first}":
            continue
        if first_loader == "defaultload" and len(wanted.steps) > 1:
            rest = ".".join(wanted.call(*step) for step in wanted.steps[1:])
            longer = f"{cst.Module([]).code_for_node(argument.value)}.{rest}"
        elif loader in ROW_BY_ROW:
            longer = wanted.text
        else:
            raise UnclearError(f"the statement has an option for {first} already")
        value = cst.parse_expression(longer)
        arguments = list(options.args)
        arguments[place] = argument.with_changes(value=value)
        return options.with_changes(args=arguments)
    return appended_argument(options, cst.Arg(cst.parse_expression(wanted.text)))


def described(option: cst.BaseExpression) -> tuple[str, str]:
    """Return (loader, attribute) of a plain option `loader(Class.attribute)`; else blanks."""
    if not isinstance(option, cst.Call) or not option.args:
        return "", ""
    if isinstance(option.func, cst.Attribute) and isinstance(option.func.value, cst.Call):
        return "", ""
    return call_name(option), cst.Module([]).code_for_node(option.args[0].value)
