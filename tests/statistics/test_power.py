"""Power statements, against published tables and simulation."""

import numpy as np
import pytest
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import corrected_t_test, power_statement


def with_effect(effect, n=20):
    """Differences of standard deviation 1 whose mean is the effect."""
    d = np.random.default_rng(0).normal(size=n)
    return (d - d.mean()) / d.std(ddof=1) + effect


@pytest.mark.parametrize(("effect", "needed"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_numbers_are_the_published_ones(effect, needed):
    # The matched-pairs t-test, two-sided at 0.05 with power 0.80, for Cohen's small, medium and
    # large effects, as G*Power gives them.
    statement = power_statement(with_effect(effect))
    assert statement.needed == needed
    assert statement.needed_wilcoxon == np.ceil(needed * np.pi / 3)


@pytest.mark.parametrize("ratio", [0.0, 0.25])
def test_by_simulation_the_detectable_difference_has_the_stated_power(ratio):
    n = 10
    detectable = power_statement(with_effect(0.0, n), ratio).detectable
    correlation = ratio / (1 + ratio)
    # Equal correlation, scaled so that the expected sample variance is 1.
    rng = np.random.default_rng(1)
    shared = rng.normal(size=(2000, 1)) * np.sqrt(correlation / (1 - correlation))
    d = shared + rng.normal(size=(2000, n)) + detectable
    found = np.mean([corrected_t_test(row, ratio).p < 0.05 for row in d])
    assert found == pytest.approx(0.8, abs=0.03)


def test_wilcoxon_has_about_the_stated_power_at_the_stated_number():
    needed = int(power_statement(with_effect(0.6)).needed_wilcoxon)
    d = np.random.default_rng(2).normal(0.6, 1, size=(needed, 2000))
    assert np.mean(stats.wilcoxon(d, axis=0).pvalue < 0.05) == pytest.approx(0.8, abs=0.04)


def test_the_difference_is_detectable_from_the_needed_number_on():
    seen = power_statement(with_effect(0.7))
    n = int(seen.needed)
    assert power_statement(with_effect(0.7, n)).detectable <= 0.7
    assert power_statement(with_effect(0.7, n - 1)).detectable > 0.7


def test_wilcoxon_needs_at_least_six():
    statement = power_statement(with_effect(30.0))
    assert (statement.needed, statement.needed_wilcoxon) == (2, 6)
    assert stats.wilcoxon([1.0, 2, 3, 4, 5]).pvalue > 0.05 > stats.wilcoxon([1.0, 2, 3, 4, 5, 6])[1]


def test_more_repeats_on_one_data_set_have_a_limit():
    # Without end of folds the standard error stays at sqrt(1/4) of the standard deviation.
    limit = np.sqrt(1 / 4) * (stats.norm.isf(0.025) + stats.norm.ppf(0.8))
    below = power_statement(with_effect(0.99 * limit), 1 / 4)
    above = power_statement(with_effect(1.05 * limit), 1 / 4)
    assert below.needed == np.inf
    assert 20 < above.needed < np.inf
    assert np.isnan(above.needed_wilcoxon)
    assert "any number of folds" in str(below)


def test_no_number_shows_a_difference_of_0():
    statement = power_statement([1.0, -1.0])
    assert statement.needed == statement.needed_wilcoxon == np.inf


@pytest.mark.parametrize("differences", [[0.1], [0.1, 0.1, np.nan], [0.0, 0.0]])
def test_without_variation_the_power_is_unknown(differences):
    statement = power_statement(differences)
    assert np.isnan([statement.needed, statement.needed_wilcoxon, statement.detectable]).all()
    assert "do not vary" in str(statement)


def test_the_sentence_contains_the_figures():
    statement = power_statement(with_effect(0.5), power=0.9)
    for part in (
        "20 data sets",
        f"{statement.detectable:.3g}",
        "90\xa0%",
        f"{statement.needed:.0f}",
    ):
        assert part in str(statement)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"power": 1.0}, "power is 1.0: give a number above 0 and below 1"),
        ({"power": 80}, "power is 80: give a number above 0 and below 1"),
        ({"alpha": 0}, "alpha is 0: give a number above 0 and below 1"),
        ({"power": 0.04, "alpha": 0.05}, "alpha is 0.05 and power 0.04: give an alpha below"),
        ({"power": 0.05, "alpha": 0.05}, "alpha is 0.05 and power 0.05: give an alpha below"),
    ],
)
def test_power_and_level_are_between_0_and_1(options, message):
    with pytest.raises(InputError, match=message):
        power_statement([0.1, 0.2], **options)
