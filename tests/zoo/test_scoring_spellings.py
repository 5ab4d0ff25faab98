"""Scoring a file whose cells are not written as those of training were."""

import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from extras import needs

from rarebit import save
from rarebit.datasets import make_dataset
from rarebit.zoo import TreatedClassifier, score_table


def test_cells_read_as_more_than_they_say_are_named_as_in_training(tmp_path):
    rng = np.random.default_rng(0)
    numbers = [f"{k}" for k in rng.integers(1000, 9000, 198)]
    cells = pd.DataFrame(
        {
            "x": [*numbers, "~5000", "2.5K"],
            "y": [*numbers, "<1000", "<1000"],
            "land": [*(["DE", "FR"] * 98), "NA", "DE", "NA", "FR"],
        }
    )
    model = TreatedClassifier("logistic_regression", "untouched")
    model.fit(cells, rng.uniform(size=200) > 0.5)
    said = [
        "Column 'x': '~5000' is read as 5000, and others like it: 2 cells.",
        "Column 'y': limits such as '<1000' are read as the limit itself: 2 cells.",
        "Column 'land': 'NA' counts as missing (2 cells).",
    ]
    assert [note for note in model.notes_ if note.startswith("Column")] == said
    cells.to_csv(tmp_path / "new.csv", index=False)
    assert score_table(model, tmp_path / "new.csv", tmp_path / "s.csv").warnings == tuple(said)


def test_points_that_separate_thousands_are_not_read_as_decimals(tmp_path):
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame({"x": rng.integers(1000, 9999, 300), "k": rng.normal(size=300).round(2)})
    model = TreatedClassifier("logistic_regression", "untouched").fit(numbers, numbers["x"] > 8000)
    written = pd.DataFrame(
        {
            "x": numbers["x"].map("{:,}".format).str.replace(",", "."),
            "k": numbers["k"].astype(str).str.replace(".", ","),
        }
    )
    written.to_csv(tmp_path / "new.csv", sep=";", index=False)
    score_table(model, tmp_path / "new.csv", tmp_path / "s.csv", rows_per_chunk=40)
    found = pd.read_csv(tmp_path / "s.csv")["probability_True"]
    np.testing.assert_allclose(found, model.predict_proba(numbers)[:, 1], rtol=1e-12)


def test_another_unit_than_in_training_is_named(tmp_path):
    x = np.random.default_rng(0).normal(size=200).round(3)
    model = TreatedClassifier("logistic_regression", "untouched")
    model.fit(pd.DataFrame({"x": [f"{value} mg" for value in x]}), x > 1)
    (tmp_path / "new.csv").write_text("x\n1.5 mg\n2 g\n")
    outcome = score_table(model, tmp_path / "new.csv", tmp_path / "s.csv")
    assert outcome.warnings == (
        "Column 'x': 1 of its 2 values, such as '2 g', have the unit 'g', and training had 'mg'. "
        "They count as missing: write them as in training.",
    )


@pytest.mark.parametrize("unit", ["lb", "€", "%"])
def test_a_unit_on_what_were_plain_numbers_is_named(tmp_path, unit):
    x = np.random.default_rng(0).normal(size=200).round(3)
    model = TreatedClassifier("logistic_regression", "untouched").fit(pd.DataFrame({"x": x}), x > 1)
    (tmp_path / "new.csv").write_text(f"x\n1.5{unit}\n2\n")
    outcome = score_table(model, tmp_path / "new.csv", tmp_path / "s.csv")
    assert outcome.warnings == (
        f"Column 'x': 1 of its 2 values, such as '1.5{unit}', have the unit '{unit}', and training "
        "had none. They count as missing: write them as in training.",
    )


def test_thousands_alone_are_read_as_in_training_with_a_warning(tmp_path):
    x = np.random.default_rng(0).normal(size=200).round(3)
    model = TreatedClassifier("logistic_regression", "untouched").fit(pd.DataFrame({"x": x}), x > 1)
    for text, warnings in (
        (
            'x\n"1,234"\n',
            ("The cells of 'x' can be read in two ways: read as in the training rows.",),
        ),
        ("x\n1.234\n", ()),
    ):
        (tmp_path / "new.csv").write_text(text)
        outcome = score_table(model, tmp_path / "new.csv", tmp_path / "s.csv")
        assert outcome.warnings == warnings


def test_text_that_was_left_out_in_training_may_be_in_the_file(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    table = pd.DataFrame({"x": x, "street": [f"s{k % 70} road" for k in range(300)]})
    model = TreatedClassifier("logistic_regression", "untouched").fit(table, x > 1)
    assert "street" in model.left_out_
    table.to_csv(tmp_path / "new.csv", index=False)
    assert score_table(model, tmp_path / "new.csv", tmp_path / "s.csv").rows == 300
    without = table.drop(columns="street")
    scored = pd.read_csv(tmp_path / "s.csv")["probability_True"]
    np.testing.assert_allclose(scored, model.predict_proba(without)[:, 1], rtol=1e-12)


def test_other_values_of_a_column_of_presence_are_named(tmp_path):
    rng = np.random.default_rng(0)
    alarm = rng.random(200) < 0.4
    table = pd.DataFrame({"x": rng.normal(size=200), "alarm": np.where(alarm, "X", None)})
    model = TreatedClassifier("logistic_regression", "untouched").fit(
        table, alarm ^ (table["x"] > 1)
    )
    save(model, tmp_path / "model")
    new = table.head(6).assign(x=0.0, alarm=["X", "no", "-", "0", "FALSE", None])
    new.to_csv(tmp_path / "new.csv", index=False)
    made = score_table(tmp_path / "model", tmp_path / "new.csv", tmp_path / "s.csv")
    assert made.warnings == (
        "Column 'alarm': 4 of its 5 values, such as 'no', were not among the training rows and "
        "count as missing.",
    )
    first, *others = pd.read_csv(tmp_path / "s.csv")["probability_True"]
    assert first > 0.5 > max(others)
    np.testing.assert_allclose(others, others[-1])


def test_a_column_of_presence_keeps_the_spelling_of_the_file():
    table = pd.DataFrame({"x": [f"{k}" for k in range(40)], "dose": ["5 mg", "-"] * 20})
    dataset = make_dataset(table.assign(y=list("nnny") * 10), "y")
    model = TreatedClassifier(
        "gaussian_nb", "untouched", roles=dataset.roles, spellings=dataset.spellings
    )
    model.fit(dataset.frame, dataset.labels)
    assert model.spellings_ == dataset.spellings
    assert model.spellings_["dose"].missing == ("-",)
    assert model.read(table)["dose"].tolist() == [1.0, 0.0] * 20


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("last", ["2,5", "25/12/2023", "-", "never seen", "3.5 mg", "(4.5)"])
def test_what_the_last_row_says_counts_for_the_first(tmp_path, keep, last):
    rng = np.random.default_rng(0)
    days = [f"{k % 9 + 1:02d}/{k % 11 + 1:02d}/2024" for k in range(300)]
    numbers = [str(k) for k in rng.integers(0, 9, 300)]
    table = pd.DataFrame({"x": rng.normal(size=300), "n": rng.integers(0, 9, 300)})
    table["when"] = pd.date_range("2023-01-01", periods=300)
    model = TreatedClassifier("logistic_regression", "untouched").fit(table, table["x"] > 1)
    new = pd.DataFrame({"x": table["x"], "n": numbers, "when": days})
    new.loc[299, "when" if "/" in last else "n"] = last
    new.to_csv(tmp_path / "new.csv", sep=";", index=False)
    found = {}
    for rows in (50, 300):
        scored = score_table(
            model, tmp_path / "new.csv", tmp_path / "s.csv", keep=keep, rows_per_chunk=rows
        )
        found[rows] = pd.read_csv(tmp_path / "s.csv"), scored
        np.testing.assert_allclose(
            found[rows][0]["probability_True"], model.predict_proba(new)[:, 1], rtol=1e-12
        )
    pd.testing.assert_frame_equal(found[50][0], found[300][0])
    assert found[50][1] == found[300][1]


def test_durations_multiples_and_debits_mean_the_same_in_chunks(tmp_path):
    minutes = np.random.default_rng(0).permutation(240)
    cells = pd.DataFrame(
        {
            "stay": [f"{k // 60}:{k % 60:02}:00" for k in minutes],
            "wait": [f"{k}m" if k < 60 else f"{k // 60}h {k % 60}m" for k in minutes],
            "cap": [f"{k}.5M" if k < 200 else f"{k}.5B" for k in minutes],
            "balance": [f"{k} CR" if k > 100 else f"{k + 1} DR" for k in minutes],
        }
    )
    model = TreatedClassifier("logistic_regression", "untouched").fit(cells, minutes > 180)
    values = model.read(cells)
    np.testing.assert_allclose(values["stay"], minutes / 1440)
    np.testing.assert_allclose(values["wait"], minutes / 1440)
    np.testing.assert_allclose(values["cap"], (minutes + 0.5) * np.where(minutes < 200, 1e6, 1e9))
    np.testing.assert_allclose(values["balance"], np.where(minutes > 100, minutes, -minutes - 1))
    cells.to_csv(tmp_path / "new.csv", index=False)
    score_table(model, tmp_path / "new.csv", tmp_path / "s.csv", rows_per_chunk=7)
    found = pd.read_csv(tmp_path / "s.csv")["probability_True"]
    np.testing.assert_allclose(found, model.predict_proba(cells)[:, 1], rtol=1e-12)


@pytest.mark.parametrize("rows_per_chunk", [None, 40, 7])
def test_one_number_with_decimals_settles_the_plain_ones_of_all_chunks(tmp_path, rows_per_chunk):
    rng = np.random.default_rng(0)
    y = np.array(["ill", "well"] * 100)
    training = pd.DataFrame({"v": rng.normal(5, 1, 200) + (y == "ill")})
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False).fit(training, y)
    cells = [f"{1 + k % 9}.{100 + k}" for k in range(40)] + ["3.5"] + ["0.5"] * 20
    pd.DataFrame({"v": cells}).to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "scored.csv"
    score_table(model, tmp_path / "new.csv", out, rows_per_chunk=rows_per_chunk)
    expected = model.predict_proba(pd.DataFrame({"v": [float(cell) for cell in cells]}))[:, 0]
    np.testing.assert_allclose(pd.read_csv(out)["probability_ill"], expected)


@needs("pyarrow")
@pytest.mark.parametrize("rows_per_chunk", [None, 2])
def test_long_whole_numbers_beside_gaps_are_not_rounded(tmp_path, rows_per_chunk):
    ids = [1234567890123456781, 1234567890123456789]
    training = pd.DataFrame({"k": pd.array(ids * 100, dtype="Int64"), "z": np.arange(200) % 7})
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    model.fit(training, np.array(["a", "b"] * 100))
    new = pd.DataFrame({"k": pd.array([*ids, None], dtype="Int64"), "z": [0, 0, 0]})
    new.to_parquet(tmp_path / "new.parquet")
    out = tmp_path / "scored.csv"
    score_table(model, tmp_path / "new.parquet", out, keep=True, rows_per_chunk=rows_per_chunk)
    written = pd.read_csv(out, dtype=str)
    assert written["label"].tolist()[:2] == ["a", "b"]
    assert written["k"].tolist()[:2] == [str(each) for each in ids]


def test_a_query_is_taken_as_it_is_written(tmp_path):
    with closing(sqlite3.connect(tmp_path / "k.db")) as database:
        database.execute("CREATE TABLE t (id REAL)")
        database.executemany("INSERT INTO t VALUES (?)", [(k,) for k in range(6)])
        database.commit()
    rng = np.random.default_rng(0)
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    model.fit(pd.DataFrame({"h": rng.normal(size=100)}), np.array(["a", "b"] * 50))
    # pathlib would make one slash of two.
    query = f"{tmp_path}/k.db:SELECT id AS h, '//' AS slashes FROM t"
    score_table(model, query, tmp_path / "scored.csv", keep=True)
    assert set(pd.read_csv(tmp_path / "scored.csv")["slashes"]) == {"//"}
