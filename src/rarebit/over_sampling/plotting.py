"""The energy of each sample while it evolves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAMPLES = 200  # lines drawn for a class


def plot_energy_trace(fitted: Any, ax: Axes | None = None) -> Axes:
    """Plot the lowest energy so far of each sample against the iteration, a colour for each class.

    Samples whose lines run flat early sit in a minimum, or are stuck.

    Parameters
    ----------
    fitted : QISMOTE or QuantumFeatureMap
        Fitted with ``evolution="shared"`` or ``"per_sample"``.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from rarebit.over_sampling import QuantumFeatureMap
    >>> X, y = load_iris(return_X_y=True)
    >>> feature_map = QuantumFeatureMap(evolution="shared", optimizer="bfgs", random_state=0)
    >>> plot_energy_trace(feature_map.fit(X, y)).get_xlabel()
    'Iteration'
    """
    import matplotlib.pyplot as plt

    traces: dict[Any, np.ndarray] = getattr(fitted, "energy_trace_", {})
    if not traces:
        raise InputError(
            "There is no energy trace: fit with evolution='shared' or 'per_sample' first."
        )
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    for position, (label, trace) in enumerate(traces.items()):
        color = f"C{position}"
        some = trace[:: max(1, len(trace) // SAMPLES)]
        ax.plot(some.T, color=color, alpha=max(0.05, min(1.0, 10 / len(some))), linewidth=0.8)
        ax.plot(np.median(trace, axis=0), color=color, linewidth=2.2, label=f"{label} (median)")
    ax.set(xlabel="Iteration", ylabel="Lowest energy so far")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(title="Class", frameon=False)
    return ax
