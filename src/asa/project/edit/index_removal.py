"""Take an index out of the declaration of its table."""

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import RemoveImportsVisitor

from asa.model.schema import Index
from asa.project.edit.argument import without_argument
from asa.project.edit.declaration import (
    ARGUMENTS,
    Declaration,
    assigned,
    column_call,
    found_in,
    owner_of,
    replaced,
    spelt,
)
from asa.project.edit.element import without_element
from asa.project.edit.site import UnclearError, call_name
from asa.project.edit.source import NotEdited, attempted

__all__ = ["without_index"]


def without_index(text: str, declared: Declaration, index: Index) -> str | NotEdited:
    """Return a module's source without an index, where it is found without doubt."""
    return attempted(text, lambda module: removed(module, declared, index))


def removed(module: cst.Module, declared: Declaration, index: Index) -> cst.Module:
    """Return a module without an index.

    Raises:
        UnclearError: It is not found, or found more than once.
    """
    owner = owner_of(module, declared)
    calls = [
        call
        for call in found_in(module, cst.Call)
        if call_name(call) == "Index" and call.args and spelt(call.args[0].value) == index.name
    ]
    if len(calls) > 1:
        raise UnclearError(f'Index("{index.name}", ...) is there twice')
    if calls:
        return without_call(module, owner, calls[0])
    flag = flag_of(owner, declared, index)
    if flag is None:
        raise UnclearError(f"nothing there spells the index {index.name}")
    return replaced(module, flag, without_argument(flag, "index"))


def flag_of(owner: cst.ClassDef | cst.Call, declared: Declaration, index: Index) -> cst.Call | None:
    """Return the column whose `index=True` makes an index; None where none does."""
    if len(index.columns) != 1:
        return None
    (column,) = index.columns
    if isinstance(owner, cst.Call):
        call: cst.BaseExpression | None = column_call(owner, column)
    else:
        attribute = declared.attribute(column)
        held = assigned(owner.body, attribute) if attribute else None
        call = held[1] if held else None
    if not isinstance(call, cst.Call):
        return None
    given = {argument.keyword.value: argument.value for argument in call.args if argument.keyword}
    flag = given.get("index")
    return call if isinstance(flag, cst.Name) and flag.value == "True" else None


def without_call(module: cst.Module, owner: cst.ClassDef | cst.Call, index: cst.Call) -> cst.Module:
    """Return a module without an `Index(...)`, and without the import that only it needed."""
    changed = None
    if isinstance(owner, cst.Call) and any(each.value is index for each in owner.args):
        changed = replaced(module, owner, without_element(owner, index))
    elif isinstance(owner, cst.ClassDef):
        held = assigned(owner.body, ARGUMENTS)
        value = held[1] if held else None
        if isinstance(value, cst.Tuple) and any(each.value is index for each in value.elements):
            changed = replaced(module, value, without_element(value, index))
    if changed is None:
        changed = without_statement(module, index)
    context = CodemodContext()
    RemoveImportsVisitor.remove_unused_import(context, "sqlalchemy", "Index")
    return RemoveImportsVisitor(context).transform_module(changed)


def without_statement(module: cst.Module, index: cst.Call) -> cst.Module:
    """Return a module without the statement at its top that is an `Index(...)` alone.

    Raises:
        UnclearError: The index stands elsewhere.
    """
    for line in module.body:
        parts = line.body if isinstance(line, cst.SimpleStatementLine) else ()
        if len(parts) == 1 and isinstance(parts[0], cst.Expr) and parts[0].value is index:
            return module.with_changes(body=[one for one in module.body if one is not line])
    raise UnclearError("its Index(...) does not stand where a table's indexes are declared")
