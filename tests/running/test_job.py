"""The cells of a plan: what candidates of a split have in common, what tells cells apart."""

from dataclasses import replace

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression

from rarebit.datasets import load_dataset, make_dataset
from rarebit.decision.costs import Costs
from rarebit.evaluation import Protocol
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.zoo import PRESETS


def plan(dataset, models, treatments=("untouched",), **options):
    made = make_plan(dataset, PRESETS["quick"], models=models, treatments=list(treatments))
    tasks = Job(dataset, made, Protocol(n_folds=2), "macro_f1", **options).cells().tasks
    mine = [task for task in tasks if "mine" in (task.key.classifier, task.key.treatment)]
    return mine or tasks


def test_all_candidates_of_a_split_have_one_seed():
    wine = load_dataset("wine_rare")
    tasks = plan(wine, ["random_forest", "knn"], ["untouched", "tuned_threshold"])
    seeds = {}
    for task in tasks:
        seeds.setdefault(task.key.fold, set()).add(task.model.random_state)
    assert [len(found) for found in seeds.values()] == [1, 1]
    assert seeds[0] != seeds[1]


def vote(weight):
    parts = [(f"part_{k}", LogisticRegression(C=1.0)) for k in range(9)]
    return VotingClassifier([*parts, ("last", LogisticRegression(C=weight))])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (vote(0.001), vote(1000.0)),  # alike in the first 700 signs of their repr
        (LogisticRegression(), LogisticRegression(C=2.0)),
    ],
)
def test_estimators_of_ones_own_are_told_apart_and_known_again(one, other):
    wine = load_dataset("wine_rare")
    keys = [plan(wine, {"mine": model})[0].key for model in (one, other)]
    assert keys[0] != keys[1]
    again = type(one)(**one.get_params(deep=False))
    assert plan(wine, {"mine": again})[0].key == keys[0]


class Doubled:
    """A sampler without a repr of its own."""

    def __init__(self, times):
        self.times = times

    def fit_resample(self, X, y):
        return SMOTE(k_neighbors=self.times).fit_resample(X, y)


def test_samplers_are_known_by_what_they_hold_not_where():
    wine = load_dataset("wine_rare")
    keys = [plan(wine, ["knn"], [("mine", Doubled(n))])[0].key for n in (1, 1, 2)]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_the_device_tells_cells_apart():
    wine = load_dataset("wine_rare")
    here, there = (plan(wine, ["knn"], device=device)[0].key for device in ("cpu", "cuda"))
    assert here == plan(wine, ["knn"])[0].key
    assert here.config_hash != there.config_hash
    assert replace(there, config_hash=here.config_hash) == here


def test_costs_go_to_the_model_where_they_rank():
    X, y = np.random.default_rng(0).normal(size=(40, 1)), np.repeat(["no", "yes"], [30, 10])
    table = make_dataset(X, y, name="t")
    cost = Costs(((0.0, 1.0), (9.0, 0.0)))
    for metric, passed in (("expected_cost", True), ("macro_f1", False)):
        made = make_plan(table, PRESETS["quick"], models=["knn"], treatments=["untouched"])
        [task, *_] = Job(table, made, Protocol(n_folds=2), metric, cost).cells().tasks
        assert (task.model.cost_matrix is not None) is passed
        assert task.costs == cost


def test_a_cell_says_whether_time_ended_its_search():
    wine = load_dataset("wine_rare")
    made = make_plan(wine, PRESETS["quick"], models=["knn"], treatments=["untouched"])
    task = Job(wine, made, Protocol(n_folds=2, n_configs=3), "macro_f1").cells().tasks[0]
    assert "search_cut_short" not in task.run().scores
    task.model.set_params(time_limit=1e-9)
    assert task.run().scores["search_cut_short"] == 1


def test_a_cut_split_carries_its_own_rows_only():
    """The rare rows of every training set stay; positions in the table come with the task."""
    rng = np.random.default_rng(0)
    y = np.repeat(["no", "yes"], [950, 50])
    table = make_dataset(rng.normal(size=(1000, 1)), y, name="t")
    made = make_plan(table, PRESETS["quick"], models=["knn"], treatments=["untouched"])
    whole = Job(table, made, Protocol(n_folds=2, max_rows=None, max_test_rows=None), "macro_f1")
    cut = Job(table, made, Protocol(n_folds=2, max_rows=100, max_test_rows=300), "macro_f1")
    for before, planned, task in zip(
        whole.cells().splits, cut.cells().splits, cut.cells().tasks, strict=True
    ):
        assert set(planned.train) <= set(before.train)
        assert set(planned.test) <= set(before.test)
        assert (len(planned.train), len(planned.test)) == (100, 300)
        assert table.target[planned.train].sum() == 25
        np.testing.assert_allclose(planned.design_weight.sum(), len(before.train))
        assert len(task.dataset.target) == 400
        for part in ("train", "test"):
            local, places = getattr(task.split, part), getattr(planned, part)
            np.testing.assert_array_equal(task.rows[local], places)
            np.testing.assert_array_equal(
                task.dataset.frame.to_numpy()[local], table.frame.to_numpy()[places]
            )
    assert whole.cells().notes == []
    assert whole.cells().tasks[0].dataset is table
    assert cut.cells().test_ratio == whole.cells().test_ratio == 1
    assert cut.cells().notes == [
        "Training sets are cut to 100 rows (max_rows), rare ones first: the largest keeps all 25 "
        "rows of class yes and 75 of 475 rows of class no. Probabilities, thresholds and searches "
        "are corrected for this.",
        "Scores are those on 300 of 500 rows of each test set, drawn at random (max_test_rows).",
    ]
