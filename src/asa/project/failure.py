"""What the worker could not do, in words that a user can act on."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asa.errors import ProjectError
from asa.project.interpreter import Interpreter

__all__ = ["explained"]

PASSWORD = re.compile(r"(://[^:@/\s]*):[^@\s]+@")
UNRESOLVED = re.compile(
    r"expression ['\"](?P<expression>[^'\"]+)['\"] failed to locate a name"
    r"|name ['\"](?P<name>\w+)['\"] is not defined"
    r"|Could not de-stringify annotation ['\"](?P<annotation>[^'\"]+)['\"]"
)
MAPPER = re.compile(r"[Mm]apper\[(\w+)\(")
TABLE_TWICE = re.compile(r"Table '([^']+)' is already defined for this MetaData")
# Names under which a package is imported and those under which it is installed.
DISTRIBUTIONS = {
    "dotenv": "python-dotenv",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
}


def explained(
    failure: Mapping[str, Any], module: str, root: Path, interpreter: Interpreter
) -> ProjectError:
    """Make the error that names what is missing or wrong, with its file and line.

    Args:
        failure: What `worker.described` told.
        module: The module that was being imported.
        root: The project's root, to shorten paths.
        interpreter: Where it ran, for hints.
    """
    place = placed(failure, root)
    details = ((("at", place),) if place else ()) + (("import", module),)
    lacking = failure.get("missing")
    if lacking:
        error = lacks(lacking, root, interpreter, details)
        if error is not None:
            return error
    kind, message = str(failure["type"]), redacted(str(failure["message"]))
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        text = message.partition(" (")[0]
        return ProjectError(
            f"{place or module} is not valid Python: {text}",
            "correct it, then try again",
            details=details,
        )
    unresolved = UNRESOLVED.search(message)
    if unresolved:
        name = next(text for text in unresolved.groups() if text)
        mapper = MAPPER.search(message)
        where = f" in {mapper[1]}" if mapper else ""
        return ProjectError(
            f'the name "{name}"{where} leads to no class',
            f'import or define "{name}", or correct its spelling',
            details=details,
        )
    twice = TABLE_TWICE.search(message)
    if twice:
        return ProjectError(
            f'table "{twice[1]}" is defined twice on one MetaData',
            "is one module imported under two names? see pythonpath in [tool.asa]",
            details=details,
        )
    if kind == "SystemExit":
        return ProjectError(
            f"{module} ends the program when it is imported",
            'put what runs the program under if __name__ == "__main__":',
            details=details,
        )
    first = message.splitlines()[0] if message and kind != "ValidationError" else ""
    said = f"{kind}: {first}" if first else kind
    return ProjectError(
        f"{module} cannot be imported: {said}", try_it(module, interpreter), details=details
    )


def lacks(
    lacking: Mapping[str, Any],
    root: Path,
    interpreter: Interpreter,
    details: tuple[tuple[str, str], ...],
) -> ProjectError | None:
    """Make the error for something that is not set or not installed."""
    names, kind = [str(name) for name in lacking["names"]], lacking["kind"]
    if kind == "module":
        return lacks_module(names[0], root, interpreter, details)
    wrong = [str(name) for name in lacking.get("wrong", ())]
    if names:
        plural = "are" if len(names) > 1 else "is"
        return ProjectError(
            f"the project's settings need {listed(names)}, which {plural} not set",
            f"export {names[0]}=..., or write it in .env",
            details=details,
        )
    if wrong:
        return ProjectError(
            f"the project's settings refuse the value of {listed(wrong)}",
            f"correct {wrong[0]} in the environment or in .env",
            details=details,
        )
    return None


def lacks_module(
    name: str, root: Path, interpreter: Interpreter, details: tuple[tuple[str, str], ...]
) -> ProjectError:
    """Make the error for a module that cannot be found: a package to install, or one's own."""
    top = name.partition(".")[0]
    own = any(
        found for found in (root / top, root / "src" / top, root / f"{top}.py") if found.exists()
    )
    if own:
        return ProjectError(
            f'the project imports "{name}", which is not there',
            "correct the import, or set pythonpath in [tool.asa]",
            details=details,
        )
    package = DISTRIBUTIONS.get(top, top)
    return ProjectError(
        f'the package "{package}" is missing in the project\'s environment',
        f"{interpreter.path} -m pip install {package}",
        details=(*details, ("python", f"{interpreter.path}   ({interpreter.origin})")),
    )


def placed(failure: Mapping[str, Any], root: Path) -> str | None:
    """Return `file:line` of a failure, below the root where it lies there."""
    file = failure.get("file")
    if not file:
        return None
    path = Path(str(file))
    shown = path.relative_to(root) if root in path.parents else path
    return f"{shown.as_posix()}:{failure.get('line')}"


def redacted(message: str) -> str:
    """Return a message without the passwords of the URLs in it."""
    return PASSWORD.sub(r"\1:***@", message)


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def try_it(module: str, interpreter: Interpreter) -> str:
    """Return the command that shows the whole traceback, where it was at a module."""
    if not module.replace(".", "").isidentifier():
        return "it was raised at the place above"
    return f'{interpreter.path} -c "import {module}" shows the whole traceback'
