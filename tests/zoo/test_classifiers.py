from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import has_fit_parameter

from rarebit.exceptions import MissingExtraError
from rarebit.zoo import raw_proba
from rarebit.zoo.classifiers import CLASSIFIERS

INSTALLED = [spec for spec in CLASSIFIERS if spec.available()]
every_classifier = pytest.mark.parametrize("spec", INSTALLED, ids=lambda spec: spec.name)


def table(n_rows=150, n_classes=2):
    return make_classification(
        n_rows,
        6,
        n_informative=4,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.7] + [0.3 / (n_classes - 1)] * (n_classes - 1),
        flip_y=0.1,
        random_state=0,
    )


@every_classifier
@pytest.mark.parametrize("n_classes", [2, 4])
def test_fits_and_gives_probabilities(spec, n_classes):
    X, y = table(n_classes=n_classes)
    proba = raw_proba(spec.factory(0).fit(X, y), X)
    assert proba.shape == (len(y), n_classes)
    assert proba.dtype == np.float64
    assert proba.min() >= 0
    assert_allclose(proba.sum(axis=1), 1)
    assert np.mean(proba.argmax(axis=1) == y) > 0.7


@every_classifier
def test_the_same_seed_gives_the_same_figures_to_the_last_digit(spec):
    X, y = table()
    first, second = (raw_proba(spec.factory(7).fit(X, y), X) for _ in range(2))
    assert_array_equal(first, second)


@every_classifier
def test_prints_nothing_and_writes_no_files(spec, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = table()
    raw_proba(spec.factory(0).fit(X, y), X)
    assert capfd.readouterr() == ("", "")
    assert list(Path.cwd().iterdir()) == []


@every_classifier
def test_runs_on_one_thread(spec):
    params = spec.factory(0).get_params()
    threads = [params[key] for key in ("n_jobs", "thread_count") if key in params]
    assert set(threads) <= {1, None}  # None is one job for scikit-learn
    if spec.module is not None:
        assert threads == [1]


@every_classifier
def test_tags_tell_how_weights_reach_it(spec):
    model = spec.factory(0)
    if "balanced" not in spec.tags:
        assert ("sample_weight" in spec.tags) == has_fit_parameter(model, "sample_weight")
    if "class_weight" in spec.tags:
        assert "class_weight" in model.get_params()


@pytest.mark.parametrize(
    "spec", [s for s in INSTALLED if s.weighted_by == "sample_weight"], ids=lambda spec: spec.name
)
def test_balanced_weights_raise_the_probability_of_the_rare_class(spec):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (400, 2)).astype(float)  # many equal rows: no classifier learns them all
    y = (rng.random(400) < 0.05 + 0.1 * X[:, 0]).astype(np.int64)
    weight = compute_sample_weight("balanced", y)
    plain = raw_proba(spec.factory(0).fit(X, y), X)[:, 1].mean()
    weighted = raw_proba(spec.factory(0).fit(X, y, sample_weight=weight), X)[:, 1].mean()
    assert weighted > plain + 0.05


@every_classifier
def test_every_place_of_the_search_learns(spec):
    X, y = table(60)
    areas = []
    sampled = list(ParameterSampler(spec.search_space, 2, random_state=0))
    for params in [*sampled, ParameterGrid(spec.grid)[0]]:
        proba = raw_proba(clone(spec.factory(0)).set_params(**params).fit(X, y), X)
        # Coarse trees learn the class shares alone: half the area, the accuracy of the majority.
        assert np.mean(proba.argmax(axis=1) == y) >= np.bincount(y).max() / len(y)
        areas.append(roc_auc_score(y, proba[:, 1]))
    assert min(areas) >= 0.5
    assert max(areas) > 0.75


@every_classifier
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("counts", [(12, 1), (12, 2), (10, 3, 1)])
def test_classes_of_very_few_rows_are_ranked_or_get_their_shares(spec, counts):
    X, _ = table(sum(counts))
    y = np.repeat(np.arange(len(counts)), counts)
    X += 20 * y[:, None]
    proba = raw_proba(spec.factory(0).fit(X, y), X)
    own = np.array([proba[y == k, k].mean() for k in range(len(counts))])
    other = np.array([proba[y != k, k].mean() for k in range(len(counts))])
    shares = np.array(counts) / len(y)
    # The boosters with a least size of a leaf cannot split so few rows.
    assert (own > other + 0.05).all() or np.allclose(proba, shares, atol=1e-3)


def test_names_are_unique():
    names = [spec.name for spec in CLASSIFIERS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "catboost"])
def test_a_missing_library_is_one_line_that_names_the_extra(name, monkeypatch):
    spec = next(spec for spec in CLASSIFIERS if spec.name == name)

    def missing(module):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("rarebit._common.optional.import_module", missing)
    with pytest.raises(MissingExtraError, match="the extra 'boosting'"):
        spec.factory(0)
