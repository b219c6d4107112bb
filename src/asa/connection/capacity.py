"""Whether all pools of the application fit into what the server gives."""

from asa.connection.step import PoolPlan, Step, doubtful, shown
from asa.database.session import Limits

__all__ = ["judge"]


def judge(plan: PoolPlan, limits: Limits | None, own: int) -> Step:
    """Compare the application's pools with the server's limit.

    Args:
        plan: The pools.
        limits: What the server gives; None where it has no limit.
        own: Connections of this check among those in use.
    """
    asked = f"{plan.size} + {plan.overflow} = {plan.each}"
    if plan.workers > 1:
        asked = f"{plan.workers} workers x {plan.each} = {plan.total}"
    if limits is None:
        return shown("pool", f"{asked}, no limit here")
    free = limits.free + own
    text = f"{asked}, server has {free} free"
    if plan.total <= free:
        return shown("pool", text)
    return doubtful("pool", text, advice(plan, free))


def advice(plan: PoolPlan, free: int) -> str:
    """Return the pool that fits: less overflow first, then a smaller pool."""
    each = free // plan.workers
    if each < 1:
        return f"the server has room for {free} of {plan.workers} workers: raise its limit"
    size = min(plan.size, each)
    overflow = each - size
    change = [f"max_overflow={overflow}"]
    if size != plan.size:
        change.insert(0, f"pool_size={size}")
    return f"set {', '.join(change)}   ({plan.workers} x {each} = {plan.workers * each})"
