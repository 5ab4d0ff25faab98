"""From probabilities to decisions: prior correction, calibration, thresholds and costs."""

from rarebit.decision.calibration import ProbabilityCalibrator
from rarebit.decision.conformal import conformal_limits
from rarebit.decision.constraints import fit_points
from rarebit.decision.costs import expected_cost
from rarebit.decision.points import FittedPoint, OperatingPoint, parse_points
from rarebit.decision.prior import correct_prior
from rarebit.decision.review import FittedReview, ReviewBudget, fit_review, parse_review
from rarebit.decision.thresholds import CostRule, TunedThreshold

__all__ = [
    "CostRule",
    "FittedPoint",
    "FittedReview",
    "OperatingPoint",
    "ProbabilityCalibrator",
    "ReviewBudget",
    "TunedThreshold",
    "conformal_limits",
    "correct_prior",
    "expected_cost",
    "fit_points",
    "fit_review",
    "parse_points",
    "parse_review",
]
