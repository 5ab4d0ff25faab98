"""What review changes: against counts by hand, in a comparison and on other rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import precision_score, recall_score

from rarebit.datasets import Dataset, Role
from rarebit.evaluation import compare, evaluate
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.review import review_sentence, with_review
from rarebit.exceptions import InputError


def made(y, labels, weight=None):
    n = len(y)
    return Predictions(
        rows=np.arange(n), repeat=np.zeros(n, int), fold=np.zeros(n, int), y=y, labels=labels,
        proba=np.tile([0.5, 0.5], (n, 1)), weight=np.ones(n) if weight is None else weight,
    )  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_reviewed_rows_count_as_right(weighted):
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=300) < 0.2).astype(int)
    labels = np.where(rng.uniform(size=300) < 0.8, y, 1 - y)
    reviewed = rng.uniform(size=300) < 0.1
    weight = rng.uniform(0.5, 2, size=300) if weighted else np.ones(300)
    frame = pd.DataFrame({"a": np.arange(300.0)})
    dataset = Dataset("d", frame, y, ("well", "ill"), 1, {"a": Role.NUMERIC})
    decided = np.where(reviewed, -1, labels)
    found = with_review(dataset, "10%", made(y, labels, weight), made(y, decided, weight))
    after = np.where(reviewed, y, labels)
    assert (found.reviewed, found.errors) == (
        reviewed.sum(),
        ((labels != y).sum(), (after != y).sum()),
    )
    assert found.share.estimate == pytest.approx(np.average(reviewed, weights=weight))
    assert found.error_rate[1].estimate == pytest.approx(np.average(after != y, weights=weight))
    for outcome, predicted in zip(found.outcomes, (labels, after), strict=True):
        recall = recall_score(y, predicted, sample_weight=weight)
        assert outcome.recall.estimate == pytest.approx(recall)
        precision = precision_score(y, predicted, sample_weight=weight)
        assert outcome.precision.estimate == pytest.approx(precision)
    if not weighted:
        exact = stats.binomtest(found.errors[1], 300).proportion_ci(0.95, "exact")
        assert (found.error_rate[1].low, found.error_rate[1].high) == pytest.approx(
            (exact.low, exact.high)
        )
    table = found.frame()
    assert table["review"].tolist() == ["without review", "with review"]
    assert table["reviewed"].tolist() == [0, found.reviewed]
    assert f"{found.errors[1]} of {found.errors[0]} errors remain" in review_sentence(found)


@pytest.fixture(scope="module")
def outcome(two_columns):
    return compare(
        *two_columns, models=["gaussian_nb"], treatments=["tuned_threshold"], preset="quick",
        review="10%", explain=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_comparison_reviews_held_out_rows(outcome):
    found = outcome.review
    seen = outcome.predictions[outcome.best].first_repeat()
    assert found.errors[0] == (seen.labels != seen.y).sum()
    assert found.share.estimate == pytest.approx(0.1, abs=0.03)
    # Random rows would remove a tenth of the errors.
    assert found.errors[1] < 0.75 * found.errors[0]
    assert found.outcomes[1].recall.estimate > found.outcomes[0].recall.estimate
    assert outcome.finding[-1] == review_sentence(found)
    assert outcome.settings["review"] == "10%"
    assert outcome.model.review_rule().budget.value == 0.1


@pytest.mark.slow
def test_other_rows_are_reviewed_as_the_model_was_asked_to(outcome, two_columns):
    X, y = two_columns
    found = evaluate(outcome.model, X, y, n_resamples=0)
    reviewed, labels = outcome.model.predict_review(X), outcome.model.predict(X)
    assert found.review.reviewed == reviewed.sum()
    assert found.review.errors == ((labels != y).sum(), (labels != y)[~reviewed].sum())
    assert found.finding[-1] == review_sentence(found.review)


@pytest.mark.slow
def test_review_ranks_nothing(outcome, two_columns):
    plain = compare(
        *two_columns, models=["gaussian_nb"], treatments=["tuned_threshold"], preset="quick",
        explain=False,
    )  # fmt: skip
    assert plain.review is None
    np.testing.assert_array_equal(plain.ranking["macro_f1"], outcome.ranking["macro_f1"])
    assert "review" not in plain.settings


def test_what_cannot_be_used_is_refused_before_anything_is_fitted(two_columns):
    X, y = two_columns
    with pytest.raises(InputError, match="review is '5', which needs two classes"):
        compare(X, np.where(X[:, 1] > 1, 2, y), review=5)
    with pytest.raises(InputError, match="review needs a threshold, and alerts<=5 has none"):
        compare(X, y, review=5, at="alerts<=5")
    with pytest.raises(InputError, match=r"review is '5 rows': give a share"):
        compare(X, y, review="5 rows")
