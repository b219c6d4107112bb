"""What PostgreSQL logs beside statements: errors, temporary files, lock waits, checkpoints."""

import re

from asa.workload.events import Events
from asa.workload.readers.postgresql.entry import Entry

__all__ = ["note"]

FAILURES = frozenset(("ERROR", "FATAL", "PANIC"))
TEMPORARY = re.compile(r"temporary file: path .*, size (?P<bytes>\d{1,18})")
# The server tells once that a session waits, and at the end how long it did.
WAITING = re.compile(r"process \d+ still waiting for (?P<mode>\w+) on ")
WAITED = re.compile(r"process \d+ acquired (?P<mode>\w+) on .* after (?P<ms>\d{1,15}\.\d+) ms")
CHECKPOINT = re.compile(r"(?:checkpoint|restartpoint) complete: .*total=(?P<s>\d{1,9}\.\d+) s")
# What an error says behind a colon, or where the syntax broke, may be a value.
VALUE = re.compile(r"(?s:: .*)|(?<=at or near )\"(?s:.*)\"|(?<![\w$])\d+(?!\w)")


def note(entry: Entry, events: Events) -> None:
    """Add what an entry tells that is of no statement; nothing for one that tells no such."""
    if entry.severity in FAILURES:
        text = VALUE.sub(hidden, entry.message.split("\n", 1)[0])
        events.add("error", f"{entry.state} {text}" if entry.state else text)
    elif entry.severity == "LOG":
        message = entry.message
        if found := TEMPORARY.match(message):
            size = int(found["bytes"])
            events.add("temporary file", "", 1, size, size)
        elif found := WAITING.match(message):
            events.add("lock wait", found["mode"])
        elif found := WAITED.match(message):
            spent = round(float(found["ms"]) * 1000)
            events.add("lock wait", found["mode"], 0, spent, spent)
        elif found := CHECKPOINT.match(message):
            spent = round(float(found["s"]) * 1_000_000)
            events.add("checkpoint", "", 1, spent, spent)


def hidden(match: "re.Match[str]") -> str:
    """Return what stands for a value."""
    return ": ?" if match[0].startswith(":") else "?"
