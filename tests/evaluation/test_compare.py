"""The comparison as a whole: what it takes, what it says, and that it can be repeated."""

import numpy as np
import pandas as pd
import pytest
from comparisons import FAST, ONCE, ONE, make_table, without_times
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score

from rarebit.datasets import make_dataset
from rarebit.evaluation import Comparison, Protocol, compare
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.running import Store


def test_everything_a_comparison_holds():
    X, y = make_table()
    found = compare(X, y, **FAST)
    assert isinstance(found, Comparison)
    assert set(found.ranking["treatment"]) == {
        "untouched", "class_weights", "tuned_threshold", "smote",
    }  # fmt: skip
    assert found.ranking["rank"].tolist() == [1, 2, 3, 4]
    assert found.ranking["score"].is_monotonic_decreasing
    assert (found.ranking["low"] <= found.ranking["score"]).all()
    assert set(found.effects["reference"]) == {"tuned_threshold"}
    own = found.ranking.set_index(["classifier", "treatment"]).loc[found.best]
    assert found.best_corrected[0] <= own["score"] + 0.02
    assert len(found.predictions[found.best].rows) == len(y)
    assert balanced_accuracy_score(y, found.model.predict(X)) > 0.7
    assert "resampling" in found.finding[0].lower()


def test_a_dataset_without_rows_of_a_class_is_refused():
    X, y = make_table()
    data = make_dataset(X, np.where(np.arange(len(y)) < 40, "new", y.astype(str)))
    with pytest.raises(InputError, match="No row is of class 'new': make a Dataset of these rows"):
        compare(data.take(np.arange(40, len(y))), **FAST)


def test_roles_and_the_columns_that_the_best_model_does_not_use():
    X, y = make_table()
    rng = np.random.default_rng(0)
    X = X.assign(
        zip=rng.integers(1, 4, 150),
        town=[f"T{k}" for k in rng.integers(0, 60, 150)],
        note=[f"seen on day {k} by nobody" for k in range(150)],
    )
    found = compare(X, y, roles={"zip": "categorical"}, **ONE)
    assert found.dataset.roles["zip"] == "categorical"
    assert found.dataset.dropped == {"note": "free text"}
    assert set(found.columns_left_out) == {"note", "town"}
    assert "does not help" in found.columns_left_out["town"]


@pytest.mark.slow
def test_the_same_seed_agrees_and_another_differs():
    X, y = make_table()
    options = {"models": ["logistic_regression"], "treatments": ["smote"], "preset": "quick"}
    first, again = compare(X, y, seed=3, **options), compare(X, y, seed=3, **options)
    pd.testing.assert_frame_equal(without_times(first), without_times(again), check_exact=True)
    other = compare(X, y, seed=4, **options)
    assert not np.array_equal(first.ranking["score"], other.ranking["score"])


@pytest.mark.slow
def test_jobs_do_not_change_a_digit():
    X, y = make_table()
    options = {**FAST, "models": ["random_forest", "hist_gradient_boosting"]}
    one, two = compare(X, y, jobs=1, **options), compare(X, y, jobs=2, **options)
    pd.testing.assert_frame_equal(without_times(one), without_times(two), check_exact=True)
    assert one.best_corrected == two.best_corrected
    np.testing.assert_array_equal(one.model.predict_proba(X), two.model.predict_proba(X))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Training sets are cut")  # what this is about
def test_jobs_do_not_change_a_digit_of_cut_fits():
    X, y = make_table(400)
    one, two = (compare(X, y, jobs=jobs, max_rows=120, **FAST) for jobs in (1, 2))
    pd.testing.assert_frame_equal(without_times(one), without_times(two), check_exact=True)
    np.testing.assert_array_equal(one.model.predict_proba(X), two.model.predict_proba(X))


def test_own_estimators_and_samplers_join():
    X, y = make_table()
    found = compare(
        X,
        y,
        preset="quick",
        protocol=ONCE,
        models=["logistic_regression", ("ridge", RidgeClassifier())],
        treatments=["untouched", ("k_2", SMOTE(k_neighbors=2))],
    )
    pairs = set(zip(found.ranking["classifier"], found.ranking["treatment"], strict=True))
    assert pairs == {
        (model, treatment)
        for model in ("logistic_regression", "ridge")
        for treatment in ("untouched", "k_2")
    }


def test_names_and_arrays_for_the_special_columns():
    X, y = make_table()
    X["y"], X["who"], X["w"] = y, np.arange(150) // 3, 1.0
    by_name = compare(X, "y", groups="who", sample_weight="w", **ONE)
    by_array = compare(
        X[["a", "b"]], y, groups=X["who"].to_numpy(), sample_weight=np.ones(150), **ONE
    )
    np.testing.assert_array_equal(by_name.ranking["score"], by_array.ranking["score"])


@pytest.mark.slow
def test_folds_look_back_in_time():
    X, y = make_table()
    found = compare(X, y, time=np.arange(150)[::-1], **FAST)
    predictions = found.predictions[found.best]
    assert predictions.rows.max() < 150 - 150 // 4 + 1
    assert found.cells["n_train"].is_monotonic_increasing


def test_splits_that_nothing_can_be_learnt_on_are_refused():
    X, y = make_table()
    with pytest.raises(InputError, match="every training set holds one class only"):
        compare(X, y, groups=y, **FAST)
    with pytest.raises(InputError, match="every training set holds one class only"):
        compare(X, np.repeat([0, 1], [130, 20]), time=np.arange(150), **FAST)


def test_test_parts_without_the_rare_class_are_counted():
    X, y = make_table()
    order = np.argsort(-y, kind="stable")  # the rare class comes first
    with pytest.warns(RarebitWarning, match="hold no row"):
        found = compare(X.iloc[order], y[order], time=np.arange(150), **FAST)
    assert any("3 of 3 test sets hold no row of class 1" in text for text in found.warnings)


@pytest.mark.slow
def test_costs_rank_by_cost():
    X, y = make_table()
    found = compare(X, y, cost="fn=20,fp=1", **FAST)
    assert found.metric == "expected_cost"
    assert found.ranking["score"].is_monotonic_increasing
    same = compare(X, y, cost=np.array([[0, 1], [20, 0]]), **FAST)
    np.testing.assert_array_equal(found.ranking["score"], same.ranking["score"])
    cost = {row.treatment: row.score for row in found.ranking.itertuples()}
    assert cost["tuned_threshold"] < cost["untouched"]


@pytest.mark.parametrize("metric", ["pr_auc", "brier", "mcc", "recall_at_precision@0.9"])
def test_any_metric_ranks(metric):
    X, y = make_table()
    found = compare(X, y, metric=metric, refit=False, **FAST)
    np.testing.assert_allclose(found.ranking["score"], found.ranking[metric])
    better = found.ranking["score"].to_numpy() * (-1 if metric == "brier" else 1)
    assert (np.diff(better) <= 0).all()
    assert found.model is None


def test_a_calibration_slope_cannot_rank():
    X, y = make_table()
    with pytest.raises(InputError, match="calibration_slope cannot rank models"):
        compare(X, y, metric="calibration_slope", **FAST)


@pytest.mark.slow
def test_many_classes():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [60, 30, 10])
    X = pd.DataFrame({"x": rng.normal(size=100) + np.repeat([0.0, 2.0, 4.0], [60, 30, 10])})
    found = compare(X, y, **FAST)
    assert set(found.model.predict(X)) <= {"a", "b", "c"}
    assert found.ranking["macro_f1"].max() > 0.5


def test_a_store_is_gone_on_with(tmp_path):
    X, y = make_table()
    path = tmp_path / "cells.sqlite"
    first = compare(X, y, store=path, **ONE)
    with Store(path) as store:
        assert len(store.keys()) == len(first.cells) + 1  # and what explains the best model
    again = compare(X, y, store=path, **ONE)
    pd.testing.assert_frame_equal(first.cells, again.cells)
    changed = X.assign(a=X["a"] + 1e-9)
    compare(changed, y, store=path, **ONE)
    with Store(path) as store:
        assert len(store.keys()) == 2 * (len(first.cells) + 1)


@pytest.mark.slow
def test_columns_that_give_the_target_away_come_first():
    X, y = make_table()
    found = compare(X.assign(code=np.where(y == 1, 7.0, 3.0)), y, refit=False, **FAST)
    assert found.finding[0].startswith(
        "Check this first: Column 'code' is the target under another"
    )
    assert not compare(X, y, refit=False, **FAST).finding[0].startswith("Check this first")


@pytest.mark.slow
def test_a_threshold_leaves_the_probabilities_as_they_are():
    X, y = make_table()
    found = compare(
        X, y, preset="quick", protocol=ONCE, models=["random_forest"], refit=False,
        treatments=["untouched", "tuned_threshold"], metric="pr_auc",
    )  # fmt: skip
    one, other = found.cells.groupby("treatment")["roc_auc"].apply(list)
    assert one == other
    assert found.effects["difference"].tolist() == [0.0]


@pytest.mark.slow
def test_a_metric_beside_costs_ranks_and_tunes():
    X, y = make_table(400)
    options = {**FAST, "treatments": ["tuned_threshold"], "metric": "macro_f1"}
    with_costs, without = (compare(X, y, cost=cost, **options) for cost in ("fn=50,fp=1", None))
    assert with_costs.model.threshold_ == without.model.threshold_
    assert with_costs.cells["expected_cost"].gt(0).all()


def test_the_costs_of_a_class_that_a_training_part_lacks_are_not_those_of_another():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [1, 150, 50])
    X = pd.DataFrame({"x": rng.normal(size=201) + (y == "c")})
    cost = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 20.0, 0.0]])  # a missed c is dear
    found = compare(X, y, cost=cost, **{**FAST, "treatments": ["tuned_threshold"]})
    # Half a cost unit and more apart before: the fold without a took the costs of a and b.
    assert found.cells["expected_cost"].max() - found.cells["expected_cost"].min() < 0.3


def test_a_seed_given_is_the_seed_taken():
    X, y = make_table()
    assert compare(X, y, refit=False, **ONE).settings["seed"] == 0
    assert compare(X, y, refit=False, seed=5, **ONE).settings["seed"] == 5
    paper = {**ONE, "protocol": "paper"}
    assert compare(X, y, refit=False, **paper).settings["seed"] == 42
    assert compare(X, y, refit=False, seed=5, **paper).settings["seed"] == 5


def test_a_budget_in_rows_is_stated():
    X, y = make_table(400)
    options = {**FAST, "protocol": Protocol(n_folds=2, n_configs=1)}
    with pytest.warns(RarebitWarning, match="cut to 120 rows"):
        found = compare(X, y, max_rows=120, **options)
    note = (
        "Training sets are cut to 120 rows (max_rows), rare ones first: the largest keeps all 41 "
        "rows of class 1 and 79 of 159 rows of class 0. Probabilities, thresholds and searches are "
        "corrected for this. "
        "Scores are those on whole test sets."
    )
    assert note in found.warnings
    assert set(found.cells["n_train"]) == {120}
    assert set(found.cells["n_test"]) == {200}
    assert found.model.n_rows_ == 120
    made = found.predictions[found.best]
    np.testing.assert_array_equal(np.sort(made.rows), np.arange(400))
    np.testing.assert_array_equal(made.y, found.dataset.target[made.rows])
    assert balanced_accuracy_score(made.y, made.labels) > 0.65


def test_a_cut_of_the_test_rows_is_random_and_stated():
    X, y = make_table(400)
    with pytest.warns(RarebitWarning, match="50 of 200 rows of each test set"):
        found = compare(
            X, y, **{**FAST, "protocol": Protocol(n_folds=2, n_configs=1, max_test_rows=50)}
        )
    made = found.predictions[found.best]
    assert len(set(made.rows)) == 100
    np.testing.assert_array_equal(made.y, found.dataset.target[made.rows])
    # 20 of 100 rare rows expected; 10 to 30 lie within 2.9 standard errors.
    assert 10 < made.y.sum() < 30


def test_the_paper_protocol_says_how_optimistic_it_is():
    X, y = make_table()
    found = compare(X, y, treatments=["untouched"], **{**FAST, "protocol": "paper"})
    assert len(found.cells) == 1
    assert found.cells.loc[0, "n_test"] == 30
    assert any("optimistic" in note for note in found.warnings)
    with pytest.raises(InputError, match="supports neither groups nor time"):
        compare(X, y, groups=np.arange(150), **{**FAST, "protocol": "paper"})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"y": None}, "y is missing"),
        ({"preset": "vast"}, "vast"),
        ({"protocol": "lax"}, "lax"),
        ({"metric": "expected_cost"}, "needs costs"),
        ({"cost": np.eye(3)}, "shape"),
        ({"models": [("svm", RidgeClassifier()), "svm"]}, "twice"),
        ({"models": [RidgeClassifier]}, "instance"),
        ({"treatments": ["smotenc"]}, "categorical"),
        ({"treatments": []}, "treatments is empty"),
        ({"models": []}, "models is empty"),
        ({"cost": ""}, "cost is empty"),
        ({"cost": [[0, -1], [1, 0]]}, "at least 0"),
        ({"cost": np.zeros((2, 2))}, "at least one of them above 0"),
        ({"seed": "1"}, "seed is '1'"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"jobs": "2"}, "jobs is '2'"),
        ({"device": None}, "device is None"),
        ({"time_budget": "10m"}, "time_budget is '10m'"),
        ({"time_budget": float("nan")}, "time_budget is nan"),
        ({"time_budget": -1}, "time_budget is -1"),
    ],
)
def test_wrong_arguments(arguments, says):
    X, y = make_table()
    with pytest.raises(InputError, match=says):
        compare(**{"X": X, "y": y, **FAST, **arguments})


def test_a_dataset_comes_alone():
    X, y = make_table()
    with pytest.raises(InputError, match="groups"):
        compare(make_dataset(X, y), groups=np.arange(150), **FAST)


def test_names_that_would_be_code_are_names():
    X, y = make_table()
    X = X.rename(columns={"a": "<script>alert(1)</script>", "b": "=cmd()"})
    found = compare(X, np.where(y == 1, "=1+1", "<b>no</b>"), **FAST)
    assert set(found.model.classes_) == {"=1+1", "<b>no</b>"}


def test_polars_frames_are_tables():
    pl = pytest.importorskip("polars")
    X, y = make_table()
    from_polars = compare(pl.from_pandas(X), pl.Series(y), **ONE)
    np.testing.assert_array_equal(
        from_polars.ranking["score"], compare(X, y, **ONE).ranking["score"]
    )
