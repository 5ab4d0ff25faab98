"""Figures for notebooks and papers: what they draw is what the tables and the report say."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from rarebit import reporting
from rarebit.evaluation import evaluate
from rarebit.evaluation.explanation import Explanation, Importance
from rarebit.exceptions import InputError
from rarebit.reporting.figures import report_figures
from rarebit.zoo import TreatedClassifier

OF_MODELS = {
    "precision-recall": reporting.plot_precision_recall,
    "roc": reporting.plot_roc,
    "calibration": reporting.plot_reliability,
    "decision-curve": reporting.plot_decision_curve,
}


@pytest.fixture(scope="module")
def evaluated(two_classes):
    frame, labels = two_classes.dataset.frame.iloc[:, 3:9], two_classes.dataset.labels
    model = TreatedClassifier("gaussian_nb").fit(frame[:300], labels[:300])
    return evaluate(model, frame[300:], labels[300:], n_resamples=10)


def lines(figure):
    return [line.get_xydata() for axes in figure.axes for line in axes.lines]


@pytest.mark.parametrize("name", OF_MODELS)
def test_figures_are_those_of_the_report(two_classes, name):
    drawn = [each for part in report_figures(two_classes).values() for each in part]
    of_report = {each.name: each.figure for each in drawn}[name]
    for here, there in zip(lines(OF_MODELS[name](two_classes)), lines(of_report), strict=True):
        np.testing.assert_array_equal(here, there)


def test_roc_curve_of_an_evaluation_is_that_of_scikit_learn(evaluated):
    found, code = evaluated.predictions, evaluated.dataset.positive
    x, y, _ = roc_curve(found.y == code, found.proba[:, code], drop_intermediate=False)
    for at, drawn in reporting.plot_roc(evaluated).axes[0].lines[1].get_xydata():
        beside = x[x >= at].min()
        assert y[x < at].max(initial=0) - 1e-9 <= drawn <= y[x == beside].max() + 1e-9


@pytest.mark.parametrize("name", OF_MODELS)
def test_an_evaluation_has_every_figure(evaluated, name):
    legend = OF_MODELS[name](evaluated).legends[0].get_texts()
    assert any(text.get_text().startswith("This model") for text in legend)


def test_ranking_and_effects_show_the_numbers_of_the_tables(two_classes):
    for figure, table, column in (
        (reporting.plot_ranking(two_classes, limit=5), two_classes.ranking.head(5), "score"),
        (reporting.plot_effects(two_classes), two_classes.effects, "difference"),
    ):
        (axes,) = figure.axes
        np.testing.assert_array_equal(axes.lines[-1].get_xdata(), table[column])
        ends = [segment[:, 0] for segment in axes.collections[0].get_segments()]
        np.testing.assert_array_equal(ends, table[["low", "high"]])
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        two_classes.labels[name] for name in two_classes.effects["treatment"]
    ]


def test_importances(two_classes):
    found = [Importance(("pixel 3",), 0.2, 0.05), Importance(("a", "b"), 0.05, 0.1)]
    explained = replace(two_classes, explanation=Explanation("8", found, 2, [], []))
    (axes,) = reporting.plot_importance(explained, limit=1).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["pixel 3"]
    assert axes.lines[-1].get_xdata() == [0.2]
    with pytest.raises(InputError, match="explain=True"):
        reporting.plot_importance(two_classes)


def test_what_is_not_there_is_said(two_classes):
    with pytest.raises(InputError, match="untouched"):
        reporting.plot_effects(replace(two_classes, effects=two_classes.effects.head(0)))
    with pytest.raises(InputError, match="not defined"):
        reporting.plot_roc(replace(two_classes, predictions={}))


def test_a_figure_can_be_read_without_the_page(two_classes):
    figure = reporting.plot_roc(two_classes)
    assert figure.get_facecolor() == (1, 1, 1, 1)
    grid = figure.axes[0].get_xgridlines()[0].get_color()
    assert int(grid[1:3], 16) > 200  # light
