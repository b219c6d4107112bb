"""The imports of column types that are not SQLAlchemy's own, for the file of a revision."""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext

__all__ = ["import_types"]


def import_types(context: MigrationContext) -> None:
    """Let the revisions that a context writes import the types which they name.

    Alembic writes a type by its module, and leaves the import to the user. What env.py renders
    itself, by `render_item` or a `user_module_prefix`, it also imports itself.
    """
    asked = context.opts.get("render_item")

    def render(kind: str, item: Any, rendering: AutogenContext) -> str | Literal[False]:
        if asked is not None:
            said: str | Literal[False] = asked(kind, item, rendering)
            if said is not False:
                return said
        module = type(item).__module__
        own = kind == "type" and not module.startswith(("sqlalchemy.", "asa."))
        if own and not context.opts.get("user_module_prefix"):
            rendering.imports.add(f"import {module}")
        return False

    context.opts["render_item"] = render
