"""When what an index saves of a query is worth its place."""

__all__ = ["matters"]

LEAST_SAVED = 0.3
"""Share of some query's cost that a step has to save."""
LEAST_OF_ALL = 0.2
"""Share of what the query cost at first that one which widens another has to save too."""
NEARLY_ALL = 0.7
"""Or else this share of what it costs by then."""
LEAST_COST = 10.0
"""What it has to save of that query at least: no index for a page or two."""
LEAST_WIDER = 50.0
"""What an index has to save beyond one that it takes the place of."""


def matters(
    base: float, before: float, after: float, *, wider: bool = False, carries: bool = False
) -> bool:
    """Tell whether a step saves a query enough, that cost `base` without any index.

    Where an index looks the rows up already, one that only does it better is worth its place
    where it saves much of what the query cost at first, or nearly all that is left; one that
    carries columns so as not to read the table, where it saves much of the first cost.
    """
    less = before - after
    if less < max(LEAST_SAVED * before, LEAST_COST):
        return False
    much = less >= LEAST_OF_ALL * base
    if carries and not much:
        return False
    return not wider or (less >= LEAST_WIDER and (much or less >= NEARLY_ALL * before))
