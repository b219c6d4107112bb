"""Write an argument into a call, in the manner of its others."""

import libcst as cst

from asa.model.fix import AddArgument
from asa.project.edit.site import Site, UnclearError, call_name

__all__ = ["appended_argument", "with_flag", "with_keyword", "without_argument"]

BARE = cst.AssignEqual(
    whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
)


def with_keyword(site: Site, fix: AddArgument) -> cst.Module:
    """Return the module with a keyword argument more, or with another value of one.

    Raises:
        UnclearError: Not exactly one such call is there, or its arguments are computed.
    """
    calls = [call for call in site.calls() if call_name(call) == fix.call]
    if len(calls) != 1:
        raise UnclearError(f"no single {fix.call}(...) is there")
    call = calls[0]
    name, _, text = fix.argument.partition("=")
    return site.replaced(call, with_value(call, name, cst.parse_expression(text)))


def with_value(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """Return a call with a keyword argument more, or with another value of one.

    Raises:
        UnclearError: Its arguments are computed.
    """
    for place, given in enumerate(call.args):
        if given.star == "**":
            raise UnclearError(f"the arguments of {call_name(call)}(...) are computed")
        if given.keyword is not None and given.keyword.value == name:
            arguments = list(call.args)
            arguments[place] = given.with_changes(value=value)
            return call.with_changes(args=arguments)
    return appended_argument(call, cst.Arg(value, cst.Name(name), equal=BARE))


def with_flag(call: cst.Call, name: str) -> cst.Call:
    """Return a call that says `name=True`."""
    return with_value(call, name, cst.Name("True"))


def without_argument(call: cst.Call, name: str) -> cst.Call:
    """Return a call without a keyword argument."""
    kept = [a for a in call.args if a.keyword is None or a.keyword.value != name]
    last = call.args[-1]
    if kept and kept[-1] is not last:
        kept[-1] = kept[-1].with_changes(
            comma=last.comma, whitespace_after_arg=last.whitespace_after_arg
        )
    return call.with_changes(args=kept)


def appended_argument(call: cst.Call, argument: cst.Arg) -> cst.Call:
    """Return a call with one more argument: on its own line where the others are."""
    if not call.args:
        return call.with_changes(args=[argument])
    *before, last = call.args
    if not isinstance(last.comma, cst.Comma):
        own_lines = [a.comma for a in before if isinstance(a.comma, cst.Comma)]
        comma = own_lines[-1] if own_lines else spaced_comma(call)
        ends = last.whitespace_after_arg
        inner = last.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace(""))
        return call.with_changes(
            args=[*before, inner, argument.with_changes(whitespace_after_arg=ends)]
        )
    # One below the other: the last comma's space leads to the bracket.
    between = cst.Comma(whitespace_after=call.whitespace_before_args)
    return call.with_changes(
        args=[*before, last.with_changes(comma=between), argument.with_changes(comma=last.comma)]
    )


def spaced_comma(call: cst.Call) -> cst.Comma:
    """Return the comma after the only argument of a call."""
    begins = call.whitespace_before_args
    one_line = isinstance(begins, cst.SimpleWhitespace)
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" ") if one_line else begins)
