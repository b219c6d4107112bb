"""Words that need no conversion are taken as they are.

typer converts every parameter by pydantic, also those that nobody typed and those that are
text; importing pydantic takes longer than all else that asa does before its command runs.
"""

from collections.abc import Callable
from typing import Any, get_type_hints

from typer.core import TyperCommand

from asa.cli.help import plain_types, styled

__all__ = ["PlainCommand", "unconverted"]

TEXT = (str, str | None)
TEXTS = (list[str], list[str] | None)


class PlainCommand(TyperCommand):
    """A command whose defaults and texts pass without conversion."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` among them."""
        return unconverted(super().get_params(ctx), self.callback)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line; newer typers put required ones in braces."""
        return [
            piece.strip("{}").replace("}...", "...") for piece in super().collect_usage_pieces(ctx)
        ]

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return styled(super().get_help(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what can be typed after the command."""
        parameters = self.get_params(ctx)
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            named = (one for one in parameters if one.param_type_name == kind)
            rows = plain_types(filter(None, (one.get_help_record(ctx) for one in named)))
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def unconverted(parameters: list[Any], function: Callable[..., Any] | None) -> list[Any]:
    """Return the parameters, so that their defaults and texts pass without conversion.

    Args:
        parameters: As typer made them.
        function: What they are handed to; its annotations tell what is text.
    """
    hints = get_type_hints(function, include_extras=True) if function else {}
    for parameter in parameters:
        # Older typers have click's own types, and no pydantic.
        converts = hasattr(parameter, "get_runtime_param") and not parameter.required
        if converts and "process_value" not in vars(parameter):
            parameter.process_value = processing(parameter, hints.get(parameter.name))
    return parameters


def processing(parameter: Any, hint: Any) -> Callable[[Any, Any], Any]:
    """Return what takes the place of a parameter's `process_value`."""
    convert = parameter.process_value

    def process(context: Any, value: Any) -> Any:
        if value is None:
            taken: Any = () if several(parameter) else None
        elif isinstance(value, tuple) and plain(hint, TEXTS):
            taken = list(value)
        elif plain(hint, TEXT) if type(value) is str else value is parameter.default:
            taken = value
        else:
            return convert(context, value)
        return parameter.callback(context, parameter, taken) if parameter.callback else taken

    return process


def several(parameter: Any) -> bool:
    """Tell whether a parameter takes more than one word."""
    return bool(getattr(parameter, "multiple", False) or parameter.nargs == -1)


def plain(hint: Any, kinds: tuple[Any, ...]) -> bool:
    """Tell whether an annotation is one of some kinds, with no parser of its own."""
    settings = getattr(hint, "__metadata__", ())
    parsed = any(getattr(setting, "parser", None) is not None for setting in settings)
    return getattr(hint, "__origin__", hint) in kinds and not parsed
