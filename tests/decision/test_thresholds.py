"""Decision rules against brute force, and the benefit of regularising the tuned threshold."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rarebit.decision import (
    CostRule,
    ProbabilityCalibrator,
    TunedThreshold,
    expected_cost,
)
from rarebit.decision.thresholds import _cuts
from rarebit.exceptions import InputError


def two_columns(p):
    return np.column_stack([1 - p, p])


def balanced(y, labels, weight):
    right = weight * (y == labels)
    return np.mean([right[y == c].sum() / weight[y == c].sum() for c in np.unique(y)])


def f1(y, labels, weight):
    hits = (weight * (y & labels)).sum()
    return 2 * hits / max((weight * y).sum() + (weight * labels).sum(), 1e-12)


def free():
    """Tuned to the rows as they are."""
    return TunedThreshold(shrinkage=0, n_resamples=0)


two_class_rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 29), st.integers(1, 3)), min_size=2, max_size=25
).filter(lambda rows: len({row[0] for row in rows}) == 2)


@given(two_class_rows, st.sampled_from([balanced, f1]))
def test_a_free_threshold_is_the_best_of_all(rows, score):
    y, level, weight = np.array(rows, dtype=np.int64).T
    proba = two_columns(level / 30)
    weight = weight.astype(float)
    rule = free().fit(proba, y, score=score, sample_weight=weight)
    every = [score(y, (level >= cut).astype(np.int64), weight) for cut in range(31)]
    assert score(y, rule.decide(proba), weight) == pytest.approx(max(every))


def test_takes_the_middle_of_the_gap():
    p = np.array([0.1, 0.2, 0.8, 0.9])
    rule = free().fit(two_columns(p), np.array([0, 0, 1, 1]), score=balanced)
    assert rule.threshold_ == pytest.approx(0.5)


def test_the_positive_class_may_be_the_first():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 9, size=1000)
    y = (rng.uniform(size=1000) < p).astype(np.int64)
    second = TunedThreshold(positive=1).fit(two_columns(p), y, score=balanced)
    first = TunedThreshold(positive=0).fit(two_columns(p)[:, ::-1], 1 - y, score=balanced)
    assert first.threshold_ == pytest.approx(second.threshold_, abs=0.02)
    decided = first.decide(two_columns(p)[:, ::-1])
    assert (decided == 0).tolist() == (p >= first.threshold_).tolist()


def test_true_probabilities_and_many_rows_give_the_known_optimum():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 9, size=20_000)
    y = (rng.uniform(size=len(p)) < p).astype(np.int64)
    # Balanced accuracy is best cut at the prior, F1 at half of its own best value (Lipton 2014).
    rule = TunedThreshold().fit(two_columns(p), y, score=balanced)
    assert rule.threshold_ == pytest.approx(y.mean(), abs=0.02)
    rule = TunedThreshold().fit(two_columns(p), y, score=f1)
    best = f1(y, rule.decide(two_columns(p)), np.ones(len(y)))
    assert rule.threshold_ == pytest.approx(best / 2, abs=0.02)


def test_a_rare_class_is_searched_as_finely_as_a_common_one():
    lead = np.append(np.linspace(0, 1, 1000), np.linspace(2, 3, 40))
    inside = (lead > 1.5).astype(float)
    cuts = _cuts(lead, inside, 1 - inside, 16)
    assert cuts[[0, -1]].tolist() == [-1.0, 4.0]
    assert len(cuts) == 18
    assert (cuts[1:-1] < 1.5).sum() == 8
    # Evenly spread over each of the two.
    np.testing.assert_allclose(np.diff(cuts[1:9]), 2 / 17, atol=0.002)
    np.testing.assert_allclose(np.diff(cuts[9:17]), 2 / 17, atol=0.03)


def test_few_leads_are_all_tried():
    lead = np.array([3.0, 1.0, 1.0, 2.0])
    assert _cuts(lead, np.ones(4), np.zeros(4), 2).tolist() == [0.0, 1.5, 2.5, 4.0]


def test_smoothing_of_the_labels_by_hand():
    """One row of the rarest class and shrinkage 1: labels and probabilities weigh the same."""
    proba = two_columns(np.array([0.2, 0.4, 0.9]))
    y = np.array([0, 1, 0])
    seen = []

    def spy(y, labels, weight):
        seen.append(sum(w for true, w in zip(y, weight, strict=True) if true == 1))
        return 0.0

    TunedThreshold(shrinkage=1, n_resamples=0).fit(proba, y, score=spy)
    # The first call checks the score itself.
    assert seen[1:] == pytest.approx([(1 + 0.2 + 0.4 + 0.9) / 2] * len(seen[1:]))
    assert TunedThreshold().shrinkage == 5


def test_full_shrinkage_ignores_the_labels():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, size=300)
    fits = [
        TunedThreshold(shrinkage=np.inf, n_resamples=0)
        .fit(two_columns(p), rng.integers(2, size=300), score=f1)
        .threshold_
        for _ in range(2)
    ]
    assert fits[0] == fits[1]


def test_many_classes_come_near_to_the_best_of_a_grid():
    """Coordinate ascent may stop short of the joint optimum, but not by much on average."""
    lost = []
    grid = np.exp(np.linspace(-4, 4, 17))
    for seed in range(20):
        rng = np.random.default_rng(seed)
        proba = rng.dirichlet([6, 3, 1], size=60)
        y = np.array([rng.choice(3, p=row) for row in proba])
        rule = free().fit(proba, y, score=balanced)
        assert rule.threshold_ is None
        reached = balanced(y, rule.decide(proba), np.ones(60))
        assert reached >= balanced(y, proba.argmax(axis=1), np.ones(60))
        best = max(
            balanced(y, (proba * [1, a, b]).argmax(axis=1), np.ones(60))
            for a, b in itertools.product(grid, grid)
        )
        lost.append(best - reached)
    assert np.mean(lost) < 0.02


def test_many_classes_start_where_a_product_of_recalls_is_above_0():
    rng = np.random.default_rng(0)
    prior = np.array([0.9, 0.06, 0.04])
    y = np.repeat([0, 1, 2], [900, 60, 40])
    likelihood = np.exp(1.2 * np.eye(3)[y] + 0.3 * rng.normal(size=(1000, 3)))
    proba = likelihood * prior / (likelihood * prior).sum(axis=1, keepdims=True)

    def product(y, labels, weight):
        right = weight * (y == labels)
        return np.prod([right[y == c].sum() / weight[y == c].sum() for c in range(3)])

    weight = np.ones(1000)
    assert product(y, proba.argmax(axis=1), weight) == 0
    rule = free().fit(proba, y, score=product)
    assert product(y, rule.decide(proba), weight) > 0.5


@pytest.mark.filterwarnings("error")
def test_degenerate_input():
    proba = two_columns(np.array([0.0, 1.0, 0.4]))
    one_class = TunedThreshold().fit(proba, np.zeros(3, dtype=np.int64), score=balanced)
    assert one_class.threshold_ == 0.5
    never = TunedThreshold().fit(proba, np.array([0, 1, 1]), score=lambda *_: np.nan)
    assert never.weights_.tolist() == [1, 1]  # a score that is never defined leaves argmax
    hard = TunedThreshold().fit(proba, np.array([0, 1, 1]), score=balanced)
    assert hard.decide(proba)[:2].tolist() == [0, 1]
    with pytest.raises(NotFittedError):
        TunedThreshold().decide(proba)


def test_a_class_missing_from_the_rows_never_wins_by_accident():
    rng = np.random.default_rng(0)
    proba = np.column_stack([rng.dirichlet([3, 1], size=200), np.zeros(200)])
    y = (rng.uniform(size=200) < proba[:, 1]).astype(np.int64)
    rule = TunedThreshold().fit(proba, y, score=balanced)
    assert set(rule.decide(proba)) == {0, 1}


def test_same_seed_same_rule_and_only_proportions_of_weights_matter():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 9, size=300)
    y = (rng.uniform(size=300) < p).astype(np.int64)
    weight = rng.uniform(1, 3, size=300)
    fits = [
        TunedThreshold().fit(two_columns(p), y, score=f1, sample_weight=scale * weight).threshold_
        for scale in (1.0, 1.0, 2.0**-20)
    ]
    assert fits[0] == fits[1] == fits[2]
    assert clone(TunedThreshold(shrinkage=3)).shrinkage == 3


@pytest.mark.slow
@pytest.mark.parametrize("score", [balanced, f1])
def test_regularisation_helps_on_small_tables(score):
    """Ten rare rows: the default beats the free threshold and argmax on new rows, on average."""
    rules = {"default": TunedThreshold(), "free": free()}
    reached = {name: [] for name in (*rules, "argmax")}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = np.concatenate([np.repeat([0, 1], [90, 10]), np.repeat([0, 1], [1800, 200])])
        log_odds = rng.normal(size=len(y)) + 1.5 * y - 1.125 - np.log(9)
        # A model that is somewhat overconfident, calibrated on the same few rows.
        proba = two_columns(1 / (1 + np.exp(-1.3 * log_odds)))
        calibrator = ProbabilityCalibrator().fit(proba[:100], y[:100])
        few, new = calibrator.transform(proba[:100]), calibrator.transform(proba[100:])
        reached["argmax"].append(score(y[100:], new.argmax(axis=1), np.ones(2000)))
        for name, rule in rules.items():
            rule.fit(few, y[:100], score=score)
            reached[name].append(score(y[100:], rule.decide(new), np.ones(2000)))
    for name in ("free", "argmax"):
        gain = np.subtract(reached["default"], reached[name])
        assert gain.mean() > 2 * gain.std() / np.sqrt(len(gain)), name


@given(st.integers(2, 4), st.integers(0, 10_000))
def test_cost_rule_takes_the_smallest_expected_cost(n_classes, seed):
    rng = np.random.default_rng(seed)
    cost, proba = rng.uniform(size=(n_classes, n_classes)), rng.dirichlet(np.ones(n_classes))
    by_label = [sum(proba[i] * cost[i, j] for i in range(n_classes)) for j in range(n_classes)]
    assert CostRule(cost).decide(proba[None])[0] == np.argmin(by_label)


def test_cost_rule_is_best_on_true_probabilities():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, size=5000)
    y = (rng.uniform(size=5000) < p).astype(np.int64)
    cost = np.array([[0.0, 1.0], [10.0, 0.0]])
    reached = expected_cost(y, CostRule(cost).decide(two_columns(p)), cost)
    assert reached < expected_cost(y, two_columns(p).argmax(axis=1), cost)
    # Elkan's threshold for these costs is 1 / (1 + 10).
    assert CostRule(cost).decide(two_columns(np.array([0.09, 0.0910]))).tolist() == [0, 1]


def test_cost_rule_needs_a_cost_for_each_pair():
    with pytest.raises(InputError, match="3 x 3"):
        CostRule(np.ones((2, 2))).decide(np.full((1, 3), 1 / 3))
