"""QI-SMOTE: what it refuses, and what it warns of."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE


@pytest.mark.parametrize(("bad", "message"), [(np.nan, "missing"), (np.inf, "infinite")])
def test_missing_values_are_refused_by_name(data, bad, message):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame.loc[[3, 5], "d"] = bad
    with pytest.raises(InputError, match=f"Column 'd' holds 2 {message}"):
        QISMOTE().fit_resample(frame, y)
    with pytest.raises(InputError, match="2 " + message):
        QISMOTE().fit_resample(sparse.csr_array(frame.to_numpy()), y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sampling_strategy", [1]),
        ("sampling_strategy", True),
        ("sampling_strategy", "majority"),
        ("sampling_strategy", 1.5),
        ("sampling_strategy", np.nan),
        ("sampling_strategy", np.inf),
        ("sampling_strategy", {1: "20"}),
        ("sampling_strategy", {1: None}),
        ("sampling_strategy", {1: np.nan}),
        ("sampling_strategy", {1: np.inf}),
        ("sampling_strategy", {1: 500.5}),
        ("sampling_strategy", {1: 1}),
        ("sampling_strategy", {1: -3}),
        ("sampling_strategy", {7: 500}),
        ("sampling_strategy", {"1": 500}),
        ("sampling_strategy", {1: 10**15}),
        ("sampling_strategy", lambda y: {1: "20"}),
        ("sampling_strategy", lambda y: 5),
        ("k_neighbors", 0),
        ("metric", "manhattan"),
        ("angle", "pi"),
        ("entanglers", "CNOT"),
        ("entanglers", ("SWAP",)),
        ("wiring", "ring"),
        ("max_qubits", 0),
        ("evolution", "vqe"),
        ("hamiltonian", "xy"),
        ("n_layers", 0),
        ("n_layers", 10**9),
        ("optimizer", "lbfgs"),
        ("max_iterations", 0),
        ("max_iterations", 10**9),
        ("readout", "x"),
        ("columns", "both"),
        ("reencode", "no"),
        ("energy_filter", 0.5),
        ("energy_filter", np.inf),
        ("energy_filter", np.nan),
        ("energy_filter", 10**12),
        ("categorical_features", "infer"),
        ("categorical_features", [9]),
        ("categorical_features", ["age"]),
        ("categorical_features", [True]),
        ("categorical_features", [0.5]),
        ("categorical_features", 10**30),
        ("random_state", "seed"),
    ],
)
def test_parameters_are_checked_when_used(data, name, value):
    with pytest.raises(InputError, match=name):
        QISMOTE(**{name: value}).fit_resample(*data)


def test_a_table_with_two_columns_of_one_name(data):
    X, y = data
    for sampler in (QISMOTE(), QISMOTE(columns="keep")):
        with pytest.raises(InputError, match="Two columns are named 'a'; rename"):
            sampler.fit_resample(pd.DataFrame(X, columns=list("abcda")), y)


def test_lists_in_the_cells_of_a_category(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde")).assign(e=[[1]] * len(y))
    with pytest.raises(InputError, match="Column 'e' holds values that cannot be compared"):
        QISMOTE().fit_resample(frame, y)


@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist, pd.DataFrame])
def test_one_hot_columns_of_two_classes(data, kind):
    X, y = data
    with pytest.raises(InputError, match="y holds several values per row; give one class per row"):
        QISMOTE().fit_resample(X, kind(np.eye(2, dtype=int)[y]))


def test_rows_at_the_edge_of_the_box_are_reported():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"amount": rng.lognormal(sigma=5, size=300), "age": rng.normal(size=300)})
    with pytest.warns(RarebitWarning, match="end of the range of 'amount'"):
        QISMOTE(random_state=0).fit_resample(frame, (np.arange(300) < 60).astype(int))


def test_interpolated_categories_are_reported():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(900, 4)), rng.random((900, 12)) < 0.5])
    with pytest.warns(RarebitWarning, match="combine values that real rows do not"):
        QISMOTE(random_state=0).fit_resample(X, (np.arange(900) < 300).astype(int))


def test_a_shortage_of_memory_is_reported(data, monkeypatch):
    from rarebit.over_sampling import _diagnostics

    X, y = data
    n_new = 2 * np.bincount(y).max() - len(y)
    monkeypatch.setattr(_diagnostics, "available_memory", lambda: 16 * n_new * X.shape[1])
    with pytest.warns(RarebitWarning, match="lower sampling_strategy"):
        QISMOTE(random_state=0).fit_resample(X, y)


def test_more_rows_than_memory_holds_are_refused_before_any_work(data, monkeypatch):
    from rarebit.over_sampling import qi_smote

    monkeypatch.setattr(qi_smote, "fit_encoder", None)
    message = r"Making 1,0.* new rows needs at least .* GiB of memory, and .* are free: lower sampl"
    with pytest.raises(InputError, match=message):
        QISMOTE(sampling_strategy={1: 1_100_000_000_000}).fit_resample(*data)


def test_ordinary_data_bring_no_warning(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        QISMOTE(random_state=0).fit_resample(*data)
