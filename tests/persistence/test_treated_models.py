"""The model that a comparison hands over, stored and opened again."""

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.zoo import TreatedClassifier, get_classifier, list_classifiers, list_treatments


def mixed_table(n_rows=120):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "ward": rng.choice(["a", "b", "größer"], n_rows),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "smoker": rng.random(n_rows) < 0.5,
        }
    )
    frame.loc[::9, "size"] = np.nan
    frame.loc[::11, "ward"] = None
    rare = rng.random(n_rows) < 0.15 + 0.4 * (frame["size"] > 1)
    return frame, np.where(rare, "died", "alive")


@pytest.fixture
def check_treated(outputs, tmp_path):
    """Fit, store, open, compare; give what was opened."""

    def check(classifier, treatment):
        frame, labels = mixed_table()
        model = TreatedClassifier(
            classifier, treatment, positive="died", n_configs=1, inner_folds=2, random_state=0
        ).fit(frame, labels)
        save(model, tmp_path)
        opened = load(tmp_path)
        assert outputs(opened, frame) == outputs(model, frame)
        assert opened.threshold_ == model.threshold_
        assert opened.get_params(deep=False) == model.get_params(deep=False)
        return opened

    return check


@pytest.mark.slow
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", sorted({*list_classifiers(installed=True)} - {"real_mlp"}))
def test_every_classifier_of_the_zoo(name, check_treated):
    check_treated(name, "tuned_threshold")


@pytest.mark.slow
def test_a_model_whose_library_knows_pickle_alone_is_refused(tmp_path):
    frame, labels = mixed_table()
    pytest.importorskip("pytabkit")
    model = TreatedClassifier(get_classifier("real_mlp").factory(0).set_params(epochs=2))
    with pytest.raises(InputError, match="RealMLP"):
        save(model.fit(frame, labels), tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", list_treatments(installed=True))
def test_every_treatment_of_the_zoo(name, check_treated):
    check_treated("logistic_regression", name)


def test_treated_classifier_can_be_fitted_again_after_opening(check_treated, outputs):
    opened = check_treated("decision_tree", "smote")
    frame, labels = mixed_table()
    before = outputs(opened, frame)
    assert outputs(opened.fit(frame, labels), frame) == before
