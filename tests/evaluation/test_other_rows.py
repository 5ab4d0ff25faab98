"""The best model of a comparison on rows of another time or place."""

import numpy as np
import pandas as pd
import pytest

from rarebit import compare, evaluate
from rarebit.datasets import make_dataset
from rarebit.evaluation import Protocol
from rarebit.exceptions import InputError

QUICK = {
    "models": ["gaussian_nb"],
    "treatments": ["untouched"],
    "protocol": Protocol(n_folds=2, n_repeats=1, n_configs=1, inner_folds=2),
}


def table(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.uniform(size=n) < 0.3
    return pd.DataFrame({"x": rng.normal(size=n) + y, "w": 1.0 + y, "y": np.where(y, "b", "a")})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["table", "pair", "dataset"])
def test_it_is_evaluated_as_by_evaluate(kind):
    other = table(80, 1)
    test = {
        "table": other,
        "pair": (other.drop(columns="y"), other["y"].to_numpy()),
        "dataset": make_dataset(other, "y", weights="w"),
    }[kind]
    weighted = None if kind == "pair" else "w"
    found = compare(table(120, 0), "y", sample_weight=weighted, test=test, **QUICK)
    expected = evaluate(found.model, other, "y", sample_weight=weighted)
    pd.testing.assert_frame_equal(found.test.metrics, expected.metrics)
    row = expected.metrics.set_index("metric").loc[found.metric]
    expected = found.best_corrected[0]
    assert f"the macro F1 of the model is {row['score']:.3f} (95" in found.finding[-1]
    assert found.finding[-1].endswith(f"; {expected:.3f} was expected from cross-validation.")


@pytest.mark.slow
def test_the_metric_that_ranked_is_shown_beside_costs():
    test = (table(80, 1)[["x"]], table(80, 1)["y"])
    options = {**QUICK, "metric": "net_benefit@0.2", "cost": "fn=5,fp=1", "explain": False}
    found = compare(table(120, 0)[["x", "y"]], "y", test=test, **options)
    rows = found.test.metrics.set_index("metric")
    score = rows.loc["net_benefit@0.2", "score"]
    assert score != pytest.approx(rows.loc["expected_cost", "score"])
    said = found.finding[-1]
    assert (
        f"{rows.loc['net_benefit@0.2', 'label'].lower()} of the model is {score:.3f}"
        in said.lower()
    )


@pytest.mark.parametrize(
    ("test", "changes", "says"),
    [
        (table(80, 1).drop(columns="x"), {}, "no column 'x'"),
        (table(80, 1).rename(columns={"y": "yy"}), {}, "no column 'y' (for target)"),
        (table(80, 1).replace({"y": {"a": "c"}}), {}, "does not know: 'c'"),
        (table(80, 1), {"refit": False}, "test needs a refitted model"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_anything_is_fitted(test, changes, says):
    with pytest.raises(InputError) as refused:
        compare(table(120, 0), "y", test=test, models=["no such model"], **changes)
    assert says in str(refused.value)
