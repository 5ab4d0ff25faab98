import numpy as np
import pytest

from rarebit.zoo.spec import Treatment
from rarebit.zoo.treatments import TREATMENTS

RESAMPLING = [treatment for treatment in TREATMENTS if treatment.kind == "resampling"]


def test_names_are_unique():
    names = [treatment.name for treatment in TREATMENTS]
    assert len(set(names)) == len(names)


def test_only_resampling_has_a_sampler_and_only_the_threshold_tunes():
    for treatment in TREATMENTS:
        assert (treatment.sampler is not None) == (treatment.kind == "resampling")
        assert (treatment.decision == "tuned") == (treatment.kind == "threshold")


@pytest.mark.parametrize("treatment", RESAMPLING, ids=lambda treatment: treatment.name)
def test_samplers_take_their_seed(treatment):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 3)), np.repeat([0, 1], [60, 30])
    X[:, 0] = rng.integers(0, 2, 90)
    first, second, other = (treatment.sampler(seed).fit_resample(X, y)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_a_missing_library_makes_it_unavailable():
    assert not Treatment("x", "X", "resampling", module="no_such_module").available()
