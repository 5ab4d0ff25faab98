"""What the best model depends on, measured through the runner on held-out rows."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role, make_dataset
from rarebit.evaluation import Protocol, compare
from rarebit.evaluation.explanation import Explanation, effects, explanation
from rarebit.explain import Importance
from rarebit.running.cells import CellKey, CellResult
from rarebit.running.explaining import ExplainTask, explain_tasks
from rarebit.running.store import Store
from rarebit.zoo import TreatedClassifier

N = 300


def table(seed=0):
    """Two columns that say the same decide, one helps a little, the rest is noise."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 10, N)
    ward = rng.choice(["a", "b"], N)
    y = rng.random(N) < 1 / (1 + np.exp(8 - age / 9 - (ward == "b")))
    return pd.DataFrame(
        {
            "noise": rng.normal(size=N),
            "age": age.round(2),
            "ward": ward,
            "born": (2020 - age).round(),
            "seen": pd.date_range("2020-01-01", periods=N),
            "died": np.where(y, "yes", "no"),
        }
    )


SMALL = {
    "models": ["logistic_regression"],
    "treatments": ["untouched", "tuned_threshold"],
    "protocol": Protocol(n_folds=3, n_repeats=2, n_configs=1),
}


@pytest.fixture(scope="module")
def found():
    return compare(table(), "died", **SMALL)


def test_the_columns_that_decide_come_first_and_together(found):
    importances = found.explanation.importances
    assert importances[0].columns == ("age", "born")
    assert importances[0].low > 0
    by_columns = {each.columns: each for each in importances}
    assert set(by_columns) == {("noise",), ("age", "born"), ("ward",), ("seen",)}
    assert by_columns["noise",].low < 0.01
    assert found.explanation.label == "yes"


def test_effects_have_the_direction_of_the_truth(found):
    first = found.explanation.effects[0]
    assert first.column in ("age", "born")
    rising = np.diff(first.probability)
    assert (rising > 0).all() if first.column == "age" else (rising < 0).all()
    assert set(first.values) <= set(found.dataset.frame[first.column])


def test_errors_are_confident_errors_of_held_out_rows(found):
    cases, y, code = found.explanation.cases, found.dataset.target, found.dataset.positive
    seen = found.predictions[found.best].first_repeat()
    proba = dict(zip(seen.rows, seen.proba[:, code], strict=True))
    labels = dict(zip(seen.rows, seen.labels, strict=True))
    assert cases
    for case in cases:
        assert y[case.row] == (code if case.is_missed else 1 - code)
        assert labels[case.row] != y[case.row]
        assert case.probability == pytest.approx(proba[case.row])  # the same model as in the fold
        assert y[case.nearest] == code
        assert case.nearest != case.row
        changes = [abs(change) for _, change in case.reasons]
        assert changes == sorted(changes, reverse=True)
    missed = [case.probability for case in cases if case.is_missed]
    assert missed == sorted(missed)


@pytest.mark.slow
def test_it_is_kept_in_the_store_and_not_run_again(monkeypatch):
    store = Store()
    first = compare(table(), "died", store=store, **SMALL).explanation
    monkeypatch.setattr(ExplainTask, "run", lambda _: pytest.fail("run again"))
    again = compare(table(), "died", store=store, **SMALL).explanation
    assert again.importances == first.importances
    assert again.cases == first.cases


def test_it_can_be_left_out():
    assert compare(table(), "died", explain=False, refit=False, **SMALL).explanation is None


@pytest.mark.slow
def test_a_failure_is_said_and_costs_nothing_else(monkeypatch):
    monkeypatch.setattr("rarebit.running.explaining.permutation_importance", lambda *_, **__: 1 / 0)
    outcome = compare(table(), "died", refit=False, **SMALL)
    assert outcome.explanation is None
    assert outcome.left_out[-1].startswith("The importance of the columns was not measured: Zero")


def test_folds_are_pooled_by_their_weight():
    class Task:
        groups, code = (("a",), ("b",)), 1

    scores = [
        {"weight": 100.0, "increase/0": 0.2, "error/0": 0.03, "increase/1": 0.5, "error/1": 0.1},
        {"weight": 300.0, "increase/0": 0.4, "error/0": 0.01, "increase/1": 0.1, "error/1": 0.1},
    ]
    results = [CellResult(CellKey("made", "m"), "done", scores=each) for each in scores]
    dataset = make_dataset(table(), "died")
    found = explanation(dataset, [Task] * 2, results, None)
    assert isinstance(found, Explanation)
    first, second = found.importances
    assert (first.columns, second.columns) == (("a",), ("b",))
    assert first.increase == pytest.approx(0.35)
    assert first.standard_error == pytest.approx(np.hypot(0.25 * 0.03, 0.75 * 0.01))
    assert second.increase == pytest.approx(0.2)
    assert found.frame()["columns"].tolist() == ["a", "b"]
    assert explanation(dataset, [Task], [], None) is None


def test_few_cells_of_many_are_explained():
    cells = [None] * 10
    assert [len(explain_tasks(cells, (), 1, n)) for n in (2, 40, 180, 1000)] == [1, 2, 3, 3]


def test_effects_of_dates_have_dates():
    data = make_dataset(table(), "died", roles={"seen": "date"})
    assert data.roles["seen"] == Role.DATE
    model = TreatedClassifier("logistic_regression", "untouched", roles=data.roles)
    model.fit(data.frame, data.labels)
    (effect,) = effects(data, model, [Importance(("seen",), 1.0, 0.1)], 1)
    assert all(isinstance(value, pd.Timestamp) and value.year == 2020 for value in effect.values)
