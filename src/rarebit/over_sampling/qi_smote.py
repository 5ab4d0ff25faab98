"""QI-SMOTE: quantum-inspired over-sampling (arXiv:2509.02863)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from rarebit._common.frames import as_pandas, collected, with_rows_below
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.over_sampling._encoder import fit_encoder
from rarebit.over_sampling._parameters import (
    check_sampler,
    check_wanted_rows,
    encoder_settings,
)
from rarebit.over_sampling._resampling import join_provenance, refuse_size, resample_class
from rarebit.over_sampling._synthesis import join, mix
from rarebit.over_sampling._table import (
    KEPT_NUMBERS,
    check_frame,
    find_categorical,
    integer_columns,
    is_sparse,
    make_table,
    refuse_ambiguous,
    refuse_dates,
    refuse_missing,
)
from rarebit.over_sampling.feature_map import QuantumFeatureMap, feature_names

OVER_GENERATION = 2.0  # candidates drawn for each new row under energy_filter=True


class QISMOTE(BaseOverSampler):
    """Over-sample by SMOTE with quantum-encoded neighbours (QI-SMOTE, arXiv:2509.02863).

    Rows are scaled to [0, 1], each feature turns one qubit, the qubits are entangled, the state
    may be evolved to lower energy, and SMOTE interpolates between rows that are near each other
    with their states appended. By default no state vector is ever formed: one circuit for all rows
    is an isometry, so the distances are known in closed form, and the neighbours are found exactly
    in about SMOTE's time.

    What it cannot do: a new row is ``parent + weight * (neighbor - parent)``, as in SMOTE. The
    quantum part only chooses the neighbour, and most of the time it chooses the Euclidean one.
    ``metric="euclidean"`` is the control that leaves the quantum part out and keeps all else.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes to over-sample and how far, as in imbalanced-learn: a ratio (two classes
        only), ``"minority"``, ``"not minority"``, ``"not majority"``, ``"all"``, ``"auto"`` (the
        same as ``"not majority"``), a dict of class to number of rows, or a function of y that
        returns such a dict.
    k_neighbors : int, default=5
        Neighbours that a parent is mixed with. Reduced, with a warning, for a class of k rows or
        fewer; a class of one row is copied.
    metric : {"joint", "state", "euclidean"}, default="joint"
        The distance: scaled features and state together; the state alone, ties broken by the
        features (two rows that differ in one binary feature have orthogonal states, so ties are
        common); the features alone.
    angle : {"centered", "pi_x", "x", "arcsin"}, default="centered"
        Rotation angle of a feature x in [0, 1]: ``pi (x - 1/2)``, ``pi x``, ``x`` or
        ``2 arcsin(sqrt x)``.
    entanglers : tuple of {"CNOT", "CZ", "Toffoli"}, default=("CNOT", "CZ", "Toffoli")
        Entangling layers in the order in which they act; empty for none. They change nothing
        without ``evolution="per_sample"``, a read-out in Z or kept columns; CZ then acts only
        where a rotation follows.
    wiring : {"linear", "circular", "all"}, default="linear"
        Which wires are entangled.
    max_qubits : int, default=10
        Largest register; more features are split by their correlations.
    evolution : {None, "shared", "per_sample"}, default=None
        Whether a variational circuit lowers the energy of the states of a class. None and
        ``"shared"`` (one set of angles for all rows of the class) are isometries and choose the
        same neighbours, so None is the fast equivalent. ``"per_sample"`` is the paper's pipeline:
        angles of its own for each sample, all started from the same; it needs the state of every
        minority row.
    hamiltonian : {"ising", "outer"}, default="ising"
        The energy, see :class:`QuantumFeatureMap`.
    n_layers : int, default=2
        Layers of RY and CZ in the variational circuit.
    optimizer : {"cobyla", "spsa", "adam", "bfgs"}, default="cobyla"
        ``"cobyla"`` is the paper's; ``"bfgs"`` and ``"adam"`` are faster and reach lower energies.
    max_iterations : int, default=100
        Iterations of the optimiser.
    readout : {"auto", "state", "z", "zz"}, default="auto"
        What is appended: the 2^n amplitudes of each register, ``<Z_i>``, or ``<Z_i>`` and
        ``<Z_i Z_j>``. ``"auto"`` takes the state, except where it must be formed for registers of
        more than 9 qubits: there it takes ``"zz"``.
    columns : {"drop", "keep"}, default="drop"
        Whether the read-outs are left out of the result or appended to every row, original and
        synthetic, through ``feature_map_``, which uses no labels. Test rows then
        need ``feature_map_.transform``; inside a pipeline, put :class:`QuantumFeatureMap` after a
        sampler that drops instead.
    reencode : bool, default=False
        With kept columns: whether the read-outs of a new row are computed from its features, and
        not interpolated between its parents' (an interpolated state has a length below 1).
    energy_filter : bool or float, default=False
        Whether to draw more candidates than needed (True: twice as many, a number: so many times)
        and keep those whose energy is like that of real rows of the class (between their 5 % and
        95 % quantiles, then the nearest). Parents are then even among candidates, not among the
        rows kept. It filters by what the energy sees: means and pairwise correlations of
        ``cos(pi x)``.
    categorical_features : "auto", None, or array-like of int, str or bool, default="auto"
        Columns that are not interpolated: a new row takes the most frequent category among its
        parent's neighbours, and a mismatch counts as in SMOTENC. They are not encoded. ``"auto"``
        takes the category, string, object and boolean columns of a DataFrame, but not objects that
        are all decimals or all dates.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of the draws. A generator is advanced.

    Attributes
    ----------
    synthetic_ : DataFrame
        Provenance, one row for each new row: ``row`` (its position in the result), ``label``,
        ``parent`` and ``neighbor`` (positions in the input), ``weight`` and ``energy`` (of the
        encoded row, under the Hamiltonian of its class). Its numeric features are
        ``X[parent] + weight * (X[neighbor] - X[parent])``. Computed on demand from
        ``provenance_``, which keeps the scaled rows of the classes over-sampled.
    energy_trace_ : dict of ndarray
        For each class over-sampled, the lowest energy so far of each of its rows, of shape
        ``(n_rows, n_iterations + 1)``; empty without evolution.
    blocks_ : list of ndarray
        Features of each register, as positions among the numeric features.
    feature_map_ : QuantumFeatureMap
        The encoder for test rows; with ``columns="keep"`` only.
    sampling_strategy_ : dict
        Number of new rows for each class over-sampled.
    n_rows_in_ : int
        Number of rows before over-sampling.
    categorical_features_ : ndarray of int
        Positions of the categorical columns.
    integer_features_ : ndarray of bool
        Columns whose new values are rounded to whole numbers.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features, where they have names.

    Notes
    -----
    Features are scaled by their range over all training rows, a constant one to 1/2. Parents take
    turns in random order, so that every row of a class is used equally often. New values lie
    between those of the parents, in the dtype of their column: integers are rounded, decimals have
    the decimal places of the column, dates and durations are interpolated like numbers. Missing
    values are refused.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(weights=[0.9], n_features=6, random_state=0)
    >>> sampler = QISMOTE(random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_new.tolist()).items())
    [(0, 90), (1, 90)]
    >>> sampler.synthetic_.columns.tolist()
    ['row', 'label', 'parent', 'neighbor', 'weight', 'energy']
    """

    # _parameters checks them: imbalanced-learn's checks would refuse a numpy Generator.
    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        *,
        sampling_strategy: float | str | Mapping[Any, int] | Callable[..., Any] = "auto",
        k_neighbors: int = 5,
        metric: Literal["joint", "state", "euclidean"] = "joint",
        angle: Literal["centered", "pi_x", "x", "arcsin"] = "centered",
        entanglers: tuple[Literal["CNOT", "CZ", "Toffoli"], ...] = ("CNOT", "CZ", "Toffoli"),
        wiring: Literal["linear", "circular", "all"] = "linear",
        max_qubits: int = 10,
        evolution: Literal["shared", "per_sample"] | None = None,
        hamiltonian: Literal["ising", "outer"] = "ising",
        n_layers: int = 2,
        optimizer: Literal["cobyla", "spsa", "adam", "bfgs"] = "cobyla",
        max_iterations: int = 100,
        readout: Literal["auto", "state", "z", "zz"] = "auto",
        columns: Literal["drop", "keep"] = "drop",
        reencode: bool = False,
        energy_filter: bool | float = False,
        categorical_features: Any = "auto",
        random_state: RandomState = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_neighbors = k_neighbors
        self.metric = metric
        self.angle = angle
        self.entanglers = entanglers
        self.wiring = wiring
        self.max_qubits = max_qubits
        self.evolution = evolution
        self.hamiltonian = hamiltonian
        self.n_layers = n_layers
        self.optimizer = optimizer
        self.max_iterations = max_iterations
        self.readout = readout
        self.columns = columns
        self.reencode = reencode
        self.energy_filter = energy_filter
        self.categorical_features = categorical_features
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Over-sample.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_rows, n_features)
            The rows: an array, or a pandas, polars or Arrow table.
        y : array-like of shape (n_rows,)
            Their classes.

        Returns
        -------
        X_resampled : the same kind of container, of shape (n_rows_new, n_columns)
            The rows of ``X`` as they are, then synthetic rows; dtypes and column order are kept.
        y_resampled : the same kind of container, of shape (n_rows_new,)
            Their classes.
        """
        X, y = collected(X), collected(y)
        X_, y_ = super().fit_resample(as_pandas(X), as_pandas(y))
        if self.columns == "keep":
            X_ = self._with_columns(X_)
        return with_rows_below(X, X_), with_rows_below(y, y_)

    @property
    def synthetic_(self) -> pd.DataFrame:
        """Provenance, one row for each new row; energies are computed here."""
        check_is_fitted(self, "provenance_")
        return join_provenance(self.provenance_, self.n_rows_in_)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the columns of the result: features as given, as seen, or x0, x1 and so on."""
        if self.columns == "keep":
            return self.feature_map_.get_feature_names_out(input_features)
        return super().get_feature_names_out(input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Categories are taken beside numbers; strings alone are refused.
        tags.input_tags.categorical = True
        return tags

    # --- the parts of imbalanced-learn's template ------------------------------------------------

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:  # noqa: N802 - the template's signature
        """Validate parameters and data."""
        check_sampler(self)
        X, y = as_pandas(X), as_pandas(y)
        refuse_ambiguous(X, y)
        y, one_vs_all = check_target_type(y, indicate_one_vs_all=True)
        self.categorical_features_ = find_categorical(X, self.categorical_features)
        if len(self.categorical_features_):
            self._refuse_for_categories(X)
        if isinstance(X, pd.DataFrame):
            check_frame(X, y, keep=self.columns == "keep")
            validate_data(self, X, y, skip_check_array=True)
        elif len(self.categorical_features_):
            validate_data(self, X, y, skip_check_array=True)
            X = check_array(X, dtype=None, ensure_all_finite=False)
        else:
            given = X
            refuse_dates(X)
            X, y = validate_data(self, X, y, accept_sparse=["csr", "csc"], ensure_all_finite=False)
            refuse_missing(X, feature_names(self, None))
            if self.columns == "drop" and getattr(given, "dtype", np.dtype(object)).kind == "O":
                X = np.asarray(given, dtype=object)  # integers beside floats stay integers
        check_wanted_rows(self.sampling_strategy, y)
        self.integer_features_ = integer_columns(X)
        return X, y, one_vs_all

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        """Over-sample validated data."""
        rng = as_generator(self.random_state, legacy=True)
        table = make_table(X, self.categorical_features_, feature_names(self, None))
        settings = encoder_settings(self, table.numeric.shape[1], kept=self.columns == "keep")
        refuse_size(table, self.sampling_strategy_, self._over_generation())
        encoder = fit_encoder(table.numeric, settings, int(rng.integers(2**31)))
        parts = [
            resample_class(
                table,
                encoder,
                label,
                np.flatnonzero(y == label),
                n_new,
                k_neighbors=self.k_neighbors,
                metric=self.metric,
                over_generation=self._over_generation(),
                rng=rng,
            )
            for label, n_new in self.sampling_strategy_.items()
            if n_new > 0
        ]
        self.blocks_ = encoder.blocks
        self.energy_trace_ = encoder.traces
        self.provenance_ = [part.provenance for part in parts]
        self.n_rows_in_ = len(y)
        if self.columns == "keep":
            own = QuantumFeatureMap().get_params()
            shared = {name: value for name, value in self.get_params().items() if name in own}
            self.feature_map_ = QuantumFeatureMap(**shared).adopt(encoder, like=self)
        if not parts:
            return X.copy(), y.copy()
        mixtures = [made.mixture.among(made.rows) for made in self.provenance_]
        X_new = table.extended(join(mixtures), np.concatenate([part.codes for part in parts]))
        labels = [np.full(len(part.codes), part.provenance.label, dtype=y.dtype) for part in parts]
        return X_new, np.concatenate([y, *labels])

    # --- helpers ---------------------------------------------------------------------------------

    def _with_columns(self, X: Any) -> Any:
        """Append the read-outs of every row, old and new."""
        encoder = self.feature_map_.encoder_
        dense = check_array(X, accept_sparse=["csr", "csc"], dtype=np.float64)
        columns = encoder.all_columns(encoder.scale(dense[: self.n_rows_in_]))
        if self.reencode:
            new = [encoder.all_columns(encoder.scale(dense[self.n_rows_in_ :]))]
        else:
            new = [mix(columns[part.rows], part.mixture) for part in self.provenance_]
        columns = np.vstack([columns, *new])
        if isinstance(X, list):
            return np.hstack([dense, columns]).tolist()
        if is_sparse(X):
            return sparse.hstack([X, sparse.csr_array(columns)], format=X.format, dtype=X.dtype)
        if isinstance(X, pd.DataFrame):
            names = encoder.column_names([str(name) for name in X.columns])
            return pd.concat([X, pd.DataFrame(columns, columns=names, index=X.index)], axis=1)
        return np.hstack([X, columns])

    def _over_generation(self) -> float:
        """Candidates for each new row."""
        if self.energy_filter is True:
            return OVER_GENERATION
        return float(self.energy_filter) if self.energy_filter else 1.0

    def _refuse_for_categories(self, X: Any) -> None:
        """Raise InputError for options that do not work with categorical columns."""
        if is_sparse(X):
            raise InputError("Sparse rows cannot hold categorical_features; give a dense table.")
        if self.columns == "keep":
            raise InputError(KEPT_NUMBERS)
        if len(self.categorical_features_) == np.shape(X)[1]:
            raise InputError(
                "All columns are categorical, and QI-SMOTE needs a numeric one; for categories "
                "alone there is imblearn.over_sampling.SMOTEN."
            )
