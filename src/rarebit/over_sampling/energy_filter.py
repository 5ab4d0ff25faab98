"""The energy filter of QI-SMOTE: keep the candidates whose energy is typical of real rows."""

from __future__ import annotations

import numpy as np

# Quantiles of the real rows' energies between which a candidate counts as typical.
BAND = (0.05, 0.95)


def filter_by_energy(candidates: np.ndarray, real: np.ndarray, n_kept: int) -> np.ndarray:
    """Choose the candidates whose energies are nearest to the central 90 % of the real rows'.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,), float
        Energy (or any other score) of each candidate.
    real : ndarray of shape (n_rows,), float
        Energy of each real row of the class.
    n_kept : int
        Number of candidates to keep.

    Returns
    -------
    ndarray of shape (n_kept,), int64
        Positions of the candidates kept, ascending: first those between the 5 % and 95 % quantiles
        of ``real``, then the nearest outside.

    Examples
    --------
    >>> filter_by_energy(np.array([0.5, 9.0, 0.2, 1.5]), np.linspace(0, 1, 101), 3)
    array([0, 2, 3])
    """
    low, high = np.quantile(real, BAND)
    outside = np.maximum(np.maximum(low - candidates, candidates - high), 0)
    return np.sort(np.argsort(outside, kind="stable")[:n_kept])
