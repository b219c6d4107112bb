"""A program that owns a scratch server: tells its directory and URL, then ends as it is told.

python owner.py DIALECT wait|exit|raise|fork
"""

import asyncio
import os
import signal
import sys

from asa.scratch import scratch_server


async def main(dialect: str, ending: str) -> None:
    async with scratch_server(dialect) as server, server.database() as url:
        if ending == "fork" and os.fork() == 0:
            # A child that holds every file of its parent, and outlives it.
            while True:
                signal.pause()
        assert server.supervised is not None
        sys.stdout.write(f"ready {server.supervised.directory} {url}\n")
        sys.stdout.flush()
        if ending in ("wait", "fork"):
            await asyncio.Event().wait()
        if ending == "raise":
            raise RuntimeError("as told")


# A test run in the background of a shell has SIGINT ignored, and so would this.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main(*sys.argv[1:]))
