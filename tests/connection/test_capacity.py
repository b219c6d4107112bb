"""Whether pools fit: the arithmetic, and the advice that must itself fit."""

from hypothesis import given
from hypothesis import strategies as st

from asa.connection.capacity import judge
from asa.connection.step import PoolPlan
from asa.database.session import Limits
from asa.model.event import Stage

COUNTS = st.integers(min_value=1, max_value=200)


def test_a_pool_that_fits_is_shown_with_what_is_free() -> None:
    step = judge(PoolPlan(), Limits(maximum=100, in_use=3), own=2)
    assert (step.stage, step.text) == (Stage.DONE, "5 + 10 = 15, server has 99 free")


def test_workers_multiply() -> None:
    step = judge(PoolPlan(workers=4), Limits(maximum=50, in_use=3), own=0)
    assert step.stage is Stage.WARNED
    assert step.text == "4 workers x 15 = 60, server has 47 free"
    assert step.advice == "set max_overflow=6   (4 x 11 = 44)"


def test_a_database_without_a_limit_fits_all() -> None:
    assert judge(PoolPlan(workers=99), None, own=0).stage is Stage.DONE


@given(COUNTS, st.integers(min_value=0, max_value=200), COUNTS, st.integers(0, 500))
def test_advice_always_fits(size: int, overflow: int, workers: int, free: int) -> None:
    step = judge(PoolPlan(size, overflow, workers), Limits(free, 0), own=0)
    if step.stage is Stage.DONE:
        assert (size + overflow) * workers <= free
    elif size + overflow == 1:
        assert "one connection" in step.text
    elif step.advice.startswith("set"):
        total = int(step.advice.rpartition("= ")[2].rstrip(")"))
        assert 0 < total <= free
    else:
        assert free < workers
