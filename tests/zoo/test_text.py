"""Text of many values: encoded by the classes of its rows, and kept only where that helps."""

import numpy as np
import pandas as pd
import pytest
from extras import needs
from sklearn.preprocessing import TargetEncoder

from rarebit import load, save
from rarebit.datasets import Role, make_dataset
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, get_classifier, get_treatment
from rarebit.zoo.fitting import Recipe, Rows
from rarebit.zoo.preprocessing import make_encoder
from rarebit.zoo.text import with_text_that_helps

N = 600


def table(informative):
    """Rows with a town of 90, which tells the class or not, and a little signal beside it."""
    rng = np.random.default_rng(0)
    town = rng.integers(0, 90, N)
    risk = (town % 3 == 0) * 3.0 if informative else 0.0
    y = rng.uniform(size=N) < 1 / (1 + np.exp(2.5 - risk))
    frame = pd.DataFrame({"town": [f"T{k}" for k in town], "x": rng.normal(size=N) + 0.3 * y})
    return frame, np.where(y, "ill", "well")


def fit(informative, **options):
    return TreatedClassifier("logistic_regression", "untouched", **options).fit(*table(informative))


def test_the_reading_gives_it_a_role_of_its_own():
    frame, y = table(informative=True)
    dataset = make_dataset(frame.assign(patient_id=frame["town"]), y)
    assert dataset.roles == {"town": Role.TEXT, "x": Role.NUMERIC}
    assert dataset.dropped == {
        "patient_id": "text with 90 values in 600 rows, named like an identifier"
    }


def test_text_that_helps_is_used_and_named():
    model = fit(informative=True)
    assert model.roles_["town"] == "text"
    assert model.left_out_ == {}
    said = "Text of many values is used as the shares of the classes in its rows: town."
    assert model.notes_[0] == said
    high, low = (
        model.predict_proba(pd.DataFrame({"town": [t], "x": [0.0]}))[0, 0] for t in ("T0", "T1")
    )
    assert high > 2 * low


def test_text_that_does_not_help_is_left_out_and_named():
    model = fit(informative=False)
    assert list(model.roles_) == ["x"]
    assert model.left_out_["town"].startswith("text of many values that does not help on every")
    assert model.notes_[0].startswith("Dropped column: town (text of many values")
    assert model.predict(pd.DataFrame({"x": [0.0]})).tolist() == ["well"]


def test_the_encoding_of_a_row_does_not_see_its_own_class():
    frame, y = table(informative=True)
    codes = (y == "ill").astype(int)
    encoder = make_encoder({"town": Role.TEXT}, random_state=7)
    fitted = encoder.fit_transform(frame, codes)[:, 0]
    # Blind to its own class, a row of a class is not encoded higher than one of the other
    whole = TargetEncoder().fit(frame[["town"]], codes).transform(frame[["town"]])[:, 0]
    noise = np.random.default_rng(1).permutation(codes)
    blind = encoder.fit_transform(frame, noise)[:, 0]
    seen = TargetEncoder().fit(frame[["town"]], noise).transform(frame[["town"]])[:, 0]
    assert np.corrcoef(fitted, whole)[0, 1] > 0.8
    assert abs(np.corrcoef(blind, noise)[0, 1]) < 0.1 < np.corrcoef(seen, noise)[0, 1]


def test_values_never_seen_and_missing_ones_are_scored(tmp_path):
    save(fit(informative=True), tmp_path / "m")
    model = load(tmp_path / "m")
    new = pd.DataFrame({"town": ["nowhere", None, "T0"], "x": [0.0, 0.0, 0.0]})
    proba = model.predict_proba(new)[:, 0]
    assert proba[0] < proba[2]
    np.testing.assert_array_equal(proba, fit(informative=True).predict_proba(new)[:, 0])


@pytest.mark.parametrize("treatment", ["smote", "class_weights", "tuned_threshold"])
def test_every_kind_of_treatment_takes_it(treatment):
    frame, y = table(informative=True)
    model = TreatedClassifier("decision_tree", treatment).fit(frame, y)
    assert set(model.predict(frame)) == {"ill", "well"}


def job_titles(n_rows=400):
    """Rows with titles that hardly repeat; one word in them tells the class."""
    rng = np.random.default_rng(0)
    y = rng.uniform(size=n_rows) < 0.25
    field = np.array(["mine", "farm", "bank", "shop"])[rng.integers(0, 4, n_rows)]
    role = np.where(rng.uniform(size=n_rows) < 0.9, np.where(y, "welder", "clerk"), "guard")
    title = [f"{a} {b} {k % 150}" for k, (a, b) in enumerate(zip(role, field, strict=True))]
    return pd.DataFrame({"job": title, "x": rng.normal(size=n_rows)}), np.where(y, "ill", "well")


@needs("skrub")
def test_the_string_encoder_reads_words_that_were_never_seen_together(tmp_path):
    frame, y = job_titles()
    options = {"roles": {"job": "text"}, "text": "auto"}
    model = TreatedClassifier("logistic_regression", "untouched", **options).fit(frame, y)
    assert model.notes_[0] == "Text of many values is used as its n-grams (skrub): job."
    new = pd.DataFrame({"job": ["welder quarry", "clerk quarry", None], "x": [0.0] * 3})
    proba = model.predict_proba(new)[:, 0]
    assert proba[0] > 0.5 > proba[1]
    save(model, tmp_path / "m")
    np.testing.assert_array_equal(load(tmp_path / "m").predict_proba(new)[:, 0], proba)
    # A chunk without any text
    assert np.isfinite(model.predict_proba(new[2:])).all()


@needs("skrub")
def test_the_better_encoder_is_chosen():
    """Towns are names without a common word: their classes tell more than their letters."""
    model = fit(informative=True, text="auto")
    assert "shares of the classes" in model.notes_[0]
    assert fit(informative=False, text="auto").left_out_["town"].startswith("text of many values")


def test_encoders_that_do_not_exist_are_refused():
    with pytest.raises(InputError, match="text is 'words'"):
        fit(informative=True, text="words")


def test_three_classes():
    frame, y = table(informative=True)
    y = np.where(frame["x"] > 1.5, "third", y)
    model = TreatedClassifier("logistic_regression", "untouched").fit(frame, y)
    assert model.predict_proba(frame).shape == (N, 3)


def test_the_parts_that_are_compared_are_the_inner_folds():
    frame, y = table(informative=True)
    # One group has 300 of the 600 rows, so one fold has them all.
    groups = np.maximum(np.arange(N) - 299, 0)
    names = {"town": Role.TEXT, "x": Role.NUMERIC}
    zoo = get_classifier("logistic_regression"), get_treatment("untouched")
    recipe = Recipe(*zoo, names, ("ill", "well"), 0)
    seen = []

    def objective(rows, oof):
        seen.append(np.unique(rows.groups))
        return 0.0

    rows = Rows(frame, (y == "well").astype(int), groups=groups)
    with_text_that_helps(recipe, rows, objective, 3)
    for parts in (seen[:3], seen[3:]):
        # No group is in two parts.
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.unique(groups))
