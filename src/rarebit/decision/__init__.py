"""From probabilities to decisions: prior correction, calibration, thresholds and costs."""

from rarebit.decision.calibration import ProbabilityCalibrator
from rarebit.decision.costs import (
    CostCurve,
    check_cost_matrix,
    cost_curve,
    expected_cost,
    parse_costs,
)
from rarebit.decision.prior import correct_prior
from rarebit.decision.thresholds import ArgmaxRule, CostRule, Score, TunedThreshold

__all__ = [
    "ArgmaxRule",
    "CostCurve",
    "CostRule",
    "ProbabilityCalibrator",
    "Score",
    "TunedThreshold",
    "check_cost_matrix",
    "correct_prior",
    "cost_curve",
    "expected_cost",
    "parse_costs",
]
