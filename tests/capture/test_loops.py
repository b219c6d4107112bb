"""An instruction stands in a loop where the bytecode of its function jumps back past it."""

import asyncio
import sys
from collections.abc import AsyncIterator

from asa.capture.loops import in_loop

SEEN: dict[str, bool] = {}


async def seen(name: str) -> str:
    """Remember whether the line that awaits this stands in a loop."""
    frame = sys._getframe(1)
    SEEN[name] = in_loop(frame.f_code, frame.f_lasti)
    await asyncio.sleep(0)
    return name


async def several() -> AsyncIterator[int]:
    for number in range(2):
        yield number


async def program() -> None:
    for _ in await seen("iterated"):
        await seen("for")
        try:
            await seen("try in for")
        except ValueError:
            await seen("never")
    await seen("behind for")
    try:
        await seen("raised")
        int("no number")
    except ValueError:
        await seen("handled")
    await seen("behind handler")
    number = 2
    while number:
        number -= 1
        if number:
            continue
        await seen("while")
    async for _ in several():
        await seen("async for")
    _ = [await seen("comprehension") for _ in range(2)]
    async with asyncio.Lock():
        await seen("with")
    await seen("end")


def test_a_loop_holds_its_body_and_nothing_else() -> None:
    asyncio.run(program())
    inside = {"for", "try in for", "while", "async for", "comprehension"}
    assert {name for name, loops in SEEN.items() if loops} == inside
    assert SEEN.keys() - inside == {
        "iterated", "behind for", "raised", "handled", "behind handler", "with", "end",
    }  # fmt: skip
