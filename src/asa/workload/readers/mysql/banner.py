"""What a server writes into its logs whenever it starts."""

import re

__all__ = ["is_banner"]

# Windows servers write of a port in capitals, and have spaces in their path.
HEADING = re.compile(r"tcp port: |time\s+id\s+command\s+argument", re.IGNORECASE)


def is_banner(row: str) -> bool:
    """Say whether a line is one of those."""
    if row[:1] in "tT" and HEADING.match(row):
        return True
    return row.endswith("started with:") and ", Version: " in row
