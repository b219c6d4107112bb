"""Find what makes a workload slow: plan it, judge it, put each claim to the proof."""

from asa.optimize.optimization import Optimization, optimize

__all__ = ["Optimization", "optimize"]
