"""Sizes of a comparison: its classifiers, treatments, folds and search budget."""

from __future__ import annotations

from dataclasses import dataclass

from rarebit.zoo.registry import list_classifiers, list_treatments

SMALL_ROWS = 2_000


@dataclass(frozen=True)
class Preset:
    """A size of comparison.

    Parameters
    ----------
    name : str
        Name by which it is chosen.
    classifiers, treatments : tuple of str
        Names of what is compared; pairs that do not go together are left out with a reason.
    n_folds, n_repeats : int
        Folds of the cross-validation, and how often it is repeated.
    small_repeats : int
        Repeats for a table of at most ``SMALL_ROWS`` rows, where chance matters most and fits cost
        least.
    n_configs : int
        Configurations tried for each classifier, including its default values.
    search_rows : int
        Most training rows that the search sees.
    max_rows : int or None
        Most training rows of a fit, rare ones first; None for all.
    max_test_rows : int or None
        Most test rows of a split, at random; None for all.
    """

    name: str
    classifiers: tuple[str, ...]
    treatments: tuple[str, ...]
    n_folds: int
    n_repeats: int
    small_repeats: int
    n_configs: int
    search_rows: int
    max_rows: int | None
    max_test_rows: int | None

    def repeats(self, n_rows: int) -> int:
        """Return how often the cross-validation of a table of ``n_rows`` rows is repeated."""
        return self.small_repeats if n_rows <= SMALL_ROWS else self.n_repeats


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "quick",
            ("logistic_regression", "knn", "random_forest", "hist_gradient_boosting"),
            ("untouched", "class_weights", "tuned_threshold", "smote"),
            n_folds=3,
            n_repeats=1,
            small_repeats=3,
            n_configs=1,
            search_rows=1500,
            max_rows=20_000,
            max_test_rows=50_000,
        ),
        Preset(
            "default",
            (
                "logistic_regression",
                "knn",
                "random_forest",
                "extra_trees",
                "hist_gradient_boosting",
                "svm",
            ),
            (
                "untouched",
                "class_weights",
                "tuned_threshold",
                "random_under",
                "smote",
                "borderline_smote",
            ),
            n_folds=5,
            n_repeats=1,
            small_repeats=2,
            n_configs=8,
            search_rows=1500,
            max_rows=50_000,
            max_test_rows=50_000,
        ),
        Preset(
            "thorough",
            tuple(list_classifiers(installed=True)),
            tuple(list_treatments(installed=True)),
            n_folds=5,
            n_repeats=3,
            small_repeats=3,
            n_configs=16,
            search_rows=5000,
            max_rows=None,
            max_test_rows=None,
        ),
    )
}
