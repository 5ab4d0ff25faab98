import numpy as np
import pytest

from rarebit.quantum.optimizers import adam, bfgs, spsa


@pytest.fixture
def bowls():
    """Quadratic functions, one for each of 5 rows: their minima, and value with gradient."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(5, 4, 4))
    curvatures = factors @ factors.swapaxes(1, 2) / 4 + np.eye(4)
    minima = rng.normal(size=(5, 4))

    def function(points):
        offset = points - minima
        slope = np.einsum("bij,bj->bi", curvatures, offset)
        return 0.5 * (offset * slope).sum(axis=1), slope

    return minima, function


@pytest.mark.parametrize(("method", "step", "n"), [(bfgs, 0.5, 40), (adam, 0.3, 300)])
def test_every_row_finds_its_own_minimum(bowls, method, step, n):
    minima, function = bowls
    best, trace = method(function, np.zeros((5, 4)), n, step)
    np.testing.assert_allclose(best, minima, atol=1e-3)
    assert trace.shape == (5, n + 1)
    assert (np.diff(trace, axis=1) <= 0).all()
    np.testing.assert_allclose(trace[:, 0], function(np.zeros((5, 4)))[0])
    np.testing.assert_allclose(trace[:, -1], function(best)[0])


def test_bfgs_follows_a_curved_valley():
    def rosenbrock(points):
        x, y = points.T
        value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        slope = np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=1)
        return value, slope

    best, _ = bfgs(rosenbrock, np.array([[-1.2, 1.0], [2.0, -1.0]]), 120, 0.3)
    np.testing.assert_allclose(best, np.ones((2, 2)), atol=1e-4)


def test_bfgs_rests_at_a_minimum(bowls):
    minima, function = bowls
    best, trace = bfgs(function, minima, 10, 0.5)
    np.testing.assert_allclose(best, minima)
    np.testing.assert_allclose(trace, 0.0, atol=1e-20)


def test_spsa_goes_down_and_repeats_with_its_seed(bowls):
    _, function = bowls

    def run(seed):
        rng = np.random.default_rng(seed)
        return spsa(lambda points: function(points)[0], np.zeros((5, 4)), 200, 0.3, rng)

    best, trace = run(0)
    assert (trace[:, -1] < 0.2 * trace[:, 0]).all()
    np.testing.assert_array_equal(best, run(0)[0])
    assert (best != run(1)[0]).any()
