"""One module's source with a fix written into it, and the imports that the fix needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor

from asa.model.fix import AddArgument, LoaderOption, SourceFix
from asa.project.edit.argument import with_keyword
from asa.project.edit.lookup import with_lookup
from asa.project.edit.option import with_option
from asa.project.edit.site import Site, UnclearError

__all__ = ["NotEdited", "attempted", "edited"]


@dataclass(frozen=True, slots=True)
class NotEdited:
    """A fix could not be written; `reason` is a clause."""

    reason: str


def edited(text: str, fix: SourceFix, modules: Mapping[str, str]) -> str | NotEdited:
    """Return a module's source with a fix, where the statement is found without doubt.

    Args:
        text: The source.
        fix: With its line.
        modules: By name of a mapped class, the module that defines it: to import it where
            the fix names it and the source does not.
    """
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError:
        return NotEdited("the file is no Python that can be read")
    if fix.at is None:
        return NotEdited("its line was not seen")
    try:
        site = Site(module, fix.at.line)
        if isinstance(fix, AddArgument):
            return with_keyword(site, fix).code
        if isinstance(fix, LoaderOption):
            changed, needed = with_option(site, fix)
        else:
            changed, needed = with_lookup(site, fix)
        return imported(changed, site, needed, modules).code
    except UnclearError as unclear:
        return NotEdited(str(unclear))


def imported(
    changed: cst.Module, site: Site, needed: Mapping[str, str], modules: Mapping[str, str]
) -> cst.Module:
    """Return a module with the imports that a fix needs.

    Args:
        changed: With the fix.
        site: Of the module as it was.
        needed: Names that the fix uses, with the module of each; empty for a mapped class.
        modules: Of mapped classes.

    Raises:
        UnclearError: A name is not there, and nobody knows where to import it from.
    """
    context = CodemodContext()
    for name, origin in needed.items():
        if site.knows(name):
            continue
        module = origin or modules.get(name, "")
        if not module or module == "__main__":
            raise UnclearError(f"{name} is not imported there")
        AddImportsVisitor.add_needed_import(context, module, name)
    return AddImportsVisitor(context).transform_module(changed)


def attempted(text: str, edit: Callable[[cst.Module], cst.Module]) -> str | NotEdited:
    """Return a module's source after an edit of its tree."""
    try:
        return edit(cst.parse_module(text)).code
    except cst.ParserSyntaxError:
        return NotEdited("the file is no Python that can be read")
    except UnclearError as unclear:
        return NotEdited(str(unclear))
