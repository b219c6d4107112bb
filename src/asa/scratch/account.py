"""The unprivileged account that a server runs as when asa runs as root."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from asa.errors import ScratchError

__all__ = ["Account", "server_account"]

# An account with as little to lose as can be: a server's own (`postgres`) owns real data.
# Without an entry in the user database initdb refuses a uid, so it must be one of these.
NAMES = ("nobody", "daemon", "bin")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine, by numbers."""

    uid: int
    gid: int


@cache
def server_account() -> Account | None:
    """Return whom scratch servers run as; None for the present user.

    Raises:
        ScratchError: asa runs as root and can become nobody else.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid)
        if can_become(account):
            return account
    raise ScratchError(
        "a scratch server cannot run as root, and asa may not become another user here",
        "run asa as an ordinary user, or name a server with --scratch-url",
        cause="privileges",
    )


def can_become(account: Account) -> bool:
    """Tell whether this process may start programs as the account."""
    try:
        subprocess.run(
            ["/bin/sh", "-c", ":"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return True
