"""Who is fitted on which rows, what came of it, and what that proves."""

from rarebit.evaluation.comparison import Candidate, Comparison, Predictions

__all__ = ["Candidate", "Comparison", "Predictions"]
