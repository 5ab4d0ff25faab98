"""The encoder of QI-SMOTE as a transformer, for training and test rows alike."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from rarebit._common.parameters import TRUTH, check_value
from rarebit._common.random_state import RandomState, as_generator
from rarebit.over_sampling._diagnostics import warn_of_memory
from rarebit.over_sampling._encoder import Encoder, add_class, fit_encoder
from rarebit.over_sampling._parameters import (
    encoder_settings,
)
from rarebit.over_sampling._table import refuse_ambiguous, refuse_dates


class QuantumFeatureMap(TransformerMixin, BaseEstimator):
    """Append quantum read-outs of the features: encode, entangle, evolve, read out.

    Each feature is scaled to [0, 1] and turned into a rotation of one qubit; features that go
    together share a register of at most ``max_qubits``; the register is entangled, perhaps evolved,
    and read. The map never uses a row's label, so training and test rows are treated alike.

    What it cannot do: without evolution, or with ``evolution="shared"``, the map from encoded
    state to final state is an isometry, so with ``readout="state"`` the entanglers change no
    distance and no kernel value; only learners that look at single columns (trees, say) notice
    them. With ``readout="z"`` and without entanglers the columns are cosines of single features.
    Quantum hardware would not speed it up at these sizes. Measure against the plain features.

    Parameters
    ----------
    angle : {"centered", "pi_x", "x", "arcsin"}, default="centered"
        Rotation angle of a feature x in [0, 1]: ``pi (x - 1/2)``, ``pi x``, ``x`` or
        ``2 arcsin(sqrt x)``. After the Hadamard gate, ``<Z> = -sin(angle)``: ``"centered"`` gives
        cos(pi x), one value for each x; ``"pi_x"`` and ``"arcsin"`` fold x and 1 - x together in
        every read-out in Z and every Ising energy.
    entanglers : tuple of {"CNOT", "CZ", "Toffoli"}, default=("CNOT", "CZ", "Toffoli")
        Entangling layers in the order in which they act; empty for none. CZ only flips signs: no
        read-out in Z changes unless a rotation (an evolution) follows. Toffoli needs 3 features.
    wiring : {"linear", "circular", "all"}, default="linear"
        Which wires are entangled.
    max_qubits : int, default=10
        Largest register. More features are split by hierarchical clustering of their correlations;
        entanglement never reaches across registers.
    evolution : {None, "shared", "per_sample"}, default=None
        Whether a variational circuit (layers of RY and CZ) lowers the energy of the state: not at
        all; with one set of angles for all rows of a class (an isometry); or with angles of its
        own for each sample, which is slow, also for every test row.
    hamiltonian : {"ising", "outer"}, default="ising"
        The energy. ``"ising"``: ``-corr(z_i, z_j) Z_i Z_j - mean(z_i) Z_i``, learned from
        the encoded rows of the class (its ground state is a basis state: an optimiser that
        reaches it erases the row); ``"outer"``: ``-|s><s|`` with s their mean state.
    n_layers : int, default=2
        Layers of the variational circuit.
    optimizer : {"cobyla", "spsa", "adam", "bfgs"}, default="cobyla"
        The optimiser; ``"bfgs"`` and ``"adam"`` use exact gradients, work on all rows at once and
        reach lower energies in a fraction of the time.
    max_iterations : int, default=100
        Iterations of the optimiser.
    readout : {"auto", "state", "z", "zz"}, default="auto"
        The read-outs: the 2^n amplitudes of each register, ``<Z_i>``, or ``<Z_i>`` and
        ``<Z_i Z_j>``. ``"auto"`` reads the state up to 9 qubits and ``"zz"`` beyond.
    append : bool, default=True
        Whether the features themselves come first in the result.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of the start of the variational circuit.

    Attributes
    ----------
    encoder_ : object
        The fitted encoder.
    blocks_ : list of ndarray
        Features of each register.
    readout_ : str
        The read-out used.
    energy_trace_ : dict of ndarray
        For each class, the lowest energy so far of each of its training rows, of shape
        ``(n_rows, n_iterations + 1)``; empty without evolution.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features, where they have names.

    Notes
    -----
    With ``evolution`` and a target, there is one encoder for each class, side by side; each row
    goes through all of them, whatever its label. Values outside the training range are clipped.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).uniform(size=(6, 3))
    >>> feature_map = QuantumFeatureMap(readout="z").fit(rows)
    >>> feature_map.transform(rows).shape
    (6, 6)
    >>> feature_map.get_feature_names_out().tolist()
    ['x0', 'x1', 'x2', 'z_x0', 'z_x1', 'z_x2']
    """

    def __init__(
        self,
        *,
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
        append: bool = True,
        random_state: RandomState = None,
    ) -> None:
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
        self.append = append
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn ranges, registers and, where states evolve, the Hamiltonian of each class.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Training rows.
        y : array-like of shape (n_rows,), default=None
            Their classes; used with ``evolution`` only. None takes all rows as one class.

        Returns
        -------
        QuantumFeatureMap
        """
        refuse_ambiguous(X, y)
        refuse_dates(X)
        X = validate_data(self, X, dtype=np.float64)
        check_value("append", self.append, *TRUTH)
        settings = encoder_settings(self, X.shape[1], kept=True)
        seed = int(as_generator(self.random_state, legacy=True).integers(2**31))
        encoder = fit_encoder(X, settings, seed)
        if self.evolution is not None:
            labels = np.zeros(len(X), dtype=np.int64) if y is None else column_or_1d(y)
            check_consistent_length(X, labels)
            check_classification_targets(labels)
            scaled = encoder.scale(X)
            for label in np.unique(labels):
                add_class(encoder, label, scaled[labels == label])
        return self.adopt(encoder, like=self)

    def transform(self, X: Any) -> np.ndarray:
        """Encode rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_columns), float64
            Features (with ``append=True``), then read-outs.
        """
        check_is_fitted(self)
        refuse_dates(X)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        warn_of_memory(
            8.0 * len(X) * self.encoder_.n_columns,
            f"{self.encoder_.n_columns} read-outs of {len(X)} rows",
            "choose readout='z' or 'zz', or a smaller max_qubits",
        )
        columns = self.encoder_.all_columns(self.encoder_.scale(X))
        return np.hstack([X, columns]) if self.append else columns

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the columns of the result: features as given, as seen, or x0, x1 and so on."""
        check_is_fitted(self)
        names = feature_names(self, input_features)
        columns = self.encoder_.column_names(names)
        return np.array([*names, *columns] if self.append else columns, dtype=object)

    def adopt(self, encoder: Encoder, like: Any) -> Self:
        """Take over a fitted encoder, and the features seen by the estimator ``like``."""
        self.encoder_ = encoder
        self.blocks_ = encoder.blocks
        self.readout_ = encoder.settings.readout
        self.energy_trace_ = encoder.traces
        self.n_features_in_ = like.n_features_in_
        if hasattr(like, "feature_names_in_"):
            self.feature_names_in_ = like.feature_names_in_
        return self


def feature_names(estimator: Any, given: ArrayLike | None) -> list[str]:
    """Names of the input features: those given, those seen in ``fit``, or x0, x1 and so on."""
    seen = getattr(estimator, "feature_names_in_", None)
    if given is None:
        return (
            list(seen) if seen is not None else [f"x{i}" for i in range(estimator.n_features_in_)]
        )
    names = [str(name) for name in np.atleast_1d(np.asarray(given, dtype=object))]
    if len(names) != estimator.n_features_in_:
        raise ValueError(
            "input_features should have length equal to number of features "
            f"({estimator.n_features_in_}), got {len(names)}"
        )
    if seen is not None and names != list(seen):
        raise ValueError("input_features is not equal to feature_names_in_")
    return names
