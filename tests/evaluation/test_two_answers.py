"""Probabilities and decisions: two questions, two answers, one recommended model."""

import numpy as np
import pandas as pd
import pytest
from hand_made import SCORES, conclude, make_cell

from rarebit.evaluation import compare
from rarebit.statistics import corrected_interval, corrected_t_test, holm

# Log loss by fold: gradual differences, and the same fit for untouched and tuned threshold.
LOSSES = {
    ("logistic_regression", "untouched"): [0.40, 0.42, 0.41],
    ("logistic_regression", "tuned_threshold"): [0.40, 0.42, 0.41],
    ("logistic_regression", "smote"): [0.50, 0.52, 0.53],
    ("knn", "untouched"): [0.60, 0.61, 0.63],
    ("knn", "tuned_threshold"): [0.60, 0.61, 0.63],
    ("knn", "smote"): [0.70, 0.73, 0.71],
}
BEST = ("logistic_regression", "tuned_threshold")


def judged(scores=SCORES, losses=LOSSES, judge="log_loss", **options):
    cells = [
        make_cell(*pair, fold, score, loss=losses[pair][fold])
        for pair, by_fold in scores.items()
        for fold, score in enumerate(by_fold)
    ]
    return conclude(cells, judge=judge, **options)


def test_both_answers_agree():
    found = judged()
    assert found.best == BEST
    assert [answer.metric for answer in found.answers] == ["macro_f1", "log_loss"]
    assert "disagree" not in " ".join(found.finding)
    assert "simplest" not in " ".join(found.finding)


def test_intervals_and_tests_of_the_probabilities():
    table = judged().ranking.set_index(["classifier", "treatment"])
    line = table.loc[("knn", "smote")]
    interval = corrected_interval(LOSSES["knn", "smote"], 0.5)
    assert [line.log_loss, line.log_loss_low, line.log_loss_high] == pytest.approx(interval[:3])
    own = np.array(LOSSES[BEST])
    p = [
        corrected_t_test(own - LOSSES[pair], 0.5).p if pair != BEST else np.nan
        for pair in table.index
    ]
    assert table.log_loss_p.tolist() == pytest.approx(holm(p), nan_ok=True)
    assert np.isnan(table.loc[BEST].log_loss_p)
    assert table.log_loss_p[("logistic_regression", "untouched")] == 1


def test_effects_on_the_probabilities():
    effects = judged().probabilities.effects.set_index("treatment")
    change = (0.51667 - 0.41 + 0.71333 - 0.61333) / 2
    assert effects.loc["smote"].difference == pytest.approx(change, abs=1e-4)
    assert effects.loc["untouched"].difference == 0
    assert effects.loc["smote", ["wins", "losses"]].tolist() == [0, 2]


def test_probabilities_come_first_and_the_disagreement_is_said():
    scores = SCORES | {("knn", "smote"): [0.90, 0.93, 0.91]}
    found = judged(scores)
    assert (found.ranking.classifier[0], found.ranking.treatment[0]) == ("knn", "smote")
    assert found.best == BEST
    (sentence,) = [text for text in found.finding if "disagree" in text]
    assert sentence == (
        "Probabilities and decisions disagree: Nearest neighbours, SMOTE has the best mean "
        "macro F1 (0.913), but its log loss (0.713) is more than one standard error above the "
        "best; that of the recommended model (0.410) is not."
    )
    # One score alone would take it.
    assert judged(scores, judge=None).best == ("knn", "smote")
    assert judged(scores, judge=None).probabilities is None


def test_the_recommended_model_may_have_the_higher_log_loss():
    # The differences of the tuned threshold from the best loss vary, those of SMOTE do not.
    losses = LOSSES | {
        ("logistic_regression", "untouched"): [0.30, 0.30, 0.30],
        ("logistic_regression", "tuned_threshold"): [0.48, 0.28, 0.38],
        ("knn", "smote"): [0.32, 0.32, 0.32],
    }
    found = judged(SCORES | {("knn", "smote"): [0.90, 0.93, 0.91]}, losses)
    assert found.best == BEST
    (sentence,) = [text for text in found.finding if "disagree" in text]
    assert sentence.endswith(
        "but its log loss (0.320) is more than one standard error above the best; that of the "
        "recommended model (0.380) is not."
    )


def test_p_values_are_those_against_the_recommended_model():
    found = judged(SCORES | {("knn", "smote"): [0.90, 0.94, 0.92]})
    table = found.ranking.set_index(["classifier", "treatment"])
    assert np.isnan(table.p_best[BEST])
    assert table.p_best[("knn", "smote")] < 0.05


def test_equal_probabilities_leave_the_choice_to_the_decisions():
    scores = SCORES | {("logistic_regression", "untouched"): [0.80, 0.83, 0.81]}
    assert judged(scores).best == ("logistic_regression", "untouched")


def test_within_one_standard_error_the_tuned_threshold_wins():
    scores = SCORES | {("logistic_regression", "untouched"): [0.75, 0.69, 0.73]}
    found = judged(scores)
    assert found.ranking.treatment[0] == "untouched"
    assert found.best == BEST
    assert (
        "The recommended model is the simplest of 2 models within one standard error of the best "
        "log loss and macro F1."
    ) in found.finding


def test_how_good_the_probabilities_are():
    found = judged()
    (sentence,) = [text for text in found.finding if "probabilities have a mean" in text]
    sentence = sentence.replace("\xa0", " ")
    # The skill of the hand-made cells is their score.
    assert (
        "mean log loss of 0.410, 71 % below that of giving every row the class shares" in sentence
    )
    score, low, high = found.probabilities.best_corrected
    assert f"Expect {score:.3f} on new rows (95 % interval {low:.3f} to {high:.3f})." in sentence
    # Every candidate has the same probabilities: 0.5 for the rare rows, 0 for the others.
    assert score == pytest.approx(np.log(2) / 3, abs=0.05)


@pytest.mark.parametrize(
    ("smote", "head"),
    [
        ([0.3, -0.3, 0.1], "Resampling shows no gain for the probabilities"),
        ([0.10, 0.11, 0.12], "Resampling makes the probabilities worse, even at its best"),
        ([-0.10, -0.11, -0.12], "Resampling improves the probabilities"),
    ],
)
def test_resampling_and_probabilities(smote, head):
    losses = {
        (classifier, treatment): np.add(
            LOSSES[classifier, "untouched"], smote if treatment == "smote" else 0
        )
        for classifier, treatment in SCORES
    }
    sentence = judged(losses=losses).finding[1]
    assert sentence.startswith(f"{head}: SMOTE changes log loss (lower is better) by ")


def test_missing_folds_leave_the_probabilities_open():
    losses = {pair: LOSSES[pair[0], "untouched"] for pair in SCORES}
    found = judged(losses=losses, n_planned=36).finding[2]
    assert found.startswith("These folds cannot tell whether resampling improves the probabilities")


def table():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=200) < 0.25).astype(int)
    return pd.DataFrame({"a": rng.normal(size=200) + 1.2 * y, "b": rng.normal(size=200)}), y


@pytest.mark.slow
def test_a_comparison_without_a_metric_judges_both():
    X, y = table()
    options = {"models": ["logistic_regression"], "preset": "quick", "refit": False}
    found = compare(X, y, **options)
    assert (found.metric, found.probabilities.metric) == ("macro_f1", "log_loss")
    assert found.settings["probability_metric"] == "log_loss"
    rows = found.ranking.set_index("treatment")
    assert rows.log_loss["untouched"] == rows.log_loss["tuned_threshold"]
    assert compare(X, y, cost="fn=5", **options).metric == "expected_cost"
    alone = compare(X, y, metric="macro_f1", **options)
    assert alone.probabilities is None
    assert alone.best == tuple(alone.ranking.loc[0, ["classifier", "treatment"]])


def test_untouched_and_tuned_threshold_share_a_fit_also_after_a_search():
    X, y = table()
    options = {
        "models": ["decision_tree"],
        "treatments": ["untouched", "tuned_threshold"],
        "protocol": "paper",
        "refit": False,
    }
    losses = compare(X, y, **options).ranking.log_loss
    assert losses[0] == losses[1]
