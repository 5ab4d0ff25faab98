"""An evaluation as a page, and what a comparison's report says of its model on other rows."""

import numpy as np
import pandas as pd
import pytest
from tests._support.pages import Page

from rarebit import compare, evaluate
from rarebit.evaluation import Protocol
from rarebit.reporting.evaluation import render_evaluation
from rarebit.reporting.report import render_report
from rarebit.reporting.rerun import rerun

pytestmark = pytest.mark.slow


def table(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.uniform(size=n) < 0.3
    return pd.DataFrame({"a": rng.normal(size=n) + y, "y": np.where(y, "ill", "well")})


@pytest.fixture(scope="module")
def comparison():
    return compare(
        table(160, 0), "y", test=table(80, 1), max_rows=90, cost="fn=5,fp=1",
        review="10%", at="recall>=0.8", models=["gaussian_nb"], treatments=["untouched"],
        stability=2, explain=False,
        protocol=Protocol(n_folds=2, n_repeats=1, n_configs=1, inner_folds=2),
    )  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(comparison):
    return evaluate(
        comparison.model, table(80, 1), "y", source="/home/jane/ward.csv", seed=3, n_resamples=20
    )


def test_the_report_says_how_many_rows_the_model_was_fitted_on(comparison):
    assert comparison.model.n_rows_ == 90
    assert (
        "The recommended model, fitted on 90 rows, on the 80 rows"
        in Page(render_report(comparison)).words()
    )


def test_the_page_does_not_name_the_folders_of_the_user(evaluation):
    page = render_evaluation(evaluation)
    assert "Source: ward.csv" in Page(page).words()
    assert "jane" not in page


def test_a_total_cost_has_one_interval_in_finding_and_page(comparison, evaluation):
    for outcome, page in (
        (comparison, render_report(comparison)),
        (evaluation, render_evaluation(evaluation)),
    ):
        low, high = outcome.cost.total_interval
        ends = f"{low:.2f} to {high:.2f}"
        assert any(f"95 % interval {ends}" in sentence for sentence in outcome.finding)
        assert (
            ends in Page(page).words().split("What the decisions cost")[1].split("Every row as")[0]
        )


def test_only_a_comparison_has_thresholds_of_folds(comparison, evaluation):
    reports = [render_report(comparison), render_evaluation(evaluation)]
    says = ["each fold had its own" in Page(report).words() for report in reports]
    assert says == [True, False]
    assert all("recall>=0.8 holds on new rows" in Page(report).words() for report in reports)


def test_the_code_that_runs_it_again_has_review_and_stability(comparison):
    code = rerun(comparison)
    assert "    review='10%',\n" in code
    assert "    stability=2,\n" in code
