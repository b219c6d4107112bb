"""What runs inside the user's program: the hook on SQLAlchemy that records its queries.

`run` starts the command with the folder `launcher` first on its PYTHONPATH; the
`sitecustomize` there loads this package by its path, under a private name, into each Python
process. So the program sees neither asa nor anything installed beside it, and modules here
import each other and `model` relatively.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .recording import capture

__all__ = ["capture"]


def __getattr__(name: str) -> object:
    """Load the library when it is asked for: a captured process loads this package at its start."""
    if name == "capture":
        from .recording import capture

        return capture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
