"""Cuts to a budget: which rows are kept, what they stand for, and that models do not notice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import EditedNearestNeighbours
from sklearn.base import clone

from rarebit import TreatedClassifier
from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.zoo import get_classifier, get_treatment
from rarebit.zoo.cuts import keep_rare, kept_rows
from rarebit.zoo.fitting import Recipe, Rows, fit_pipeline, out_of_fold, search
from rarebit.zoo.registry import as_treatment


@pytest.mark.parametrize(
    ("counts", "n_rows", "kept"),
    [
        ([990, 10], 100, [90, 10]),  # all rare rows
        ([600, 400], 100, [50, 50]),  # rare rows beyond half of the budget
        ([10, 990], 100, [10, 90]),  # the larger class need not be the first
        ([900, 97, 3], 100, [50, 47, 3]),  # what the smallest leaves goes to the next
        ([800, 100, 100], 100, [50, 25, 25]),  # a fair part each
        ([400, 300, 300], 100, [40, 30, 30]),  # rare classes hold more than half of the rows
        ([100, 100, 100], 30, [10, 10, 10]),
        ([5, 0, 3], 4, [3, 0, 3]),  # at least three of each, a class may be absent
        ([5, 3], 8, [5, 3]),  # nothing to cut
    ],
)
def test_rare_rows_come_first(counts, n_rows, kept):
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    chosen, weight = keep_rare(y, n_rows, seed=0)
    assert np.bincount(y[chosen], minlength=len(counts)).tolist() == kept
    # Brute force: each row stands for its class's rows, divided among those kept.
    expected = [counts[code] / kept[code] for code in y[chosen]]
    np.testing.assert_allclose(weight, expected)


@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any),
    n_rows=st.integers(1, 200),
    seed=st.integers(0, 9),
)
def test_every_cut_keeps_each_row_once_and_the_mass_of_each_class(counts, n_rows, seed):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    chosen, weight = keep_rare(y, n_rows, seed=seed)
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_allclose(
        np.bincount(y[chosen], weights=weight, minlength=len(counts)), counts
    )
    kept = np.bincount(y[chosen], minlength=len(counts))
    assert (kept >= np.minimum(counts, 3)).all()
    assert len(chosen) <= max(n_rows, np.minimum(counts, 3).sum() + n_rows // 2)
    again, _ = keep_rare(y, n_rows, seed=seed)
    np.testing.assert_array_equal(chosen, again)


def test_every_row_of_a_class_is_kept_equally_often_whatever_its_group():
    y = np.repeat([0, 1], [90, 10])
    # Common rows 0 to 9 share their groups with the rare rows.
    times_kept = sum(
        np.isin(np.arange(100), keep_rare(y, 40, seed=seed)[0]).astype(int) for seed in range(2000)
    )
    assert (times_kept[90:] == 2000).all()
    frequency = times_kept[:90] / 2000
    # 30 of 90; the largest of 90 frequencies lies within 4 standard errors.
    np.testing.assert_allclose(frequency, 1 / 3, atol=4 * np.sqrt(2 / 9 / 2000))
    assert frequency[:10].mean() == pytest.approx(1 / 3, abs=0.011)


def test_what_was_kept_in_words():
    y = np.repeat([0, 1], [970, 30])
    chosen, _ = keep_rare(y, 200, seed=0)
    assert kept_rows(y, y[chosen], ["well", "ill"]) == (
        "all 30 rows of class ill and 170 of 970 rows of class well"
    )
    many = np.repeat(np.arange(12), [9000, *[300] * 6, *[4] * 5])
    chosen, _ = keep_rare(many, 1000, seed=0)
    assert kept_rows(many, many[chosen], list("abcdefghijkl")) == (
        "all 20 rows of 5 classes and 980 of 10,800 rows of 7 classes"
    )


def recipe(classifier="logistic_regression", treatment="untouched", n_classes=2):
    roles = {"a": Role.NUMERIC, "b": Role.NUMERIC}
    return Recipe(
        get_classifier(classifier), get_treatment(treatment), roles, tuple("abc"[:n_classes]), 0
    )


def logistic_rows(n_rows, seed, **more):
    """Rows with known probability, 2 % of them rare."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 2))
    p = 1 / (1 + np.exp(5.0 - 1.5 * X[:, 0] - X[:, 1]))
    y = (rng.uniform(size=n_rows) < p).astype(np.int64)
    return Rows(pd.DataFrame(X, columns=["a", "b"]), y, **more), p


def test_cuts_of_cuts_multiply_and_the_prior_stays():
    rows, _ = logistic_rows(4000, 0)
    once = rows.cut(1000, seed=0)
    twice = once.cut(300, seed=1)
    assert (once.cut(None, seed=0) is once, once.cut(1000, seed=0) is once) == (True, True)
    for cut in (once, twice):
        np.testing.assert_allclose(cut.prior(2), rows.prior(2))
        np.testing.assert_allclose(np.bincount(cut.y, cut.design_weight), np.bincount(rows.y))


def test_own_weights_multiply_with_those_of_the_cut():
    rng = np.random.default_rng(0)
    rows, _ = logistic_rows(4000, 0, sample_weight=rng.uniform(0.5, 2, 4000))
    cut = rows.cut(1000, seed=0)
    brute = [own * stands for own, stands in zip(cut.sample_weight, cut.design_weight, strict=True)]
    np.testing.assert_allclose(cut.full_weight, brute)
    assert cut.prior(2)[1] == pytest.approx(rows.prior(2)[1], rel=0.03)
    fitted, _ = fit_pipeline(recipe(), cut, {})
    mass = [cut.sample_weight[cut.y == code].sum() for code in (0, 1)]
    # The fit itself sees the own weights alone.
    np.testing.assert_allclose(fitted.fitted_prior, np.divide(mass, sum(mass)))


@pytest.mark.parametrize(
    ("treatment", "share"),
    [("untouched", None), ("class_weights", 0.5), ("random_under", 0.5), ("smote", 0.5)],
)
def test_labels_are_decided_as_without_the_cut(treatment, share):
    """Only the shares that a cut changed are corrected, not those that a treatment sets."""
    rows, _ = logistic_rows(4000, 0)
    whole, _ = fit_pipeline(recipe(treatment=treatment), rows, {})
    cut, _ = fit_pipeline(recipe(treatment=treatment), rows.cut(600, seed=0), {})
    assert whole.uncut_prior is None
    expected = rows.y.mean() if share is None else share
    assert cut.uncut_prior[1] == pytest.approx(expected)
    assert cut.uncut_prior[1] == pytest.approx(whole.fitted_prior[1])
    means = [model.both_proba(rows.frame)[0][:, 1].mean() for model in (whole, cut)]
    assert means[1] == pytest.approx(means[0], rel=0.2)


@pytest.mark.parametrize(
    ("sampler", "says"),
    [(EditedNearestNeighbours(), None), (SMOTE(sampling_strategy=0.05), "could not be applied")],
)
def test_labels_are_those_of_the_table_where_the_sampler_sets_no_shares(sampler, says):
    """One that cleans, and one that finds more rare rows in the cut than it was to make."""
    rows, _ = logistic_rows(4000, 0)
    own = replace(recipe(), treatment=as_treatment("own", sampler))
    cut, notes = fit_pipeline(own, rows.cut(600, seed=0), {})
    assert cut.uncut_prior[1] == pytest.approx(rows.y.mean(), rel=0.3)
    assert any(says in note for note in notes) if says else notes == []


def test_a_slow_classifier_is_cut_too():
    rows, _ = logistic_rows(3000, 0)
    slow = replace(recipe(), classifier=replace(get_classifier("svm"), slow_rows=400))
    fitted, notes = fit_pipeline(slow, rows, {})
    n_rare = int(rows.y.sum())
    assert notes == ["Support vector machine is slow: fitted on 400 rows, rare ones first."]
    assert fitted.fitted_prior[1] == pytest.approx(n_rare / 400)
    assert fitted.true_prior[1] == pytest.approx(n_rare / 3000)
    assert fitted.uncut_prior[1] == pytest.approx(n_rare / 3000)


def test_inner_scores_are_those_of_the_uncut_rows():
    rows, _ = logistic_rows(4000, 0)
    shares = []

    def objective(seen, oof):
        shares.append(np.average(seen.y == 1, weights=seen.full_weight))
        return 0.0

    search(recipe(), rows, objective, kind="random", n_configs=2, n_folds=3, search_rows=500)
    np.testing.assert_allclose(shares, rows.y.mean())


def test_a_group_is_never_on_both_sides_of_an_inner_split():
    """Copies in one group: a nearest neighbour would find the copy of a row in another fold."""
    rng = np.random.default_rng(0)
    copies = np.repeat(np.arange(300), 2)
    frame = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    rows = Rows(frame, rng.integers(0, 2, 300)).take(copies)
    cut = Rows(rows.frame, rows.y, groups=copies).cut(560, seed=0)
    oof = out_of_fold(recipe("knn"), cut, {"n_neighbors": 1}, 3)
    assert (oof.raw.argmax(axis=1) == cut.y[oof.positions]).mean() < 0.6


@pytest.mark.slow
def test_a_cut_fit_says_the_same_as_the_uncut_fit():
    """Mean probability and tuned threshold, on rows whose probabilities are known."""
    new, p = logistic_rows(50_000, 99)
    means, thresholds = [], []
    for seed in range(4):
        rows, _ = logistic_rows(20_000, seed)
        models = [
            TreatedClassifier("logistic_regression", max_rows=most).fit(rows.frame, rows.y)
            for most in (None, 2500)
        ]
        means.append([model.predict_proba(new.frame)[:, 1].mean() for model in models])
        thresholds.append([model.threshold_ for model in models])
    whole, cut = np.mean(means, axis=0)
    # 400 rare rows a fit: 5 % of standard error each, half of it for the mean of four.
    assert whole == pytest.approx(p.mean(), rel=0.08)
    assert cut == pytest.approx(p.mean(), rel=0.08)
    assert np.abs(np.diff(thresholds)).mean() < 0.04
    assert np.diff(np.mean(thresholds, axis=0)) == pytest.approx(0, abs=0.03)


@pytest.mark.slow
def test_three_classes_keep_their_mean_probabilities():
    def rows_of(n_rows, seed):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(n_rows, 2))
        scores = np.column_stack([np.full(n_rows, 4.0), 1.5 * X[:, 0], 0.5 + 1.5 * X[:, 1]])
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        y = (rng.uniform(size=(n_rows, 1)) > p.cumsum(axis=1)).sum(axis=1)
        return pd.DataFrame(X, columns=["a", "b"]), y, p

    X_new, _, p = rows_of(20_000, 99)
    means = []
    for seed in range(3):
        X, y, _ = rows_of(20_000, seed)
        model = TreatedClassifier("logistic_regression", max_rows=3000).fit(X, y)
        means.append(model.predict_proba(X_new).mean(axis=0))
    np.testing.assert_allclose(np.mean(means, axis=0), p.mean(axis=0), rtol=0.08)


def test_own_weights_and_a_cut_give_weighted_probabilities():
    """Rare rows of twice the weight double the odds."""
    new, p = logistic_rows(20_000, 99)
    odds = 2 * p / (1 - p)
    means = []
    for seed in range(3):
        rows, _ = logistic_rows(20_000, seed)
        model = TreatedClassifier("logistic_regression", max_rows=2500)
        model.fit(rows.frame, rows.y, sample_weight=1.0 + rows.y)
        means.append(model.predict_proba(new.frame)[:, 1].mean())
    assert np.mean(means) == pytest.approx((odds / (1 + odds)).mean(), rel=0.08)


def test_rows_that_were_sampled_before_can_say_what_they_stand_for():
    rows, _ = logistic_rows(20_000, 0)
    chosen, weight = keep_rare(rows.y, 2000, seed=0)
    X, y = rows.frame.iloc[chosen], rows.y[chosen]
    model = TreatedClassifier("logistic_regression", random_state=0)
    sampled = clone(model).fit(X, y, design_weight=weight)
    cut = TreatedClassifier("logistic_regression", max_rows=2000, random_state=0)
    cut.fit(rows.frame, rows.y)
    np.testing.assert_allclose(sampled.predict_proba(X), cut.predict_proba(X))
    assert cut.notes_[0] == (
        f"Fitted on {kept_rows(rows.y, y, ['0', '1'])}; probabilities are those for all rows."
    )
    with pytest.raises(InputError, match="design_weight must hold finite numbers"):
        model.fit(X, y, design_weight=-weight)
    with pytest.raises(InputError, match="max_rows is 1"):
        TreatedClassifier(max_rows=1).fit(X, y)


def test_many_rows_are_predicted_in_pieces(monkeypatch):
    rows, _ = logistic_rows(1000, 0)
    model = TreatedClassifier("random_forest", "untouched", calibrate=False)
    model.fit(rows.frame, rows.y)
    at_once = model.predict_proba(rows.frame)
    monkeypatch.setattr("rarebit.zoo.fitting.ROWS_PER_PIECE", 300)
    sizes = []
    monkeypatch.setattr(
        "rarebit.zoo.fitting.raw_proba",
        lambda pipeline, piece: (sizes.append(len(piece)), pipeline.predict_proba(piece))[1],
    )
    np.testing.assert_array_equal(model.predict_proba(rows.frame), at_once)
    assert sizes == [300, 300, 300, 100]
