"""The bias-corrected score of the best candidate, against the published algorithm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, f1_score

from rarebit.exceptions import InputError
from rarebit.statistics import corrected_winner
from rarebit.statistics.bootstrap import bootstrap_counts
from rarebit.statistics.selection import _strata


def accuracy(y, predicted, weight):
    return float(np.average(y == predicted, weights=weight))


def macro_f1(y, predicted, weight):
    return f1_score(y, predicted, average="macro", sample_weight=weight)


def brier(y, proba, weight):
    return brier_score_loss(y, proba[:, 1], sample_weight=weight)


def by_brute_force(y, predictions, score, draws):
    """The algorithm as published, on rows repeated as often as they were drawn."""
    outside = []
    for times in draws:
        bag = np.repeat(np.arange(len(y)), times)
        left = np.flatnonzero(times == 0)
        ones = np.ones(len(y))
        inside = [score(y[bag], p[bag], ones[: len(bag)]) for p in predictions]
        chosen = predictions[int(np.argmax(inside))]
        outside.append(score(y[left], chosen[left], ones[: len(left)]))
    return outside


@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_is_the_published_algorithm(n_classes):
    rng = np.random.default_rng(0)
    y = np.append(np.arange(n_classes).repeat(3), rng.integers(n_classes, size=60))
    predictions = [np.where(rng.random(len(y)) < 0.6, y, 0) for _ in range(6)]
    draws = bootstrap_counts(len(y), 40, 7, strata=_strata(y, np.arange(len(y))))
    expected = by_brute_force(y, predictions, macro_f1, draws)
    result = corrected_winner(y, predictions, macro_f1, n_resamples=40, random_state=7)
    assert result.score == pytest.approx(np.mean(expected))
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))
    assert result.n_used == 40


def test_probabilities_and_losses():
    rng = np.random.default_rng(1)
    y = rng.integers(2, size=50)
    noise = [rng.random(50) for _ in range(5)]
    predictions = [np.column_stack([1 - p, p]) for p in noise]
    draws = bootstrap_counts(50, 30, 2, strata=_strata(y, np.arange(50)))
    expected = by_brute_force(y, predictions, lambda *args: -brier(*args), draws)
    result = corrected_winner(
        y, predictions, brier, greater_is_better=False, n_resamples=30, random_state=2
    )
    assert result.score == pytest.approx(-np.mean(expected))
    losses = [brier(y, p, np.ones(50)) for p in predictions]
    assert result.winner == np.argmin(losses)
    assert result.uncorrected == pytest.approx(min(losses))


def test_the_best_of_many_guesses_looks_good_until_corrected():
    rng = np.random.default_rng(3)
    looks, corrected = [], []
    for seed in range(60):
        y = rng.integers(2, size=100)
        guesses = list(rng.integers(2, size=(20, 100)))
        result = corrected_winner(y, guesses, accuracy, n_resamples=60, random_state=seed)
        looks.append(result.uncorrected)
        corrected.append(result.score)
    # Each guesser's true accuracy is 0.5; the best of 20 is expected at 0.5 + 1.87 * 0.05.
    assert np.mean(looks) == pytest.approx(0.593, abs=0.015)
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.02)


def test_one_candidate_needs_no_correction():
    rng = np.random.default_rng(4)
    y = rng.integers(2, size=400)
    predicted = np.where(rng.random(400) < 0.8, y, 1 - y)
    result = corrected_winner(y, [predicted], accuracy, n_resamples=300, random_state=0)
    assert result.optimism == pytest.approx(0, abs=0.005)
    assert result.low < result.score < result.high
    np.testing.assert_allclose(result.picked, [1.0])


def test_a_clear_winner_is_selected_nearly_always():
    rng = np.random.default_rng(5)
    y = rng.integers(2, size=300)
    candidates = [np.where(rng.random(300) < share, y, 1 - y) for share in (0.6, 0.9, 0.7)]
    result = corrected_winner(y, candidates, accuracy, n_resamples=50, random_state=0)
    assert result.winner == 1
    assert result.picked[1] == pytest.approx(1.0)
    assert result.optimism == pytest.approx(0, abs=0.01)


def test_a_class_of_one_row_stays_in_the_average():
    y = np.array([0] * 10 + [1])
    found_none = np.zeros(11, dtype=int)
    result = corrected_winner(y, [found_none], macro_f1, n_resamples=50, random_state=0)
    # F1 is 0 for the class that is never decided, and a little below 1 for the other.
    assert result.high < 0.5
    assert result.uncorrected == pytest.approx(10 / 21)


def test_weights_of_rows_count_in_the_score():
    y = np.array([0, 0, 1, 1] * 5)
    right_on_0, right_on_1 = np.zeros(20, int), np.ones(20, int)
    weight = np.where(y == 1, 3.0, 1.0)
    result = corrected_winner(
        y, [right_on_0, right_on_1], accuracy, sample_weight=weight, n_resamples=20, random_state=0
    )
    assert result.winner == 1
    assert result.uncorrected == pytest.approx(0.75)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=4), st.integers(0, 1000))
def test_every_class_keeps_its_size_and_has_units_on_both_sides(sizes, seed):
    y = np.repeat(np.arange(len(sizes)), sizes)
    for times in bootstrap_counts(len(y), 5, seed, strata=_strata(y, np.arange(len(y)))):
        assert list(np.bincount(y, weights=times)) == sizes
        assert set(y[times == 0]) == set(y[times > 0]) == set(y)


def test_rows_of_a_group_are_drawn_together():
    groups = np.array(["a", "b", "a", "c", "c", "d", "b", "d"])
    y = np.array([0, 1, 0, 0, 1, 1, 1, 1])
    rows = np.arange(8)  # as predictions: they tell the score which rows it was given
    seen = []

    def spy(_y, predicted, weight):
        seen.append(dict(zip(predicted.tolist(), weight.tolist(), strict=True)))
        return 1.0

    corrected_winner(y, [rows], spy, groups=groups, n_resamples=10, random_state=0)
    inside, outside = seen[1:-1:2], seen[2:-1:2]
    assert len(inside) == len(outside) == 10
    for bag, left in zip(inside, outside, strict=True):
        assert not set(groups[list(bag)]) & set(groups[list(left)])
        assert bag.keys() | left.keys() == set(range(8))
        for group in "abcd":
            first, second = np.flatnonzero(groups == group)
            assert bag.get(first) == bag.get(second)


def test_a_group_of_mixed_classes_counts_for_the_rarest():
    y = np.array([0, 0, 1, 0, 0, 1, 0])
    units = np.array([0, 0, 0, 1, 2, 2, 3])
    common, rare = _strata(y, units)
    assert (common.tolist(), rare.tolist()) == ([1, 3], [0, 2])


def test_candidates_without_a_score_are_not_selected():
    y = np.array([0, 1] * 10)

    def score(y, predicted, weight):
        return accuracy(y, predicted, weight) if predicted.min() >= 0 else float("nan")

    result = corrected_winner(y, [np.full(20, -1), y], score, n_resamples=5, random_state=0)
    assert (result.winner, result.score, result.uncorrected) == (1, 1.0, 1.0)
    nothing = corrected_winner(y, [np.full(20, -1)], score, n_resamples=5, random_state=0)
    assert (nothing.winner, nothing.n_used) == (-1, 0)
    assert np.isnan([nothing.score, nothing.low, nothing.uncorrected]).all()


def test_classes_of_one_row_leave_nothing_to_score_on():
    result = corrected_winner([0, 1], [[0, 1]], accuracy, n_resamples=5)
    assert (result.uncorrected, result.n_used) == (1.0, 0)
    assert np.isnan(result.score)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 1], []), {}, "0 candidates"),
        (([], [[]]), {}, "0 rows"),
        (([0, 1], [[0, 1], [0]]), {}, "candidate 1 has 1 row"),
        (([0, 1], [[0, 1]]), {"groups": [1]}, "groups has 1 row"),
        (([0, 1], [[0, 1]]), {"sample_weight": [1.0]}, r"sample_weight has shape \(1,\)"),
        (([0, 1], [[0, 1]]), {"level": 95}, "level is 95"),
        (([0, 1], [[0, 1]]), {"n_resamples": 0}, "n_resamples is 0"),
    ],
)
def test_invalid_input(arguments, options, message):
    with pytest.raises(InputError, match=message):
        corrected_winner(*arguments, accuracy, **options)


def test_a_rule_of_its_own_chooses():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=80)
    guesses = [rng.integers(2, size=80) for _ in range(3)]
    seen = []

    def second(scores, row_weight):
        seen.append((scores, row_weight))
        return 1

    found = corrected_winner(y, guesses, accuracy, choose=second, n_resamples=20, random_state=0)
    assert (found.winner, found.picked.tolist()) == (1, pytest.approx([0, 1, 0]))
    assert found.uncorrected == accuracy(y, guesses[1], np.ones(80))
    scores, row_weight = seen[1]  # of the first resample
    assert row_weight.sum() == 80
    assert scores == pytest.approx([accuracy(y, guess, row_weight) for guess in guesses])
