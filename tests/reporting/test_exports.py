import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rarebit.reporting import write_tables
from rarebit.reporting.exports import comparison_as_dict


def test_dict_goes_through_strict_json(two_classes):
    nan = float("nan")
    given = replace(
        two_classes,
        best_corrected=(np.float64(0.5), nan, float("inf")),
        settings={"when": pd.Timestamp("2024-01-01"), "n": np.int64(3), 5: (1, {2})},
    )
    text = json.dumps(comparison_as_dict(given), allow_nan=False)
    found = json.loads(text)
    assert found["best"]["score"] == 0.5
    assert found["best"]["low"] is None
    assert found["best"]["high"] is None
    assert found["ranking"][0]["p_best"] is None
    assert found["ranking"][1]["p_best"] == pytest.approx(two_classes.ranking.p_best[1])
    assert found["settings"] == {"when": "2024-01-01 00:00:00", "n": 3, "5": [1, [2]]}
    assert found["dataset"]["positive"] == "8"
    assert found["dataset"]["counts"] == two_classes.dataset.counts.tolist()


def test_both_answers_are_exported(two_answers, two_classes):
    assert comparison_as_dict(two_classes)["probabilities"] is None
    found = comparison_as_dict(two_answers)["probabilities"]
    assert found["metric"] == "log_loss"
    assert found["best"]["score"] == pytest.approx(two_answers.probabilities.best_corrected[0])
    assert found["effects"][0]["reference"] == "tuned_threshold"


def test_labels_of_many_classes_keep_their_type(four_classes):
    found = comparison_as_dict(four_classes)
    assert found["dataset"]["classes"] == [0, 1, 3, 8]
    assert found["dataset"]["positive"] is None
    assert len(found["best"]["found"]) == 2  # the classes rarer than the average


def test_tables_hold_every_row(two_classes, tmp_path):
    written = write_tables(two_classes, tmp_path / "tables")
    assert [path.name for path in written] == ["ranking.csv", "fits.csv"]
    ranking = pd.read_csv(written[0])
    assert np.allclose(ranking.score, two_classes.ranking.score)
    assert len(pd.read_csv(written[1])) == len(two_classes.cells)


def test_no_cell_is_a_formula(hostile, tmp_path):
    odd = ["+1", "-1", "@SUM(A1)", "\tx", "=1"]
    cells = hostile.cells.head(5).assign(error=odd)
    for path in write_tables(replace(hostile, cells=cells), tmp_path):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not cell.startswith(("=", "+", "@", "\t"))
                    assert not cell.startswith("-") or float(cell) < 0  # a number may be negative
    assert pd.read_csv(tmp_path / "fits.csv").error.tolist() == [f"'{text}" for text in odd]
