"""Write an index into the declaration of its table."""

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor

from asa.model.fix import AddIndex, IndexKey, model_key
from asa.project.edit.argument import with_flag
from asa.project.edit.declaration import (
    ARGUMENTS,
    Declaration,
    assigned,
    column_call,
    owner_of,
    replaced,
)
from asa.project.edit.element import with_element
from asa.project.edit.name import spoken_in
from asa.project.edit.site import UnclearError, call_name, name_of
from asa.project.edit.source import NotEdited, attempted

__all__ = ["with_index"]

LONGEST = 88
"""Columns that formatters leave to a line, unless they are told of more."""
STEP = 4
COLUMN_CALLS = frozenset(("Column", "mapped_column"))


def with_index(text: str, declared: Declaration, index: AddIndex, *, flag: bool) -> str | NotEdited:
    """Return a module's source with an index, where its table is found without doubt.

    Args:
        text: The source.
        declared: How it declares the table.
        index: Under the name that the model is to give it.
        flag: Whether `index=True` of its column says the same.
    """
    return attempted(text, lambda module: added(module, declared, index, flag=flag))


def added(module: cst.Module, declared: Declaration, index: AddIndex, *, flag: bool) -> cst.Module:
    """Return a module with an index: the column's flag where that says it all."""
    if flag and (changed := flagged(module, declared, index.keys[0].name)) is not None:
        return changed
    if any(key.descending and not key.expression for key in index.keys):
        below = below_class(module, declared, index)
        if below is not None:
            return below
    context = CodemodContext()
    owner = owner_of(module, declared)
    text = index.spelt(lambda key: model_key(key, index.dialect))
    written = spoken_in(module, owner, cst.parse_expression(text), context)
    if len(module.code_for_node(written)) + 2 * STEP > LONGEST:
        written = broken(written)
    if isinstance(owner, cst.Call):
        changed = replaced(module, owner, with_element(owner, written))
    else:
        block = with_table_argument(module, owner, written, declared)
        changed = replaced(module, owner, owner.with_changes(body=block))
    return AddImportsVisitor(context).transform_module(changed)


def below_class(module: cst.Module, declared: Declaration, index: AddIndex) -> cst.Module | None:
    """Return a module with an index below its class, which spells keys by the attributes.

    A text that says DESC is one thing in the models and another in what SQLite's catalog
    tells, so that the next comparison would find a difference.
    """
    owner = owner_of(module, declared)
    plain = [key.name for key in index.keys if not key.expression]
    if not isinstance(owner, cst.ClassDef) or owner not in module.body:
        return None
    if any(declared.attribute(name) is None for name in plain):
        return None

    def spelt(key: IndexKey) -> str:
        if key.expression:
            return model_key(key, index.dialect)
        falling = ".desc()" if key.descending else ""
        return f"{owner.name.value}.{declared.attribute(key.name)}{falling}"

    context = CodemodContext()
    call = spoken_in(module, module, cst.parse_expression(index.spelt(spelt)), context)
    text = module.code_for_node(call)
    if len(text) > LONGEST:
        text = module.code_for_node(broken(call, 0))
    statement = cst.parse_statement(text, config=module.config_for_parsing)
    apart = statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * 2)
    place = list(module.body).index(owner) + 1
    changed = module.with_changes(body=[*module.body[:place], apart, *module.body[place:]])
    return AddImportsVisitor(context).transform_module(changed)


def broken(index: cst.BaseExpression, steps: int = 2) -> cst.BaseExpression:
    """Return a call with each argument on a line of its own, some steps within a module."""
    call = cst.ensure_type(index, cst.Call)
    inner = cst.Comma(whitespace_after=line_break((steps + 1) * STEP, steps))
    outer = cst.Comma(whitespace_after=line_break(steps * STEP, steps))
    *before, last = call.args
    arguments = [
        *(argument.with_changes(comma=inner) for argument in before),
        last.with_changes(comma=outer),
    ]
    return call.with_changes(
        args=arguments, whitespace_before_args=line_break((steps + 1) * STEP, steps)
    )


def line_break(column: int, steps: int) -> cst.ParenthesizedWhitespace:
    """Return a new line that begins at a column, in a statement of a class or of the module."""
    block = STEP if steps else 0
    return cst.ParenthesizedWhitespace(
        indent=True, last_line=cst.SimpleWhitespace(" " * (column - block))
    )


def flagged(module: cst.Module, declared: Declaration, column: str) -> cst.Module | None:
    """Return a module with `index=True` at a column; None where no call there takes it."""
    owner = owner_of(module, declared)
    if isinstance(owner, cst.Call):
        found = column_call(owner, column)
        return None if found is None else replaced(module, found, with_flag(found, "index"))
    attribute = declared.attribute(column)
    held = assigned(owner.body, attribute) if attribute else None
    if held is None:
        return None
    statement, value = held
    if isinstance(value, cst.Call) and takes_flag(owner, value):
        return replaced(module, value, with_flag(value, "index"))
    if value is None and isinstance(statement, cst.AnnAssign) and is_mapped(statement):
        context = CodemodContext()
        call = spoken_in(module, owner, cst.parse_expression("mapped_column(index=True)"), context)
        changed = replaced(module, statement, statement.with_changes(value=call))
        return AddImportsVisitor(context).transform_module(changed)
    return None


def takes_flag(owner: cst.ClassDef, call: cst.Call) -> bool:
    """Tell whether a call declares a column and knows `index=True`."""
    if any(argument.star for argument in call.args):
        return False
    if call_name(call) in COLUMN_CALLS:
        return True
    # SQLModel's; a column of its own inside takes no flags beside it.
    given = {argument.keyword.value for argument in call.args if argument.keyword}
    table = any(word.keyword and word.keyword.value == "table" for word in owner.keywords)
    return call_name(call) == "Field" and table and "sa_column" not in given


def is_mapped(statement: cst.AnnAssign) -> bool:
    """Tell whether an attribute is declared as `Mapped[...]` alone."""
    annotation = statement.annotation.annotation
    return isinstance(annotation, cst.Subscript) and name_of(annotation.value) == "Mapped"


def with_table_argument(
    module: cst.Module, owner: cst.ClassDef, index: cst.BaseExpression, declared: Declaration
) -> cst.BaseSuite:
    """Return the block of a class with one more entry of `__table_args__`.

    Raises:
        UnclearError: What it has is computed, or comes from another class.
    """
    held = assigned(owner.body, ARGUMENTS)
    if held is not None:
        _, value = held
        if isinstance(value, cst.Dict):
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            both = cst.Tuple([cst.Element(index, comma), cst.Element(value)])
            block = owner.body.deep_replace(value, both)
        elif isinstance(value, cst.Tuple):
            wider = with_element(value, index)
            text = module.code_for_node(wider)
            if "\n" not in text and STEP + len(f"{ARGUMENTS} = {text}") > LONGEST:
                wider = on_lines(wider)
            block = owner.body.deep_replace(value, wider)
        else:
            raise UnclearError(f"{ARGUMENTS} is computed there")
        assert isinstance(block, cst.BaseSuite)  # noqa: S101  (a part of it was replaced)
        return block
    if declared.inherits:
        raise UnclearError(f"{declared.class_name} has {ARGUMENTS} of another class")
    return with_statement(module, owner, index)


def on_lines(arguments: cst.Tuple) -> cst.Tuple:
    """Return the value of `__table_args__` with each element on a line of its own."""
    *before, last = arguments.elements
    between = cst.Comma(whitespace_after=line_break(2 * STEP, 1))
    end = cst.Comma(whitespace_after=line_break(STEP, 1))
    opening = cst.LeftParen(whitespace_after=line_break(2 * STEP, 1))
    return arguments.with_changes(
        elements=[
            *(one.with_changes(comma=between) for one in before),
            last.with_changes(comma=end),
        ],
        lpar=[opening],
        rpar=[cst.RightParen()],
    )


def with_statement(
    module: cst.Module, owner: cst.ClassDef, index: cst.BaseExpression
) -> cst.BaseSuite:
    """Return the block of a class with `__table_args__`: below `__tablename__`, else on top."""
    step = module.default_indent
    text = f"{ARGUMENTS} = ({module.code_for_node(index)},)"
    if len(step) + len(text) > LONGEST:
        text = f"{ARGUMENTS} = (\n{step}{module.code_for_node(index)},\n)"
    statement = cst.parse_statement(text, config=module.config_for_parsing)
    lines = list(owner.body.body)
    named = assigned(owner.body, "__tablename__")
    place = next(
        (n + 1 for n, line in enumerate(lines) if named and named[0] in line.children),
        1 if owner.get_docstring(clean=False) is not None else 0,
    )
    return owner.body.with_changes(body=[*lines[:place], statement, *lines[place:]])
