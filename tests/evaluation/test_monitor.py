"""A model on new rows without labels: drift, alerts, and performance estimated by brute force."""

import html
import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from rarebit import save
from rarebit.evaluation import evaluate, monitor
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier


def table(n, seed, ill=0.2, shift=0.0):
    rng = np.random.default_rng(seed)
    y = rng.uniform(size=n) < ill
    x = rng.normal(size=n) + 1.5 * y + shift
    return pd.DataFrame({"x": x, "z": rng.normal(size=n), "y": np.where(y, "ill", "well")})


@pytest.fixture(scope="module")
def model():
    training = table(1500, 0)
    fitted = TreatedClassifier("logistic_regression", "tuned_threshold")
    return fitted.fit(training[["x", "z"]], training["y"])


def test_rows_like_those_of_training_raise_no_alarm(model):
    found = monitor(model, table(500, 1)[["x", "z"]])
    assert found.rows == 500
    assert found.drift["p"].min() > 0.05
    assert found.scores.p > 0.05
    assert found.alerts.low < found.expected_alerts < found.alerts.high
    assert found.finding[0].startswith("No column differs")
    assert any("as expected" in line for line in found.finding)
    assert "still calibrated" in found.finding[-1]


def test_a_changed_mix_of_rows_is_found(model):
    found = monitor(model, table(500, 1, shift=1.0))
    assert found.drift["column"][0] == "x"
    assert found.scores.p < 0.01
    assert found.alerts.low > found.expected_alerts
    assert any("not as expected" in line for line in found.finding)


def test_estimates_are_the_means_over_drawn_labels(model):
    new = table(200, 1)
    proba = model.predict_proba(new)[:, 0]
    found = monitor(model, new).estimated
    rng = np.random.default_rng(0)
    alert = model.predict(new) == "ill"
    drawn = rng.uniform(size=(3000, 200)) < proba
    losses = [metrics.log_loss(y, proba) for y in drawn[:500]]
    assert found["log_loss"] == pytest.approx(np.mean(losses), rel=0.03)
    # Sums of hits and rows, as the estimate is a ratio of expectations
    assert found["sensitivity"] == pytest.approx(drawn[:, alert].sum() / drawn.sum(), abs=0.01)
    pairs = (proba[:, None] > proba) + 0.5 * (proba[:, None] == proba)
    weight = proba[:, None] * (1 - proba)
    assert found["roc_auc"] == pytest.approx((pairs * weight).sum() / weight.sum())


def test_estimates_follow_the_truth_under_a_changed_mix(model):
    new = table(4000, 1, ill=0.2)
    new = new[(new["x"] > 0.5) | (np.arange(4000) % 4 == 0)]  # other rows, the same relation
    found = monitor(model, new).estimated
    ill = (new["y"] == "ill").to_numpy()
    truth = metrics.roc_auc_score(ill, model.predict_proba(new)[:, 0])
    assert found["roc_auc"] == pytest.approx(truth, abs=0.03)
    before = model.held_out_
    was = metrics.roc_auc_score(before.y == 0, before.proba[:, 0])
    assert abs(was - truth) > 2 * abs(found["roc_auc"] - truth)


def test_many_classes_and_models_without_held_out_rows():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=90)})
    many = TreatedClassifier("gaussian_nb", "untouched").fit(frame, np.arange(90) % 3)
    found = monitor(many, frame)
    assert (found.alerts, found.scores, found.estimated) == (None, None, {})
    plain = TreatedClassifier("gaussian_nb", "untouched", calibrate=False)
    plain.fit(frame, np.arange(90) % 2)
    found = monitor(plain, frame)
    assert found.scores is None
    assert np.isnan(found.expected_alerts)


def test_a_number_of_alerts_says_nothing_of_batches_of_another_size():
    training = table(160, 0)
    fitted = TreatedClassifier("gaussian_nb", "untouched", at="alerts<=20")
    fitted.fit(training[["x", "z"]], training["y"])
    found = monitor(fitted, table(640, 1))
    assert found.alerts.estimate == 20 / 640
    assert np.isnan(found.expected_alerts)
    assert {check.code: check.result for check in found.checks}["RB209"] == "not applicable"
    scores = evaluate(fitted, table(640, 1), "y", n_resamples=2).metrics.set_index("metric")
    assert np.isnan(scores.loc["sensitivity", "training"])
    assert scores.loc["roc_auc", "training"] > 0.5


def test_wrong_rows_are_refused(model):
    with pytest.raises(InputError, match="no column 'z'"):
        monitor(model, table(10, 0)[["x"]])
    with pytest.raises(InputError, match="no rows"):
        monitor(model, table(10, 0).iloc[:0])


def test_the_command_prints_the_finding(rarebit, model, tmp_path):
    save(model, tmp_path / "model")
    new = table(300, 1, shift=1.0)
    new.to_csv(tmp_path / "new.csv", sep=";", decimal=",", index=False)
    expected = monitor(model, new)
    code, out, err = rarebit("monitor", "model", "new.csv", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["finding"] == expected.finding
    assert found["alerts"]["estimate"] == expected.alerts.estimate
    code, out, _ = rarebit("monitor", "model", "new.csv")
    assert code == 0
    assert "not as expected" in " ".join(out.split())
    code, out, _ = rarebit("monitor", "model", "new.csv", "--out", "found")
    assert code == 0
    assert "monitoring.html" in out
    page = (tmp_path / "found" / "monitoring.html").read_text()
    for text in ("new.csv", "300 rows without labels", expected.finding[-1]):
        assert text in html.unescape(page)
    assert f"{expected.estimated['roc_auc']:.3f}" in page
    assert all(check.code in page for check in expected.checks)
    assert json.loads((tmp_path / "found" / "monitoring.json").read_text())["rows"] == 300
    drift = pd.read_csv(tmp_path / "found" / "drift.csv")
    pd.testing.assert_frame_equal(drift, expected.drift, check_dtype=False)
    for arguments, says in (
        (("model", "new.csv", "--out", "new.csv"), "--out new.csv is a file: name a folder."),
        (("nowhere", "new.csv"), "nowhere"),
        (("model", "absent.csv"), "absent.csv"),
    ):
        code, _, err = rarebit("monitor", *arguments)
        assert code == 2
        assert says in err
        assert len(err.strip().splitlines()) == 1
