"""The treated classifier: what is fitted, on which rows, and what comes out."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.goal import Goal


@pytest.fixture(scope="module")
def rare():
    """Two overlapping clouds, 1 : 9, with numbers, a category and gaps."""
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=600) < 0.1).astype(int)
    X = pd.DataFrame(
        {
            "a": rng.normal(size=600) + 1.5 * y,
            "b": rng.normal(size=600),
            "kind": rng.choice(["red", "green", "blue"], size=600),
        }
    )
    X.loc[::7, "b"] = np.nan
    X.loc[::11, "kind"] = None
    return X, y


@pytest.mark.parametrize(
    "treatment",
    ["untouched", "class_weights", "tuned_threshold", "random_under", "smote", "smotenc"],
)
def test_every_kind_of_treatment_fits_and_predicts(rare, treatment):
    X, y = rare
    model = TreatedClassifier("logistic_regression", treatment).fit(X, y)
    codes, proba, raw = model.decide(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert roc_auc_score(y, proba[:, 1]) > 0.8
    assert proba[:, 1].mean() == pytest.approx(y.mean(), abs=0.03)
    np.testing.assert_array_equal(model.predict(X), codes)
    if treatment == "tuned_threshold":
        np.testing.assert_array_equal(codes, proba[:, 1] >= model.threshold_)
    else:
        assert model.threshold_ is None
        np.testing.assert_array_equal(codes, raw[:, 1] > 0.5)


def test_resampling_and_weights_do_not_spoil_the_probabilities(rare):
    """Balanced fitting over-states the rare class; the correction takes that back."""
    X, y = rare
    for treatment in ("class_weights", "smote", "random_under"):
        model = TreatedClassifier("logistic_regression", treatment).fit(X, y)
        _, proba, raw = model.decide(X)
        assert raw[:, 1].mean() > 0.25
        assert abs(proba[:, 1].mean() - y.mean()) < 0.03
        assert brier_score_loss(y, proba[:, 1]) < brier_score_loss(y, raw[:, 1])


def test_labels_of_a_resampled_model_are_those_of_the_plain_pipeline(rare):
    """A SMOTE user gets the labels that SMOTE gives: only probabilities are corrected."""
    X, y = rare
    model = TreatedClassifier("logistic_regression", "smote").fit(X, y)
    codes, _, raw = model.decide(X)
    np.testing.assert_array_equal(codes, raw.argmax(axis=1))


def test_the_threshold_finds_more_of_the_rare_class(rare):
    X, y = rare
    untouched = TreatedClassifier("logistic_regression", "untouched").fit(X, y)
    tuned = TreatedClassifier("logistic_regression", metric="balanced_accuracy").fit(X, y)
    assert (tuned.predict(X)[y == 1] == 1).mean() > (untouched.predict(X)[y == 1] == 1).mean()
    assert tuned.threshold_ < 0.4


def test_costs_move_the_threshold(rare):
    X, y = rare
    dear = TreatedClassifier("logistic_regression", cost_matrix=np.array([[0, 1], [50, 0]]))
    cheap = TreatedClassifier("logistic_regression", cost_matrix=np.array([[0, 50], [1, 0]]))
    assert dear.fit(X, y).threshold_ < cheap.fit(X, y).threshold_


def test_costs_are_those_of_the_classes_at_hand(rare):
    X, y = rare
    given = np.array([[0.0, 9.0, 9.0], [9.0, 0.0, 1.0], [9.0, 50.0, 0.0]])
    wide = TreatedClassifier(
        "logistic_regression", cost_matrix=given, cost_classes=["none", "no", "yes"]
    ).fit(X, np.where(y == 1, "yes", "no"))
    same = TreatedClassifier("logistic_regression", cost_matrix=given[1:, 1:]).fit(X, y)
    assert wide.threshold_ == same.threshold_
    with pytest.raises(InputError, match=r"shape \(1, 1\): give 2 x 2"):
        TreatedClassifier("logistic_regression", cost_matrix=[[0.0]]).fit(X, y)
    with pytest.raises(InputError, match="cost_classes lacks 1:"):
        TreatedClassifier(
            "logistic_regression", cost_matrix=[[0, 1], [1, 0]], cost_classes=[0, 2]
        ).fit(X, y)


def test_the_search_counts_rows_by_their_weight(rare, monkeypatch):
    X, y = rare
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.1, 3.0, size=len(y))
    seen = []

    label_score = Goal.label_score

    def watched(self, y, labels, sample_weight=None):
        seen.append(sample_weight)
        return label_score(self, y, labels, sample_weight)

    monkeypatch.setattr(Goal, "label_score", watched)
    TreatedClassifier("logistic_regression", "untouched", n_configs=3).fit(X, y, weight)
    assert len(seen) == 3
    assert all(np.isin(found, weight).all() for found in seen)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"search": "bogus"}, "search is 'bogus': give 'random' or 'grid'"),
        ({"n_configs": -3}, "n_configs is -3"),
        ({"inner_folds": 1}, "inner_folds is 1: give an integer of at least 2"),
        ({"search_rows": 0}, "search_rows is 0"),
        ({"calibrate": "no"}, "calibrate is 'no': give True or False"),
        ({"time_limit": -1}, "time_limit is -1"),
        ({"device": "gpu"}, "device is 'gpu'"),
        ({"metric": "nope"}, "nope"),
        ({"positive": "zzz"}, "positive is 'zzz': give a class of the target, "),
        ({"random_state": "x"}, "random_state is 'x'"),
    ],
)
@pytest.mark.parametrize("treatment", ["untouched", "tuned_threshold"])
def test_wrong_parameters_are_refused_at_once(rare, parameters, says, treatment):
    with pytest.raises(InputError, match=says):
        TreatedClassifier("logistic_regression", treatment, **parameters).fit(*rare)


def test_wrong_tables_are_refused(rare):
    X, y = rare
    model = TreatedClassifier("logistic_regression")
    with pytest.raises(InputError, match="no label in 2 of 600 rows"):
        model.fit(X, pd.Series(y, dtype=object).mask(np.arange(600) < 2))
    with pytest.raises(ValueError, match="continuous"):
        model.fit(X, np.linspace(0.5, 1.7, 600))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, y, groups=np.arange(599))
    model.fit(X[["a"]].to_numpy(), y)
    with pytest.raises(InputError, match=r"X has 2 features, but .* is expecting 1 features"):
        model.predict(np.ones((3, 2)))


def test_weights_and_groups_of_any_kind(rare):
    X, y = rare
    weight, groups = np.linspace(0.5, 1.5, 600), np.arange(600) // 3
    shuffled = pd.Index(np.random.default_rng(0).permutation(600))
    models = [
        TreatedClassifier("logistic_regression").fit(X, y, w, groups=g)
        for w, g in (
            (weight, groups),
            (weight.tolist(), groups.tolist()),
            (pd.Series(weight, index=shuffled), pd.Series(groups, index=shuffled)),
        )
    ]
    assert len({model.threshold_ for model in models}) == 1
    expected = np.bincount(y, weight) / weight.sum()
    for model in models:
        np.testing.assert_allclose(model.pipeline_.true_prior, expected)


@pytest.mark.parametrize(
    "seed", [None, np.random.default_rng(0), np.random.RandomState(0), np.int64(3)]
)
def test_the_seed_in_use_is_kept_and_gives_the_same_model(rare, seed):
    X, y = rare
    model = TreatedClassifier("random_forest", "untouched", random_state=seed).fit(X, y)
    assert type(model.random_state_) is int
    again = clone(model).set_params(random_state=model.random_state_).fit(X, y)
    assert again.random_state_ == model.random_state_
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    if isinstance(seed, np.int64):
        assert model.random_state_ == 3


@pytest.mark.parametrize("name", ["balanced_random_forest", "easy_ensemble"])
def test_classifiers_that_balance_by_themselves_have_their_prior_put_right(rare, name):
    X, y = rare
    model = TreatedClassifier(name, "untouched", calibrate=False).fit(X, y)
    _, proba, raw = model.decide(X)
    np.testing.assert_allclose(model.pipeline_.fitted_prior, [0.5, 0.5])
    assert raw[:, 1].mean() > 0.2
    assert proba[:, 1].mean() == pytest.approx(0.1, abs=0.06)


def test_labels_come_back_as_given(rare):
    X, y = rare
    words = np.where(y == 1, "died", "lived")
    model = TreatedClassifier("logistic_regression", positive="died").fit(X, words)
    assert list(model.classes_) == ["died", "lived"]
    assert set(model.predict(X)) <= {"died", "lived"}
    assert model.threshold_ == pytest.approx(
        TreatedClassifier("logistic_regression").fit(X, y).threshold_, abs=0.05
    )


def test_fitting_is_the_same_twice_and_clone_is_honest(rare):
    X, y = rare
    model = TreatedClassifier("random_forest", "smote", n_configs=2, search_rows=200)
    first = clone(model).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(first, clone(model).fit(X, y).predict_proba(X))
    assert clone(model).get_params() == model.get_params()


def test_own_estimator_and_own_sampler(rare):
    X, y = rare
    model = TreatedClassifier(LogisticRegression(C=0.1), SMOTE(k_neighbors=3)).fit(X, y)
    assert model.pipeline_.pipeline[-1].C == 0.1
    assert model.pipeline_.pipeline["sample"].sampler.k_neighbors == 3


def test_arrays_and_new_columns(rare):
    X, y = rare
    numbers = X[["a", "b"]].to_numpy()
    model = TreatedClassifier("logistic_regression").fit(numbers, y)
    named = TreatedClassifier("logistic_regression").fit(X[["a", "b"]], y)
    np.testing.assert_array_equal(model.predict_proba(numbers), named.predict_proba(X[["a", "b"]]))
    framed = TreatedClassifier("logistic_regression").fit(X, y)
    expected = framed.predict_proba(X)
    shuffled = X[["kind", "b", "a"]].assign(extra=1)
    np.testing.assert_array_equal(framed.predict_proba(shuffled), expected)
    with pytest.raises(InputError, match="b"):
        framed.predict(X.drop(columns="b"))


def test_a_single_class_and_a_class_of_one_row():
    X = pd.DataFrame({"a": np.arange(12.0)})
    one = TreatedClassifier("logistic_regression").fit(X, np.zeros(12))
    assert set(one.predict(X)) == {0}
    assert "single class" in one.notes_[0]
    y = np.r_[np.zeros(11, int), 1]
    for treatment in ("tuned_threshold", "smote", "class_weights"):
        model = TreatedClassifier("logistic_regression", treatment).fit(X, y)
        proba = model.predict_proba(X)[:, 1]
        assert (np.diff(proba) > 0).all()  # the rare row is the last
        assert proba.mean() == pytest.approx(1 / 12, abs=0.03)


def test_no_usable_column():
    with pytest.raises(InputError, match="no usable feature"):
        TreatedClassifier().fit(pd.DataFrame({"same": [1, 1, 1, 1]}), [0, 1, 0, 1])


@pytest.mark.parametrize("labels", [["no", "yes"], ["a", "b", "c"]])
def test_a_class_without_weight_is_refused(labels):
    y = np.array(labels * 20)
    weight = np.where(y == labels[1], 0.0, 1.0)
    model = TreatedClassifier("logistic_regression", "untouched")
    with pytest.raises(InputError, match=f"every row of class '{labels[1]}' has weight 0"):
        model.fit(np.sin(np.arange(len(y))).reshape(-1, 1), y, weight)


def test_numbers_beyond_all_bounds_keep_their_order(rare):
    """Squares of such numbers overflow; new rows may lie farther out than float32 can hold."""
    X, y = rare
    wild = X.assign(a=X["a"] * 1e300, b=np.inf)
    for name in ("random_forest", "logistic_regression"):
        model = TreatedClassifier(name).fit(wild, y)
        assert roc_auc_score(y, model.predict_proba(wild)[:, 1]) > 0.7
        tame = TreatedClassifier(name).fit(X.assign(a=X["a"] * 1e-12), y)
        high, low = (tame.predict_proba(X.assign(a=a))[:, 1].mean() for a in (1e300, -1e300))
        assert high > 2 * y.mean()
        assert low < y.mean()


def test_warnings_for_the_user_become_notes():
    """A sampler of our own says what it adapted by a warning; a cell keeps it as a note."""
    X = pd.DataFrame({"a": np.arange(24.0), "b": np.arange(24.0) % 5})
    y = np.repeat(["well", "ill"], [20, 4])
    model = TreatedClassifier("logistic_regression", "qi_smote").fit(X, y)
    assert any("k_neighbors is 3" in note for note in model.notes_)


def test_xgboost_takes_an_automatic_device(rare):
    pytest.importorskip("xgboost")
    X, y = rare
    auto, cpu = (
        TreatedClassifier("xgboost", "untouched", device=device, calibrate=False).fit(X, y)
        for device in ("auto", "cpu")
    )
    np.testing.assert_allclose(auto.predict_proba(X), cpu.predict_proba(X), atol=1e-5)


def test_what_is_left_out_and_how_cells_were_read_is_noted():
    table = pd.DataFrame(
        {
            "dose": ["-" if k % 5 == 0 else f"{k % 37 + 0.5} mg" for k in range(200)],
            "note": [f"seen on day {k} by nobody" for k in range(200)],
            "ward": np.arange(200) % 9,
        }
    )
    model = TreatedClassifier("logistic_regression", "untouched", roles={"ward": "categorical"})
    model.fit(table, np.arange(200) % 37 > 30)
    assert model.roles_ == {"dose": "numeric", "ward": "categorical"}
    assert model.notes_[:2] == [
        "Dropped column: note (free text).",
        "Column 'dose': '-' counts as missing (40 cells); the unit is 'mg'.",
    ]


def test_a_dict_is_read_by_its_names():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})
    model = TreatedClassifier("logistic_regression", "untouched").fit(X, X["a"] > 1)
    turned = {name: X[name].tolist() for name in ("b", "a")}
    np.testing.assert_allclose(model.predict_proba(turned), model.predict_proba(X))
