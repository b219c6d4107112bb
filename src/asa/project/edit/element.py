"""Write an expression among the elements of a tuple or the arguments of a call, or take one out."""

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

__all__ = ["with_element", "without_element"]

Holder = TypeVar("Holder", cst.Tuple, cst.Call)
Part = cst.BaseElement | cst.Arg


def with_element(holder: Holder, value: cst.BaseExpression) -> Holder:
    """Return a tuple or call with one more element, before its options, in the manner of the rest.

    Options are the dict that ends `__table_args__`, and keyword arguments.
    """
    parts: Sequence[Part] = parts_of(holder)
    place: int = next((n for n, part in enumerate(parts) if is_option(part)), len(parts))
    between = cst.Comma(whitespace_after=space_between(holder, parts[: place + 1]))
    made: Part = cst.Element(value) if isinstance(holder, cst.Tuple) else cst.Arg(value)
    if place < len(parts):
        return with_parts(holder, [*parts[:place], with_comma(made, between), *parts[place:]])
    if not parts:
        return with_parts(holder, [made])
    *before, last = parts
    if isinstance(last, cst.Arg):
        made = made.with_changes(whitespace_after_arg=last.whitespace_after_arg)
        last = last.with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
    if len(parts) > 1 or is_broken(between):
        # A comma at the end of a row of several stays at the end.
        made = made.with_changes(comma=last.comma)
    return with_parts(holder, [*before, with_comma(last, between), made])


def without_element(holder: Holder, value: cst.BaseExpression) -> cst.BaseExpression:
    """Return a tuple or call without an element; of a tuple, its only dict alone."""
    parts = parts_of(holder)
    kept = [part for part in parts if part.value is not value]
    if isinstance(holder, cst.Tuple) and len(kept) == 1 and is_option(kept[0]):
        return kept[0].value
    if kept and parts[-1].value is value:
        kept[-1] = kept[-1].with_changes(comma=parts[-1].comma)
        if isinstance(holder, cst.Tuple) and len(kept) == 1:
            kept[-1] = with_comma(kept[-1], cst.Comma())
        elif isinstance(kept[-1], cst.Arg) and isinstance(parts[-1], cst.Arg):
            space = parts[-1].whitespace_after_arg
            kept[-1] = kept[-1].with_changes(whitespace_after_arg=space)
    return with_parts(holder, kept)


def parts_of(holder: cst.Tuple | cst.Call) -> Sequence[Part]:
    """Return the elements of a tuple, or the arguments of a call."""
    return holder.elements if isinstance(holder, cst.Tuple) else holder.args


def with_parts(holder: Holder, parts: Sequence[Part]) -> Holder:
    """Return a tuple or call with other parts."""
    if isinstance(holder, cst.Tuple):
        return holder.with_changes(elements=parts)
    return holder.with_changes(args=parts)


def with_comma(part: Part, comma: cst.Comma) -> Part:
    """Return a part with another comma behind it."""
    return part.with_changes(comma=comma)


def is_option(part: Part) -> bool:
    """Tell whether positional parts have to stand before one."""
    if isinstance(part, cst.Arg):
        return part.keyword is not None
    return isinstance(part.value, cst.Dict)


def space_between(
    holder: cst.Tuple | cst.Call, parts: Sequence[Part]
) -> cst.BaseParenthesizableWhitespace:
    """Return what follows the last comma: a new line where parts stand below each other."""
    for part in reversed(parts[:-1]):
        if isinstance(part.comma, cst.Comma):
            return part.comma.whitespace_after
    if isinstance(holder, cst.Call):
        opening = holder.whitespace_before_args
    else:
        opening = holder.lpar[0].whitespace_after if holder.lpar else cst.SimpleWhitespace("")
    return (
        opening if isinstance(opening, cst.ParenthesizedWhitespace) else cst.SimpleWhitespace(" ")
    )


def is_broken(comma: cst.Comma) -> bool:
    """Tell whether a new line follows a comma."""
    return isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)
