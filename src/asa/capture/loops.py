"""Whether an instruction stands in a loop of its function, told by the function's bytecode.

A loop ends with a jump back to its beginning. An `await` has jumps back too, one by a name of
its own and one behind what it throws into the awaited; and from Python 3.11 on the handlers of
exceptions lie behind the function's end and jump back from there.
"""

import dis
from types import CodeType

__all__ = ["in_loop"]

JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))
AWAITED, THROWN, HANDLER = "NO_INTERRUPT", "CLEANUP_THROW", "PUSH_EXC_INFO"


def in_loop(code: CodeType, place: int) -> bool:
    """Tell whether a loop of a function runs the instruction at a place.

    Args:
        code: Of the function.
        place: Offset in bytes, as a frame's `f_lasti` is.
    """
    before = ""
    for instruction in dis.get_instructions(code):
        name, offset = instruction.opname, instruction.offset
        if name == HANDLER and offset > place:
            return False
        jumps = instruction.opcode in JUMPS and AWAITED not in name and before != THROWN
        if jumps and instruction.argval <= place <= offset:
            return True
        before = name
    return False
