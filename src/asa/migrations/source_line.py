"""Which line of a revision's file is at work."""

import sys
from types import FrameType

__all__ = ["line_in"]


def line_in(file: str) -> int:
    """Return the line of a file that is at work now; 0 where none is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == file:
            return frame.f_lineno
        frame = frame.f_back
    return 0
