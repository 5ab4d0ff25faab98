"""`rarebit train`: a model without a comparison."""

import json

import numpy as np
import pandas as pd
import pytest
from extras import needs

from rarebit import load
from rarebit.datasets import load_dataset
from rarebit.zoo import TreatedClassifier


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    y = np.where(rng.uniform(size=200) < 0.2, "died", "lived")
    frame = pd.DataFrame(
        {
            "age": rng.normal(60, 9, 200).round(1) + 8 * (y == "died"),
            "sex": rng.choice(["f", "m"], 200),
            "ward": rng.integers(100, 140, 200),
            "y": y,
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    return frame


def test_the_model_is_that_of_the_estimator(rarebit):
    code, out, _ = rarebit("train", "digits_8", "--model", "random_forest", "--out", "m")
    assert code == 0
    assert (
        "Random forest, Tuned threshold, fitted on 1,797 rows; threshold of the rare class: " in out
    )
    assert "was not measured" in out
    digits = load_dataset("digits_8")
    direct = TreatedClassifier("random_forest", positive=1, roles=digits.roles)
    direct.fit(digits.frame, digits.labels)
    stored = load("m")
    np.testing.assert_array_equal(
        stored.predict_proba(digits.frame), direct.predict_proba(digits.frame)
    )
    assert stored.threshold_ == direct.threshold_


def test_a_file_with_costs_groups_and_settings(rarebit, table):
    code, out, _ = rarebit(
        "train", "t.csv", "--target", "y", "--groups", "ward", "--ignore", "sex", "--positive",
        "died", "--model", "logistic_regression", "--configs", "3", "--cost", "fn=30,fp=1",
        "--json",
    )  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert found["classes"] == table["y"].value_counts().to_dict()
    assert found["model"] == "model"
    assert found["threshold"] < 0.2
    fitted = load("model")
    assert list(fitted.roles_) == ["age"]
    code, _, _ = rarebit("predict", "model", "t.csv", "--out", "scored.csv")
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "knn", "--treatment", "class_weights"], "does not support weights"),
        (["--model", "forest"], "forest"),
        (["--treatment", "smot"], "smot"),
        (["--metric", "f7"], "f7"),
        (["--configs", "0"], "--configs is 0"),
        pytest.param(
            ["--configs", "3", "--model", "mlp_net"],
            "--configs 3 has no effect",
            marks=needs("torch"),
        ),
        (["--metric", "mcc", "--cost", "fn=9,fp=1"], "--metric mcc has no effect beside --cost"),
        (["--device", "mps"], "--device mps has no effect: Gradient boosting"),
        pytest.param(
            ["--device", "cuda:99", "--model", "mlp_net"],
            "is not available on this machine",
            marks=needs("torch"),
        ),
        (["--device", "gpu"], "--device is 'gpu'"),
        (["--seed", "-1"], "--seed is -1"),
        (["--cost", "fn=x"], "no column 'x' (for cost): give a number, or the name of a column"),
        pytest.param(
            ["--model", "real_mlp"],
            "--model is real_mlp, which cannot be saved",
            marks=needs("pytabkit"),
        ),
        (["--out", "sweep"], "sweep is the folder of a sweep: name another one with --out"),
        (["--out", "compared"], "compared is the folder of a comparison"),
        (["--out", "t.csv"], "is not a folder"),
        (["--positive", "gone"], "gone"),
        (["--at", "recall=0.9"], "--at is 'recall=0.9': give recall>=0.9, if that is meant."),
        (["--at", "recall>=2"], "--at is 'recall>=2': did you mean recall>="),
        (["--at", "p>=0.1", "--at", "p>=.1"], "--at holds p>=0.1 twice: give each"),
        (["--at", "p>=0.1", "--confidence", "95"], "--confidence is 95.0: give a number above 0"),
        (["--confidence", "0.8"], "--confidence 0.8 has no effect without --at"),
    ],
)
def test_wrong_input_is_one_line(rarebit, table, tmp_path, arguments, says):
    for name in ("sweep/sweep.json", "compared/cells.sqlite"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    code, _, err = rarebit("train", "t.csv", "--target", "y", *arguments)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_operating_points_are_printed_and_stored(rarebit, table):
    arguments = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--positive", "died")
    points = ("--at", "recall>=0.9,alerts<=5", "--at", "fpr<=0.2")
    code, out, _ = rarebit(*arguments, *points)
    assert code == 0
    text = " ".join(out.split())
    assert "recall>=0.9 holds on new rows with about 90 % confidence, together with" in text
    assert "alerts<=5: at most 5 rows of each batch" in text
    fitted = load("model")
    assert list(fitted.points_) == ["recall>=0.9", "alerts<=5", "fpr<=0.2"]
    assert f"Threshold: {fitted.points_['recall>=0.9'].threshold:.3f}." in text
    found = json.loads(rarebit(*arguments, *points, "--json")[1])["operating_points"]
    assert [point["threshold"] is None for point in found] == [False, True, False]
    assert found[0]["promise"] == fitted.points_["recall>=0.9"].statement


def test_the_model_of_another_table_is_replaced_with_notice(rarebit, table):
    rarebit("train", "t.csv", "--target", "y", "--model", "gaussian_nb")
    code, out, _ = rarebit("train", "wine_rare", "--model", "gaussian_nb")
    assert code == 0
    assert "model is the model of t.csv; the model of wine_rare will replace it." in out


def test_columns_left_out_are_named(rarebit, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=60), "id": range(60), "one": 7, "y": [0, 0, 1] * 20})
    frame.to_csv(tmp_path / "t.csv", index=False)
    arguments = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--ignore", "one")
    code, out, _ = rarebit(*arguments)
    assert code == 0
    reason = "every value is different, looks like an identifier"
    assert f"Dropped column: id ({reason})." in " ".join(out.split())
    assert json.loads(rarebit(*arguments, "--json")[1])["columns_left_out"] == {"id": reason}


def test_a_name_with_a_comma(rarebit, table):
    table.rename(columns={"sex": "sex, as told"}).to_csv("t.csv", index=False)
    arguments = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--ignore")
    for ignored in (['"sex, as told",ward'], ["sex, as told", "--ignore", "ward"]):
        assert rarebit(*arguments, *ignored)[0] == 0
        assert list(load("model").roles_) == ["age"]
    assert rarebit(*arguments, "sex, as told,ward")[0] == 2


def test_auto_takes_the_cpu_for_what_runs_on_nothing_else(rarebit, table):
    options = ("--target", "y", "--model", "gaussian_nb", "--device", "auto")
    assert rarebit("train", "t.csv", *options)[0] == 0


def test_a_budget_of_rows_keeps_the_rare_ones(rarebit, table):
    options = ("train", "t.csv", "--target", "y", "--positive", "died")
    code, out, _ = rarebit(*options, "--max-rows", "100")
    n_rare = int((table["y"] == "died").sum())
    assert code == 0
    assert "fitted on 100 rows" in out
    words = " ".join(out.split())
    assert f"all {n_rare} rows of class died and {100 - n_rare} of {200 - n_rare} rows" in words
    code, _, err = rarebit(*options, "--max-rows", "1")
    assert code == 2
    assert "--max-rows is 1" in err


def test_roles_of_columns_and_what_is_left_out(rarebit, table):
    table.assign(note=[f"seen on day {k} by nobody" for k in range(200)]).to_csv(
        "t.csv", index=False
    )
    code, out, _ = rarebit(
        "train", "t.csv", "--target", "y", "--role", "ward=categorical", "--role", "sex=drop",
        "--model", "logistic_regression", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["columns_left_out"] == {"note": "free text"}
    assert load("model").roles_ == {"age": "numeric", "ward": "categorical"}
    code, out, _ = rarebit("train", "t.csv", "--target", "y", "--model", "gaussian_nb")
    assert code == 0
    assert "Dropped column: note (free text)." in out


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("ward", "--role ward: give column=role, such as zip=categorical."),
        ("word=numeric", "no column 'word' (for roles): did you mean 'ward'?"),
        ("ward=number", "the role of 'ward' is 'number': give 'numeric', 'boolean', "),
    ],
)
def test_a_role_that_cannot_be_is_one_line(rarebit, table, role, says):
    code, _, err = rarebit("train", "t.csv", "--target", "y", "--role", role)
    assert code == 2
    assert says in " ".join(err.split())


def test_text_in_a_role_that_the_user_chose(rarebit, table):
    table.assign(sick=["ja", "nein"] * 100).to_csv("t.csv", index=False)
    options = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb")
    code, _, err = rarebit(*options, "--role", "sick=categorical")
    assert code == 0, err
    assert rarebit("predict", "model", "t.csv", "--out", "s.csv")[0] == 0
    code, _, err = rarebit(*options, "--role", "sick=boolean")
    assert code == 2
    assert "column 'sick' cannot be boolean: its cells, such as 'ja', are not" in " ".join(
        err.split()
    )


def test_a_prevalence_in_use(rarebit, table):
    arguments = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--prevalence")
    code, out, err = rarebit(*arguments, "0.02")
    assert code == 0, err
    assert "Probabilities and decisions are for 2\xa0% of died and 98\xa0% of lived." in out
    assert load("model").predict_proba(table)[:, 0].mean() < 0.04
    code, out, err = rarebit(*arguments, "2", "--out", "other")
    assert (code, out) == (2, "")
    assert "--prevalence is '2': give the share of each class" in err
    assert len(err.strip().splitlines()) == 1
