"""A model on rows of another time or place: figures, drift and recalibration, and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from rarebit import load, save
from rarebit.datasets import make_dataset
from rarebit.evaluation import Evaluation, evaluate
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.reporting.evaluation import evaluation_as_dict, render_evaluation
from rarebit.statistics import binomial_interval
from rarebit.zoo import TreatedClassifier

FAST = {"n_resamples": 30}


def table(n, seed, ill=0.15, age=60.0):
    """Rows in which the age tells something about being ill."""
    rng = np.random.default_rng(seed)
    y = rng.uniform(size=n) < ill
    return pd.DataFrame(
        {
            "age": rng.normal(age, 10, n) + 12 * y,
            "sex": rng.choice(["f", "m"], n),
            "ward": rng.integers(0, 40, n),
            "state": np.where(y, "ill", "well"),
        }
    )


def features(frame):
    return frame[["age", "sex"]]


@pytest.fixture(scope="module")
def model():
    training = table(600, 0)
    fitted = TreatedClassifier("logistic_regression", "tuned_threshold")
    return fitted.fit(features(training), training["state"])


@pytest.fixture(scope="module")
def found(model) -> Evaluation:
    return evaluate(model, table(300, 1), "state", **FAST)


def test_scores_are_those_of_scikit_learn(model, found):
    new = table(300, 1)
    proba, labels = model.predict_proba(new)[:, 0], model.predict(new)
    ill = (new["state"] == "ill").to_numpy()
    scores = found.metrics.set_index("metric")["score"]
    assert scores["roc_auc"] == pytest.approx(metrics.roc_auc_score(ill, proba))
    assert scores["brier"] == pytest.approx(metrics.brier_score_loss(ill, proba))
    macro_f1 = metrics.f1_score(ill, labels == "ill", average=None).mean()
    assert scores["macro_f1"] == pytest.approx(macro_f1)
    assert list(scores.index) == list(METRICS)


def test_the_training_column_is_of_the_held_out_rows(model, found):
    held_out = model.held_out_
    before = found.metrics.set_index("metric")["training"]
    ill = held_out.y == 0
    assert before["roc_auc"] == pytest.approx(metrics.roc_auc_score(ill, held_out.proba[:, 0]))
    decided = model.decision_.decide(held_out.proba)
    assert before["accuracy"] == pytest.approx(metrics.accuracy_score(held_out.y, decided))


def test_intervals_hold_their_estimate_and_narrow_with_the_rows(model, found):
    bounds = found.metrics.set_index("metric").loc["roc_auc"]
    assert bounds["low"] < bounds["score"] < bounds["high"]
    more = evaluate(model, table(3000, 1), "state", **FAST).metrics.set_index("metric")
    narrow = more.loc["roc_auc", "high"] - more.loc["roc_auc", "low"]
    assert narrow < 0.6 * (bounds["high"] - bounds["low"])


def test_shares_of_rows_have_exact_intervals(model, found):
    new = table(300, 1)
    ill, decided = (new["state"] == "ill").to_numpy(), model.predict(new) == "ill"
    line = found.metrics.set_index("metric").loc["sensitivity"]
    exact = binomial_interval((ill & decided).sum(), ill.sum())
    assert (line["score"], line["low"], line["high"]) == pytest.approx(exact[:3])


def test_whole_groups_are_resampled(model):
    # Each row ten times: as ten rows of one patient, the intervals are those of the single rows.
    single = table(100, 1).assign(patient=np.arange(100))
    repeated = pd.concat([single] * 10, ignore_index=True)
    one, grouped, alone = (
        evaluate(model, frame, "state", groups=groups, n_resamples=100)
        .metrics.set_index("metric")
        .loc["roc_auc"]
        for frame, groups in ((single, None), (repeated, "patient"), (repeated, None))
    )
    width = [row["high"] - row["low"] for row in (one, grouped, alone)]
    assert width[1] == pytest.approx(width[0], rel=0.3)
    assert width[2] < 0.5 * width[1]


def test_a_weight_counts_like_as_many_rows(model):
    new = table(200, 1)
    new["times"] = np.random.default_rng(0).integers(1, 4, 200)
    weighted = evaluate(model, new, "state", sample_weight="times", **FAST)
    repeated = evaluate(model, new.loc[new.index.repeat(new["times"])], "state", **FAST)
    np.testing.assert_allclose(weighted.metrics["score"], repeated.metrics["score"], atol=1e-6)
    columns = ["predicted", "observed", "difference"]
    np.testing.assert_allclose(weighted.calibration[columns], repeated.calibration[columns])
    assert weighted.dataset.sample_weight.sum() == new["times"].sum()


def test_class_shares_have_exact_intervals(found):
    rows = (table(300, 1)["state"] == "ill").sum()
    line = found.classes.set_index("label").loc["ill"]
    assert (line["low"], line["high"]) == binomial_interval(rows, 300)[1:3]
    assert (line["rows"], line["training_rows"]) == (rows, (table(600, 0)["state"] == "ill").sum())
    assert found.prevalence_p > 0.05


def test_rows_of_the_same_place_show_no_drift_and_need_no_recalibration(found):
    assert found.drift["p"].min() > 0.05
    assert found.recalibration.best is None
    assert found.recalibrated() is None
    assert found.warnings == []
    assert "No column differs from training by more than chance would explain." in found.finding
    assert any(line.startswith("Recalibration on these rows shows no") for line in found.finding)


@pytest.fixture(scope="module")
def elsewhere(model):
    return evaluate(model, table(800, 2, ill=0.5, age=66), "state", n_resamples=100)


def test_another_prevalence_and_a_shifted_column_are_found(elsewhere):
    assert elsewhere.prevalence_p < 0.01
    assert elsewhere.drift["column"].tolist()[0] == "age"
    said = " ".join(elsewhere.finding)
    assert "of the rows are of class 'ill'" in said
    assert "Probabilities of class 'ill' are too low" in said
    assert "1 of 2 columns differs from training: age (" in said
    assert "Recalibration on these rows helps" in said


def test_the_gain_of_recalibration_is_that_on_rows_not_used_for_it(elsewhere):
    row = elsewhere.recalibration.table.set_index("update").loc["offset"]
    scores = elsewhere.metrics.set_index("metric")["score"]
    assert row["log_loss"] + row["gain"] == pytest.approx(scores["log_loss"])
    assert row["low"] < row["gain"] < row["high"]


def test_the_recalibrated_model_is_better_on_further_rows(model, elsewhere, tmp_path):
    updated = elsewhere.recalibrated()
    further = table(2000, 3, ill=0.5, age=66)
    losses, thresholds = [], []
    for one in (model, load(save(updated, tmp_path / "model"))):
        proba = one.predict_proba(further)
        losses.append(metrics.log_loss(further["state"], proba))
        thresholds.append(one.threshold_)
    gain = elsewhere.recalibration.table["gain"].max()
    assert losses[0] - losses[1] == pytest.approx(gain, abs=0.05)
    assert losses[1] < losses[0] - 0.05
    assert abs(proba[:, 0].mean() - 0.5) < 0.05
    # The decision rule follows, and so do the held-out rows.
    assert thresholds[1] > thresholds[0] + 0.1
    assert len(updated.held_out_.y) == 800
    assert model.threshold_ == thresholds[0]


def test_a_recalibrated_model_keeps_the_costs_of_its_rows():
    training, new = table(600, 0).assign(amount=1.0), table(600, 1, ill=0.6)
    new["amount"] = np.random.default_rng(0).uniform(1, 9, 600)
    by_row = [[0, "amount"], [1, 0]]
    fitted = TreatedClassifier("gaussian_nb", cost_matrix=by_row, review="5%")
    fitted.fit(training[["age", "sex", "amount"]], training["state"])
    updated = evaluate(fitted, new, "state", **FAST).recalibrated()
    np.testing.assert_array_equal(updated.held_out_.cost[:, 0, 1], new["amount"])
    assert updated.predict_review(new).mean() == pytest.approx(0.05, abs=0.01)


def test_rows_of_training_are_noticed(model):
    [warning] = evaluate(model, table(600, 0), "state", **FAST).warnings
    assert warning.startswith("600 rows of 600 are among the rows that the model was trained on")


def test_costs_are_those_given_else_those_of_the_model(model):
    new = table(200, 1)
    costs = np.array([[0.0, 10.0], [1.0, 0.0]])  # of a missed "ill", and of a false alarm
    found = evaluate(model, new, "state", cost="fn=10,fp=1", **FAST)
    decided = np.where(model.predict(new) == "ill", 0, 1)
    true = np.where(new["state"] == "ill", 0, 1)
    expected = costs[true, decided].mean()
    assert found.metrics.set_index("metric").loc["expected_cost", "score"] == expected
    assert found.finding[0].startswith("Expected cost:")
    said = [text for text in found.finding if "the decisions of the model cost" in text]
    assert len(said) == 1
    assert said[0].startswith("On 200 rows, ")
    # Without groups and weights, the total and its interval are those of the mean, 200 times.
    mean = found.metrics.set_index("metric").loc["expected_cost"]
    assert found.cost.total == pytest.approx(200 * expected)
    assert found.cost.total_interval == pytest.approx((200 * mean["low"], 200 * mean["high"]))
    page, as_json = render_evaluation(found), evaluation_as_dict(found)
    assert f"{found.cost.total:,.2f}" in page
    assert f"{found.cost.saved:,.2f}".replace("-", "−") in page
    assert as_json["cost"]["saved"] == found.cost.saved
    by_cost = TreatedClassifier("gaussian_nb", "untouched", cost_matrix=costs)
    training = table(200, 0)
    by_cost.fit(features(training), training["state"])
    np.testing.assert_array_equal(evaluate(by_cost, new, "state", **FAST).cost_matrix, costs)


def test_the_metric_of_the_model_is_there_beside_costs():
    training, new = table(200, 0), table(100, 1)
    fitted = TreatedClassifier("gaussian_nb", "untouched", metric="net_benefit@0.2")
    fitted.fit(features(training), training["state"])
    scores = evaluate(fitted, new, "state", cost="fn=10,fp=1", **FAST).metrics.set_index("metric")
    assert np.isfinite(scores.loc[["net_benefit@0.2", "expected_cost"], "score"]).all()
    assert list(scores.index) == [*METRICS, "net_benefit@0.2", "expected_cost"]


def test_operating_points_are_those_of_the_model_and_those_asked_for(tmp_path):
    training, new = table(600, 0), table(400, 1, ill=0.4)
    fitted = TreatedClassifier("gaussian_nb", "untouched", at="recall>=0.8")
    fitted.fit(features(training), training["state"])
    found = evaluate(fitted, new, "state", at="p>=0.3", n_resamples=100)
    first, second = found.operating
    assert (first.at, second.at) == ("recall>=0.8", "p>=0.3")
    alert, ill = fitted.predict_proba(new)[:, 0] >= 0.3, (new["state"] == "ill").to_numpy()
    assert (second.alerts, second.found) == (alert.sum(), (alert & ill).sum())
    # The first point of the model decides the labels.
    sensitivity = found.metrics.set_index("metric").loc["sensitivity", "score"]
    assert sensitivity == pytest.approx(first.recall.estimate)
    updated = found.recalibrated()
    again = evaluate(load(save(updated, tmp_path / "m")), table(400, 2, ill=0.4), "state", **FAST)
    assert [one.at for one in again.operating] == ["recall>=0.8"]
    assert again.points["recall>=0.8"].threshold != fitted.points_["recall>=0.8"].threshold
    with pytest.raises(InputError, match=r"at is 'recal>=0\.8'"):
        evaluate(fitted, new, "state", at="recal>=0.8", **FAST)


def test_many_classes(model):
    frame = table(600, 0)
    frame["stage"] = pd.cut(frame["age"], [-np.inf, 55, 70, np.inf], labels=["i", "ii", "iii"])
    fitted = TreatedClassifier("gaussian_nb", "tuned_threshold")
    fitted.fit(features(frame), frame["stage"].astype(str))
    found = evaluate(fitted, frame.assign(age=frame["age"] + 0.5), "stage", **FAST)
    assert found.dataset.positive is None
    assert found.metrics.set_index("metric").loc["roc_auc", "score"] > 0.9
    assert np.isnan(found.metrics.set_index("metric").loc["calibration_slope", "score"])


def test_a_class_that_does_not_occur_is_no_error(model):
    well = table(300, 1).query("state == 'well'")
    found = evaluate(model, well, "state", **FAST)
    scores = found.metrics.set_index("metric")
    assert np.isnan(scores.loc["roc_auc", ["score", "low", "high"]].astype(float)).all()
    assert scores.loc["specificity", "score"] > 0.5
    assert "ROC-AUC is not defined on these rows." in found.finding
    assert found.warnings[0].startswith("No row is of class 'ill'")


def test_a_rare_class_that_does_not_occur_is_not_judged():
    frame = table(300, 0).assign(stage=np.repeat(["i", "ii", "iii"], [200, 70, 30]))
    fitted = TreatedClassifier("gaussian_nb", "untouched")
    fitted.fit(features(frame), frame["stage"])
    found = evaluate(fitted, frame.query("stage != 'iii'"), "stage", **FAST)
    assert found.calibration["label"].tolist() == ["ii"]
    assert found.warnings[-1] == (
        "No row is of class 'iii': scores that need it are not defined or leave it out."
    )


def test_labels_are_recognised_however_they_are_written(model):
    new = table(100, 1)
    same = new.assign(state=[f" {label.upper()} " for label in new["state"]])
    same.loc[3, "state"] = ""
    found = evaluate(model, same, "state", **FAST)
    assert len(found.dataset.target) == 99
    assert "1 row without a label left out." in found.warnings
    expected = evaluate(model, new.drop(index=3), "state", **FAST)
    np.testing.assert_array_equal(found.metrics["score"], expected.metrics["score"])


def test_a_dataset_brings_its_labels_weights_and_groups(model):
    new = table(100, 1)
    data = make_dataset(new, "state", groups="ward", roles={"age": "numeric"})
    found = evaluate(model, data, **FAST)
    expected = evaluate(model, new, "state", groups="ward", **FAST)
    pd.testing.assert_frame_equal(found.metrics, expected.metrics)


def test_a_dataset_brings_its_name_and_prevalence(model):
    data = make_dataset(table(100, 1), "state", roles={"age": "numeric"}, name="ward 7")
    found = evaluate(model, data.at_prevalence(0.05), **FAST)
    assert found.dataset.name == "ward 7"
    np.testing.assert_allclose(found.calibration["observed"], [0.05])
    assert evaluate(model, data, name="other", **FAST).dataset.name == "other"


def test_models_of_earlier_versions_are_evaluated(model):
    old = TreatedClassifier("logistic_regression", "tuned_threshold")
    old.__setstate__({k: v for k, v in vars(model).items() if k not in ("seen_rows_", "columns_")})
    old.held_out_ = None
    found = evaluate(old, table(100, 1), "state", **FAST)
    assert found.drift.empty
    assert found.metrics["training"].isna().all()
    assert found.finding[-1].startswith("The model holds no distributions")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": "stat"}, "no column 'stat' (for target): did you mean 'state'?"),
        ({"y": None}, "y is missing"),
        ({"y": np.array(["ill"] * 99 + ["dead"])}, "does not know: 'dead' (1 row); it knows 'ill'"),
        ({"y": np.full(100, "")}, "no row has a label"),
        ({"y": np.array(["ill", "well"])}, "target has 2 values, the table 100 rows"),
        ({"sample_weight": np.zeros(100)}, "weights is zero in every row"),
        ({"cost": "fn=x"}, "no column 'x'"),
        ({"n_resamples": -1}, "n_resamples is -1"),
        ({"cost": "fn=state,fp=1"}, "column 'state' cannot be target and cost at once"),
        ({"X": table(100, 1).drop(columns="age")}, "no column 'age'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(model, change, says):
    given = {"model": model, "X": table(100, 1), "y": "state", **FAST} | change
    with pytest.raises(InputError) as refused:
        evaluate(**given)
    assert says in str(refused.value)


def test_a_dataset_takes_no_labels_beside_it(model):
    data = make_dataset(table(100, 1), "state")
    with pytest.raises(InputError, match="y, groups cannot be given with a Dataset"):
        evaluate(model, data, "state", groups="ward")


def test_a_folder_that_holds_another_model_is_refused(tmp_path):
    from sklearn.dummy import DummyClassifier

    save(DummyClassifier().fit([[0], [1]], [0, 1]), tmp_path / "model")
    with pytest.raises(InputError, match="holds a DummyClassifier, not a model of"):
        evaluate(tmp_path / "model", table(10, 1), "state")


def test_the_outcome_is_the_same_for_the_same_seed(model, found):
    again = evaluate(model, table(300, 1), "state", **FAST)
    pd.testing.assert_frame_equal(again.metrics, found.metrics)
    assert again.finding == found.finding
    assert replace(found).settings == found.settings


def test_the_prevalence_that_a_model_is_for_is_said():
    rows, new = table(300, 0, ill=0.5), table(150, 1)
    for prevalence, said in ((None, 0), (0.15, 1)):
        model = TreatedClassifier("gaussian_nb", positive="ill", prevalence=prevalence)
        finding = evaluate(model.fit(features(rows), rows["state"]), new, "state", **FAST).finding
        assert finding.count("The model is for 15\xa0% of ill and 85\xa0% of well.") == said
