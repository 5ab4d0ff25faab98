"""From cells to conclusions: a hand-worked ranking, effects, and what is said of gaps."""

from dataclasses import replace

import numpy as np
import pytest
from hand_made import (
    DATASET,
    MODELS,
    SCORES,
    TREATMENTS,
    conclude,
    make_cell,
    make_cells,
)

from rarebit.evaluation.coverage import Coverage
from rarebit.exceptions import InputError
from rarebit.running.plans import make_plan
from rarebit.zoo import PRESETS


def test_the_ranking_is_that_of_the_means():
    ranking = conclude(make_cells(SCORES)).ranking
    means = {pair: np.mean(by_fold) for pair, by_fold in SCORES.items()}
    expected = sorted(means, key=means.get, reverse=True)
    assert list(zip(ranking.classifier, ranking.treatment, strict=True)) == expected
    np.testing.assert_allclose(ranking.score, [means[pair] for pair in expected])


def test_the_interval_is_nadeau_and_bengios():
    from scipy import stats

    row = conclude(make_cells(SCORES)).ranking.iloc[0]
    values = np.array(SCORES[("logistic_regression", "tuned_threshold")])
    half = stats.t.isf(0.025, 2) * np.sqrt((1 / 3 + 4 / 8) * values.var(ddof=1))
    np.testing.assert_allclose([row.low, row.high], [values.mean() - half, values.mean() + half])


def test_an_interval_that_leaves_everything_open_is_not_estimated():
    """Two folds, t = 12.7: the half width is 12.7 * 0.707 * |a - b| with as many test rows."""
    scores = {pair: values[:2] for pair, values in SCORES.items()}
    scores["logistic_regression", "tuned_threshold"] = [0.70, 0.90]
    scores["knn", "smote"] = [0.60, 0.61]
    found = conclude(make_cells(scores))
    rows = found.ranking.set_index(["classifier", "treatment"])
    assert (
        rows.loc[[("logistic_regression", "tuned_threshold")], ["low", "high"]]
        .isna()
        .all(axis=None)
    )
    assert rows.loc[("knn", "smote"), "low"] == pytest.approx(
        0.605 - 12.7062 * 0.00707107, abs=1e-5
    )
    assert found.finding[-1] == (
        "No interval is given where all folds score the same, or where there are so few "
        "that it would cover every possible macro F1."
    )
    assert "guess" not in " ".join(found.finding)  # of ROC-AUC, the interval is as wide


def test_three_folds_have_intervals():
    assert "not estimated" not in " ".join(conclude(make_cells(SCORES)).finding)


def test_a_tie_on_one_fold_goes_to_the_simpler_model():
    scores = {
        ("logistic_regression", "smote"): [0.7104],
        ("knn", "smote"): [0.7096],
        ("knn", "untouched"): [0.7102],
        ("knn", "tuned_threshold"): [0.7098],
        ("logistic_regression", "untouched"): [0.70],
        ("logistic_regression", "tuned_threshold"): [0.6],
    }
    found = conclude(make_cells(scores), n_planned=18)
    assert found.best == ("knn", "tuned_threshold")
    assert found.ranking.treatment.tolist()[:3] == ["tuned_threshold", "untouched", "smote"]
    # Several folds tell such scores apart.
    several = {pair: values * 3 for pair, values in scores.items()}
    assert conclude(make_cells(several)).best == ("logistic_regression", "smote")


def test_effects_average_over_the_classifiers():
    effects = conclude(make_cells(SCORES)).effects.set_index("treatment")
    assert set(effects.index) == {"untouched", "smote"}
    by_fold = np.mean(
        [
            np.subtract(SCORES[(model, "smote")], SCORES[(model, "tuned_threshold")])
            for model in MODELS
        ],
        axis=0,
    )
    assert effects.loc["smote", "difference"] == pytest.approx(by_fold.mean())
    assert tuple(effects.loc["untouched", ["wins", "ties", "losses"]]) == (0, 0, 2)


def test_a_loss_ranks_the_other_way_round():
    scores = {pair: [1 - value for value in values] for pair, values in SCORES.items()}
    found = conclude(make_cells(scores), metric="brier")
    assert found.best == ("logistic_regression", "tuned_threshold")
    assert found.effects.iloc[0].treatment == "smote"


def test_a_candidate_with_a_missing_fold_comes_last_with_a_mark():
    cells = make_cells(SCORES)
    cells[4] = make_cell("logistic_regression", "tuned_threshold", 1, 0, status="timeout")
    found = conclude(cells)
    last = found.ranking.iloc[-1]
    assert (last.classifier, last.treatment) == ("logistic_regression", "tuned_threshold")
    assert (last.n_done, last.n_failed) == (2, 1)
    assert any("too slow" in warning for warning in found.warnings)


def test_a_last_fold_that_is_not_finished_is_not_counted():
    cells = [cell for cell in make_cells(SCORES) if cell.key.fold != 2 or cell.key.classifier > "l"]
    found = conclude(cells, n_planned=18)
    assert set(found.cells["fold"]) == {0, 1}
    first, resampling, *_, ties = found.finding
    assert first == "The time was enough for 6 of 6 models on 2 of 3 folds."
    assert resampling.startswith("These folds cannot tell whether resampling helps on this table")
    assert ties.endswith("(Holm-adjusted p ≥ 0.05): more folds may tell them apart.")


def test_a_candidate_that_ran_out_of_time_does_not_cost_the_others_their_folds():
    slow = ("knn", "smote")
    cells = [cell for cell in make_cells(SCORES) if not is_of(cell, slow) or cell.key.fold == 0]
    cells.append(replace(make_cell(*slow, 1, 0, status="cut"), fit_seconds=9.0))
    found = conclude(cells, n_planned=18)
    assert found.coverage == Coverage(5, 6, 3, 3)
    assert slow not in set(zip(found.ranking.classifier, found.ranking.treatment, strict=True))
    assert found.left_out[0] == (
        "Run on other or fewer folds than the rest, so not compared: Nearest neighbours with SMOTE."
    )


def test_time_that_ran_out_in_the_first_fold_leaves_what_there_is():
    first, second, third, *_ = [cell for cell in make_cells(SCORES) if cell.key.fold == 0]
    ended = replace(second, status="cut", fit_seconds=9.0)
    never = replace(third, status="cut", fit_seconds=np.nan)
    found = conclude([first, ended, never], n_planned=18)
    assert len(found.ranking) == 1
    assert found.finding == [
        "The time was enough for 1 of 6 models on 1 of 3 folds; a single fold gives no intervals "
        "and no p-values.",
        "No resampling was compared with the untouched model.",
        "Best so far: Logistic regression, untouched. Macro F1 on one fold: 0.600.",
    ]
    assert found.left_out[0] == (
        "Ended after their share of the time, without a result: Logistic regression with tuned "
        "threshold."
    )
    assert found.left_out[1].startswith("Not run, because the time ended before: Logistic")
    assert found.effects.empty
    assert np.isnan(found.best_corrected).all()


def test_what_the_time_was_enough_for_comes_before_useless_decisions():
    cell = make_cells(SCORES)[0]
    labels = np.zeros(len(cell.predictions.rows), dtype=int)
    found = conclude(
        [replace(cell, predictions=replace(cell.predictions, labels=labels))], n_planned=18
    )
    first, second, *_ = found.finding
    assert first.startswith("The time was enough for 1 of 6 models on 1 of 3 folds")
    assert second.startswith("The decisions of the recommended model are useless")


def is_of(cell, pair):
    return (cell.key.classifier, cell.key.treatment) == pair


def test_a_single_fold_tells_nothing_about_resampling():
    cells = [cell for cell in make_cells(SCORES) if cell.key.fold == 0]
    found = " ".join(conclude(cells, n_planned=18).finding)
    assert "too few folds to tell whether resampling helps on this table: compared" in found
    assert "no gain" not in found
    # Without any score of SMOTE there is nothing to compare.
    unscored = [cell for cell in cells if cell.key.treatment != "smote"]
    found = conclude(unscored, n_planned=18).finding
    assert found[1] == "No resampling was compared with the untouched model."


def test_nothing_done_is_an_error_that_says_why():
    cells = [make_cell("knn", "smote", 0, 0, status="failed")]
    with pytest.raises(InputError, match="too slow"):
        conclude(cells)
    with pytest.raises(InputError, match="compare fewer models"):
        conclude([], n_planned=18)
    with pytest.raises(InputError, match=r"3 s was not enough .* to 60 s at least"):
        conclude([], n_planned=18, settings={"time_budget": 3.0})
    with pytest.raises(InputError, match="to 120 s at least"):
        conclude([], n_planned=18, settings={"time_budget": 30.0})


def test_notes_are_said_once_with_their_number():
    cells = [
        make_cell(*pair, fold, value, notes=("k was reduced. [RB106]",))
        for pair, values in SCORES.items()
        for fold, value in enumerate(values)
    ]
    assert conclude(cells).warnings[-1] == "k was reduced. (18 of 18 fits)"
    assert conclude(cells).warnings[-1].code == "RB106"


@pytest.mark.parametrize(
    ("shift", "says"),
    [(0.2, "helps"), (-0.2, "hurts"), (-0.0001, "shows no gain")],
)
def test_the_finding_follows_the_figures(shift, says):
    noise = np.array([0.001, -0.001, 0.0015])
    scores = {
        (model, treatment): 0.6
        + (shift if treatment == "smote" else 0)
        + noise * (3 if treatment == "smote" else 1)
        for model in MODELS
        for treatment in TREATMENTS
    }
    assert says in conclude(make_cells(scores)).finding[0]


def test_the_finding_gives_the_p_value_that_it_rests_on():
    (first, *_) = conclude(make_cells(SCORES)).finding
    assert "Holm-adjusted p = " in first or "Holm-adjusted p < " in first


@pytest.mark.parametrize("left_out", ["tuned_threshold", "untouched"])
def test_a_missing_yardstick_is_said(left_out):
    scores = {pair: values for pair, values in SCORES.items() if pair[1] != left_out}
    treatments = [name for name in TREATMENTS if name != left_out]
    plan = make_plan(DATASET, PRESETS["quick"], models=MODELS, treatments=treatments)
    found = " ".join(conclude(make_cells(scores), plan=plan).finding)
    assert ("with a tuned threshold was not compared" in found) == (left_out == "tuned_threshold")


def test_the_correction_for_picking_uses_the_predictions():
    found = conclude(make_cells(SCORES))
    # All predictions are right, so there is nothing to correct.
    assert found.best_corrected == (1.0, 1.0, 1.0)


def test_a_winner_that_only_guesses_is_said_to_guess():
    def finding(roc_auc):
        cells = make_cells(SCORES)
        for cell, value in zip(cells, np.tile(roc_auc, len(SCORES)), strict=True):
            cell.scores["roc_auc"] = value
        return " ".join(conclude(cells).finding)

    says = "no better than random guessing: its ROC-AUC is 0.530 (95 % interval 0"
    assert says in finding([0.45, 0.55, 0.59])
    assert "guess" not in finding([0.90, 0.92, 0.91])
    assert "guess" not in finding([np.nan, np.nan, np.nan])


def test_the_finding_counts_the_others_in_plain_words():
    def last(n_others):
        pairs = list(SCORES)[: n_others + 1]
        alike = {pair: [0.6, 0.7, 0.65 + 0.001 * place] for place, pair in enumerate(pairs)}
        return conclude(make_cells(alike)).finding[-1]

    assert last(1).startswith("The other model does not differ significantly from the")
    assert last(3).startswith("The other 3 models do not differ significantly from the")
    # One that is far off differs; the others do not.
    scores = {pair: [0.6, 0.7, 0.65 + 0.001 * place] for place, pair in enumerate(SCORES)}
    scores["knn", "smote"] = [0.1, 0.2, 0.15]
    sentence = conclude(make_cells(scores)).finding[-1]
    assert sentence.startswith("4 of the other 5 models do not differ significantly from the")


def test_one_model_alone_was_not_picked():
    found = conclude(make_cells({("knn", "untouched"): [0.6, 0.7, 0.65]}))
    assert "selection" not in " ".join(found.finding)


def test_the_finding_does_not_average_over_a_single_classifier():
    def resampling(*models):
        plan = make_plan(DATASET, PRESETS["quick"], models=models, treatments=TREATMENTS)
        scores = {pair: values for pair, values in SCORES.items() if pair[0] in models}
        return conclude(make_cells(scores), plan=plan).finding[0]

    assert "averaged over the classifiers, SMOTE changes" in resampling(*MODELS)
    assert "with a single classifier, SMOTE changes" in resampling("knn")
