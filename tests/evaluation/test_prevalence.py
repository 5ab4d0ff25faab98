"""A comparison on case-control rows, for the prevalence in use."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, precision_score

from rarebit.datasets import make_dataset
from rarebit.evaluation import compare
from rarebit.exceptions import InputError
from rarebit.running.provenance import fingerprint

pytestmark = pytest.mark.slow


def rows(n_ill, n_well, seed):
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(1.5, 1, n_ill), rng.normal(0, 1, n_well)])
    return pd.DataFrame({"x": x}), np.repeat(["ill", "well"], [n_ill, n_well])


def outcome(X, y, **settings):
    return compare(
        X, y, models=["logistic_regression"], treatments=["tuned_threshold"], preset="quick",
        positive="ill", at="p>=0.2", **settings,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compared():
    return outcome(*rows(1000, 1000, 0), prevalence=0.05)


@pytest.fixture(scope="module")
def there():
    return outcome(*rows(1000, 19000, 1), refit=False, explain=False)


def test_scores_are_those_of_a_natural_sample(compared, there):
    found, expected = compared.ranking.iloc[0], there.ranking.iloc[0]
    for name in ("macro_f1", "macro_precision", "log_loss", "pr_auc", "net_benefit@0.1"):
        assert found[name] == pytest.approx(expected[name], abs=0.04), name
    assert found["log_loss"] == pytest.approx(expected["log_loss"], rel=0.1)


def test_scores_are_weighted_by_hand(compared):
    seen = compared.predictions[compared.best]
    weight = np.where(seen.y == 0, 0.05, 0.95)
    shares = np.bincount(seen.y, seen.weight) / seen.weight.sum()
    assert shares == pytest.approx([0.05, 0.95])
    folds = compared.cells.set_index(["repeat", "fold"])
    for fold in seen.folds():
        own, cell = np.where(fold.y == 0, 0.05, 0.95), folds.loc[(fold.repeat[0], fold.fold[0])]
        expected = log_loss(fold.y, fold.proba, sample_weight=own)
        assert cell["log_loss"] == pytest.approx(expected, abs=1e-9)
        precision = precision_score(fold.y, fold.labels, average="macro", sample_weight=own)
        assert cell["macro_precision"] == pytest.approx(precision)
    alarms = seen.proba[:, 0] >= 0.2
    precision = np.average(seen.y[alarms] == 0, weights=weight[alarms])
    [point] = compared.operating
    assert point.precision.estimate == pytest.approx(precision, abs=0.01)


def test_finding_settings_and_model(compared):
    said = "All of this is for 5\xa0% of ill and 95\xa0% of well: held-out rows are weighted"
    assert sum(sentence.startswith(said) for sentence in compared.finding) == 1
    assert compared.settings["prevalence"] == 0.05
    assert compared.model.prior_ == pytest.approx([0.05, 0.95])
    assert compared.model.predict_proba(rows(500, 9500, 3)[0])[:, 0].mean() == pytest.approx(
        0.05, abs=0.006
    )


def test_bad_shares_are_refused_before_anything_is_fitted():
    with pytest.raises(InputError, match="above 0 and below 1"):
        outcome(*rows(20, 20, 0), prevalence=1.5)


def test_a_dataset_at_a_prevalence():
    X, y = rows(30, 10, 0)
    dataset = make_dataset(X, y, positive="ill", weights=np.where(y == "ill", 2.0, 1.0))
    moved = dataset.at_prevalence(0.1)
    assert np.bincount(moved.target, moved.full_weight) == pytest.approx([7.0, 63.0])
    assert moved.take([0, 39]).design_weight == pytest.approx(moved.design_weight[[0, 39]])
    prints = {fingerprint(dataset), fingerprint(moved), fingerprint(dataset.at_prevalence(0.2))}
    assert len(prints) == 3
