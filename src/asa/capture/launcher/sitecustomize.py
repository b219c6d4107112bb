"""Start recording in this process, then run the sitecustomize that this one hides.

Python imports this module before the program. It takes its own folder off `sys.path`
again: the program is to find the path as it would be without asa.
"""

# pathlib would be imported into every process for this alone.
# ruff: noqa: PTH100, PTH120

import os
import sys


def record(package: str) -> None:
    """Load asa's recorder by its path and start it; whatever fails, the program runs on.

    The name under which asa is loaded is private: a package `asa` of the program, be it this
    one or another, stays what it is.
    """
    try:
        from importlib import import_module

        root = type(sys)("_asa_capture")
        root.__path__ = [package]
        sys.modules["_asa_capture"] = root
        import_module("_asa_capture.capture.bootstrap").start(os.environ)
    except Exception as error:  # noqa: BLE001  (never the program's concern)
        if os.environ.get("ASA_DEBUG"):
            print(f"asa capture: {error!r}", file=sys.stderr)  # noqa: T201


def chain(folder: str) -> None:
    """Run the sitecustomize that comes after this one on the path, if there is one."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(
        "sitecustomize", [entry for entry in sys.path if os.path.abspath(entry) != folder]
    )
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Record, hide the folder, chain."""
    folder = os.path.dirname(os.path.abspath(__file__))
    record(os.path.dirname(os.path.dirname(folder)))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    chain(folder)


main()
