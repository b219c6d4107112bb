"""Who listens in this process.

SQLAlchemy's events are listened to once, however many listen here, and no longer than anybody
does.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from .hooks import Hooks
from .listener import Listener

__all__ = ["HOOKS", "listen", "set_up_sessions", "unlisten"]

HOOKS: list[Hooks] = []
"""The hooks of this process while anybody listens; none or one."""

SESSIONS: dict[Hooks, Any] = {}
"""What watches sessions for them, once the ORM is imported."""

LOCK = threading.Lock()
COMMITS = ("commit", "commit_twophase")
ROLLBACKS = ("rollback", "rollback_twophase")


def events_of(one: Hooks) -> list[tuple[Any, str, Callable[..., Any], bool]]:
    """Return (target, event, handler, whether it answers) of the engines' events."""
    return [
        # One that answers is called without a wrapper of SQLAlchemy's around it.
        (Engine, "before_cursor_execute", one.executing, True),
        (Engine, "after_cursor_execute", one.executed, False),
        (Engine, "handle_error", one.failed, False),
        (Engine, "begin", one.transactions.began, False),
        (Engine, "begin_twophase", one.transactions.began, False),
        *((Engine, name, one.transactions.committed, False) for name in COMMITS),
        *((Engine, name, one.transactions.rolled_back, False) for name in ROLLBACKS),
    ]


def set_up(one: Hooks) -> None:
    """Begin to listen to every engine, those that exist included."""
    for target, name, handler, answers in events_of(one):
        event.listen(target, name, handler, retval=answers)
    one.pools.set_up()
    if "sqlalchemy.orm" in sys.modules:
        set_up_sessions()


def set_up_sessions(injections: str = "") -> None:
    """Begin to listen to every session; call once `sqlalchemy.orm` has been imported.

    Args:
        injections: Loader options of a rerun in their JSON form; empty in a plain capture.
    """
    from .sessions import Sessions

    for one in HOOKS:
        if one not in SESSIONS:
            SESSIONS[one] = Sessions(one)
            SESSIONS[one].set_up(injections)


def take_down(one: Hooks) -> None:
    """Let go of every event."""
    one.pools.take_down()
    for target, name, handler, _ in events_of(one):
        event.remove(target, name, handler)
    sessions = SESSIONS.pop(one, None)
    if sessions is not None:
        sessions.take_down()


def listen(listener: Listener, root: str = "") -> Hooks:
    """Begin to tell a listener of executions, the ORM's included once it is imported.

    Args:
        listener: Told of every engine's; it chooses for itself.
        root: Directory that files are named relative to, where nobody listened before.
    """
    with LOCK:
        if not HOOKS:
            HOOKS.append(Hooks(root))
            set_up(HOOKS[0])
        HOOKS[0].listeners += (listener,)
        HOOKS[0].mappers.clear()
        return HOOKS[0]


def unlisten(listener: Listener) -> None:
    """Tell a listener of nothing more; with the last one every event is let go."""
    with LOCK:
        if not HOOKS or listener not in HOOKS[0].listeners:
            return
        one = HOOKS[0]
        one.settle()
        one.listeners = tuple(other for other in one.listeners if other is not listener)
        if not one.listeners:
            HOOKS.clear()
            take_down(one)


def settle_all() -> None:
    """Tell everything before this process forks."""
    for one in HOOKS:
        one.settle()


def forked() -> None:
    """Begin anew in a child process; a thread that is not there may hold the lock."""
    global LOCK  # noqa: PLW0603
    LOCK = threading.Lock()
    for one in HOOKS:
        one.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=settle_all, after_in_child=forked)
