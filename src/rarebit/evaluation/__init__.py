"""Comparisons, sweeps, evaluation and monitoring of models."""

from rarebit._common.checks import Check, CheckResult, list_checks
from rarebit.evaluation.compare import compare
from rarebit.evaluation.comparison import Comparison
from rarebit.evaluation.evaluate import Evaluation, evaluate
from rarebit.evaluation.monitor import Monitoring, monitor
from rarebit.evaluation.progress import Progress
from rarebit.running.protocols import PROTOCOLS, Protocol
from rarebit.running.runner import worker_count

__all__ = [
    "PROTOCOLS",
    "Check",
    "CheckResult",
    "Comparison",
    "Evaluation",
    "Monitoring",
    "Progress",
    "Protocol",
    "compare",
    "evaluate",
    "list_checks",
    "monitor",
    "worker_count",
]
