"""The classifiers of the comparison: how each is made, what it accepts, its search space.

Every factory gives a classifier that runs on one thread, prints nothing, writes no files and is
deterministic for a given random state. Only ``HistGradientBoostingClassifier`` has no parameter for
its threads: it follows ``OMP_NUM_THREADS`` and ``threadpoolctl``.
"""

from __future__ import annotations

from typing import Any

from imblearn.ensemble import (
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from scipy.stats import loguniform, randint, uniform
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rarebit._common.optional import import_extra
from rarebit.zoo.adapters import BoundedKNeighborsClassifier, EarlyStoppingMLPClassifier
from rarebit.zoo.spec import ClassifierSpec, seeded


def _xgboost(random_state: int) -> Any:
    return import_extra("xgboost").XGBClassifier(
        n_estimators=200,
        learning_rate=0.1,
        max_depth=6,
        tree_method="hist",
        n_jobs=1,
        verbosity=0,
        random_state=random_state,
    )


def _lightgbm(random_state: int) -> Any:
    return import_extra("lightgbm").LGBMClassifier(
        n_estimators=200,
        learning_rate=0.1,
        num_leaves=31,
        n_jobs=1,
        verbose=-1,
        deterministic=True,
        force_row_wise=True,
        random_state=random_state,
    )


def _catboost(random_state: int) -> Any:
    return import_extra("catboost").CatBoostClassifier(
        iterations=200,
        learning_rate=0.1,
        depth=6,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
        random_seed=random_state,
    )


_FOREST_SPACE = {
    "min_samples_leaf": randint(1, 21),
    "max_features": ["sqrt", "log2", 0.3],
    "max_depth": [None, 8, 16],
}

_FOREST_GRID = {"min_samples_leaf": [1, 3, 10], "max_features": ["sqrt", 0.3]}

CLASSIFIERS = (
    ClassifierSpec(
        "logistic_regression",
        "Logistic regression",
        seeded(LogisticRegression(max_iter=1000)),
        {"C": loguniform(1e-4, 1e2)},
        {"C": [0.01, 0.1, 1, 10]},
        frozenset({"scale", "sample_weight", "class_weight", "first", "fast"}),
    ),
    ClassifierSpec(
        "knn",
        "Nearest neighbours",
        seeded(BoundedKNeighborsClassifier()),
        {"n_neighbors": randint(1, 51), "weights": ["uniform", "distance"], "p": [1, 2]},
        {"n_neighbors": [3, 5, 11, 21], "weights": ["uniform", "distance"]},
        frozenset({"scale", "fast"}),
    ),
    ClassifierSpec(
        "decision_tree",
        "Decision tree",
        seeded(DecisionTreeClassifier(min_samples_leaf=5)),
        {
            "max_depth": [None, 3, 5, 8, 12],
            "min_samples_leaf": randint(1, 51),
            "criterion": ["gini", "entropy"],
        },
        {"max_depth": [None, 3, 5, 8], "min_samples_leaf": [1, 5, 20]},
        frozenset({"tree", "sample_weight", "class_weight", "fast"}),
    ),
    ClassifierSpec(
        "random_forest",
        "Random forest",
        seeded(RandomForestClassifier(n_estimators=100, n_jobs=1)),
        _FOREST_SPACE,
        _FOREST_GRID,
        frozenset({"tree", "sample_weight", "class_weight"}),
    ),
    ClassifierSpec(
        "extra_trees",
        "Extra trees",
        seeded(ExtraTreesClassifier(n_estimators=100, n_jobs=1)),
        _FOREST_SPACE,
        _FOREST_GRID,
        frozenset({"tree", "sample_weight", "class_weight"}),
    ),
    ClassifierSpec(
        "hist_gradient_boosting",
        "Gradient boosting",
        # No early stopping: its held-out rows cannot be drawn if a class has a single row.
        seeded(
            HistGradientBoostingClassifier(learning_rate=0.1, max_iter=100, early_stopping=False)
        ),
        {
            "learning_rate": loguniform(0.03, 0.3),
            "max_leaf_nodes": randint(7, 64),
            "min_samples_leaf": randint(5, 61),
            "l2_regularization": loguniform(1e-3, 10),
        },
        {"learning_rate": [0.03, 0.1, 0.2], "max_leaf_nodes": [15, 31]},
        frozenset({"tree", "first", "sample_weight", "class_weight"}),
    ),
    ClassifierSpec(
        "svm",
        "Support vector machine",
        seeded(SVC(cache_size=500)),
        {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-4, 1)},
        {"C": [0.1, 1, 10, 100], "gamma": ["scale", 0.001, 0.01, 0.1]},
        frozenset({"scale", "sample_weight", "class_weight", "slow"}),
        slow_rows=10_000,
    ),
    ClassifierSpec(
        "ada_boost",
        "AdaBoost",
        seeded(AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=50)),
        {
            "n_estimators": randint(25, 101),
            "learning_rate": loguniform(0.05, 2),
            "estimator__max_depth": [1, 2, 3],
        },
        {"learning_rate": [0.1, 0.5, 1], "estimator__max_depth": [1, 2]},
        frozenset({"tree", "sample_weight"}),
    ),
    ClassifierSpec(
        "mlp",
        "Multi-layer perceptron",
        seeded(
            EarlyStoppingMLPClassifier(
                hidden_layer_sizes=(64, 64), early_stopping=True, max_iter=100
            )
        ),
        {
            "hidden_layer_sizes": [(32,), (64,), (64, 64), (128, 64)],
            "alpha": loguniform(1e-6, 1e-1),
            "learning_rate_init": loguniform(3e-4, 1e-2),
        },
        {"hidden_layer_sizes": [(64,), (64, 64)], "alpha": [1e-4, 1e-2]},
        frozenset({"scale", "sample_weight", "slow"}),
    ),
    ClassifierSpec(
        "gaussian_nb",
        "Gaussian naive Bayes",
        seeded(GaussianNB()),
        {"var_smoothing": loguniform(1e-9, 1e-1)},
        {"var_smoothing": [1e-9, 1e-6, 1e-3]},
        frozenset({"sample_weight", "fast"}),
    ),
    ClassifierSpec(
        "balanced_random_forest",
        "Balanced random forest",
        seeded(BalancedRandomForestClassifier(n_estimators=100, n_jobs=1)),
        _FOREST_SPACE,
        _FOREST_GRID,
        frozenset({"tree", "balanced"}),
    ),
    ClassifierSpec(
        "easy_ensemble",
        "EasyEnsemble",
        seeded(EasyEnsembleClassifier(n_estimators=10, n_jobs=1)),
        {"n_estimators": randint(5, 21)},
        {"n_estimators": [5, 10, 20]},
        frozenset({"tree", "balanced", "slow"}),
    ),
    ClassifierSpec(
        "rus_boost",
        "RUSBoost",
        # Boosting ends at the first tree whose weighted error is no better than chance. Stumps
        # grown on balanced rows and tested on all of them nearly always are; deeper trees are not.
        seeded(RUSBoostClassifier(DecisionTreeClassifier(max_depth=8), n_estimators=50)),
        {
            "n_estimators": randint(25, 101),
            "learning_rate": loguniform(0.05, 2),
            "estimator__max_depth": [5, 8, 12],
        },
        {"learning_rate": [0.1, 0.5, 1], "estimator__max_depth": [5, 8]},
        frozenset({"tree", "balanced", "slow"}),
    ),
    ClassifierSpec(
        "xgboost",
        "XGBoost",
        _xgboost,
        {
            "learning_rate": loguniform(0.02, 0.3),
            "max_depth": randint(3, 10),
            "min_child_weight": loguniform(1, 20),
            "subsample": uniform(0.6, 0.4),
            "colsample_bytree": uniform(0.5, 0.5),
        },
        {"learning_rate": [0.03, 0.1, 0.2], "max_depth": [3, 6]},
        frozenset({"tree", "sample_weight", "device"}),
        module="xgboost",
    ),
    ClassifierSpec(
        "lightgbm",
        "LightGBM",
        _lightgbm,
        {
            "learning_rate": loguniform(0.02, 0.3),
            "num_leaves": randint(7, 64),
            "min_child_samples": randint(5, 61),
            "reg_lambda": loguniform(1e-3, 10),
            "colsample_bytree": uniform(0.5, 0.5),
        },
        {"learning_rate": [0.03, 0.1, 0.2], "num_leaves": [15, 31]},
        frozenset({"tree", "sample_weight"}),
        module="lightgbm",
    ),
    ClassifierSpec(
        "catboost",
        "CatBoost",
        _catboost,
        {
            "learning_rate": loguniform(0.02, 0.3),
            "depth": randint(4, 9),
            "l2_leaf_reg": loguniform(1, 30),
        },
        {"learning_rate": [0.03, 0.1, 0.2], "depth": [4, 6]},
        frozenset({"tree", "sample_weight", "slow"}),
        module="catboost",
    ),
)
