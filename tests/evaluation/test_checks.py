"""Checks of the recommended model, and the results of all checks of an outcome."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hand_made import DATASET, MODELS, SCORES, conclude, make_cells

from rarebit import compare, evaluate, save
from rarebit.datasets import Dataset, Role
from rarebit.evaluation import monitor
from rarebit.evaluation.checks import compared, model_checks, threshold_ends, unstable_threshold
from rarebit.evaluation.comparison import Predictions
from rarebit.exceptions import InputError
from rarebit.running.plans import make_plan
from rarebit.zoo import PRESETS, TreatedClassifier


def predictions(proba, alarm, y, folds=2):
    """Probabilities of the rare class and alarms, all rows in as many folds of one repeat."""
    proba, n = np.asarray(proba, dtype=float), len(proba)
    return Predictions(
        rows=np.arange(n),
        repeat=np.zeros(n, dtype=int),
        fold=np.repeat(np.arange(folds), n // folds),
        y=np.asarray(y, dtype=int),
        labels=np.asarray(alarm, dtype=int),
        proba=np.column_stack([1 - proba, proba]),
        weight=np.ones(n),
    )


def data(y):
    frame = pd.DataFrame({"a": np.arange(float(len(y)))})
    return Dataset("t", frame, np.asarray(y, dtype=int), ("no", "yes"), 1, {"a": Role.NUMERIC})


Y = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
P = [0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2, 0.3, 0.7, 0.8]


def test_thresholds_that_raise_very_different_numbers_of_alarms():
    # The first threshold lies in (0.2, 0.3], the second in (0.7, 0.8]: 6 alarms at least, 1 at most
    found = predictions(P, [0, 0, 1, 1, 1, 0, 0, 0, 0, 1], Y)
    assert threshold_ends(data(Y), found) == (0.3, 0.7)
    (said,) = unstable_threshold(data(Y), found)
    assert said.code == "RB114"
    assert "in one fold it is 0.300 or lower, which would raise at least 6 alarms on the 10" in said
    assert "in another it is above 0.700, which would raise at most 1." in said


@pytest.mark.parametrize(
    "alarm",
    [
        [0, 0, 0, 0, 1, 0, 0, 0, 1, 1],  # 0.5 for both folds
        [0, 0, 0, 1, 1, 0, 0, 0, 0, 1],  # 4 alarms at least, of 1 at most ...
    ],
)
def test_the_same_threshold_may_stand_behind_all_folds(alarm):
    found = predictions(P, alarm, Y)
    low, high = threshold_ends(data(Y), found)
    p = np.array(P)
    assert bool(unstable_threshold(data(Y), found)) == ((p >= low).sum() >= 2 * (p > high).sum())
    assert (low >= high) == (alarm[3] == 0)


def test_decisions_without_a_threshold_are_not_judged():
    crossed = predictions(P, [1, 0, 0, 0, 1, 0, 0, 0, 0, 1], Y)
    assert threshold_ends(data(Y), crossed) is None
    assert unstable_threshold(data(Y), crossed) == []
    one_fold = predictions(P, np.array(P) > 0.4, Y, folds=1)
    assert threshold_ends(data(Y), one_fold) is None
    three = replace(data(Y), positive=None)
    assert threshold_ends(three, predictions(P, [0] * 10, Y)) is None


def test_probabilities_that_are_too_high_are_found():
    y = np.arange(400) % 10 == 0
    fair = predictions(np.full(400, 0.1), np.zeros(400), y)
    assert model_checks(data(y), fair, seed=0) == []
    # 0.2 predicted, 0.1 observed; the standard error of the share is 0.015
    (said,) = model_checks(data(y), predictions(np.full(400, 0.2), np.zeros(400), y), seed=0)
    assert said.code == "RB113"
    assert said.startswith("Probabilities of class 'yes' are too high")
    assert model_checks(data(y), None, seed=0) == []


def results(outcome):
    return {check.code: check.result for check in outcome.checks}


def test_results_of_a_comparison():
    whole = compared(conclude(make_cells(SCORES)), ())
    found = results(whole)
    assert found["RB110"] == "tip"  # SMOTE loses 0.02 to the threshold
    assert found["RB002"] == found["RB111"] == found["RB114"] == "passed"
    assert found["RB112"] == found["RB115"] == "not applicable"
    # Hand-made probabilities: 0 for one class, 0.5 for the other
    assert found["RB113"] == "issue"
    (said,) = next(check.messages for check in whole.checks if check.code == "RB113")
    assert said in whole.warnings
    muted = compared(whole, ("RB113", "RB110"))
    assert results(muted) == found | {"RB113": "ignored", "RB110": "ignored"}
    assert muted.warnings == [text for text in whole.warnings if text != said]
    assert len(muted.finding) == len(whole.finding) - 1


def test_what_was_not_checked_has_not_passed():
    cells = [replace(cell, predictions=None) for cell in make_cells(SCORES)]
    found = results(compared(conclude(cells), ()))
    assert {found[code] for code in ("RB107", "RB109", "RB113")} == {"not applicable"}
    one_fold = [cell for cell in make_cells(SCORES) if cell.key.fold == 0]
    assert found["RB108"] == "passed"
    assert results(compared(conclude(one_fold), ()))["RB108"] == "not applicable"


def test_without_resampling_it_cannot_fail_to_help():
    cells = [cell for cell in make_cells(SCORES) if cell.key.treatment != "smote"]
    assert results(compared(conclude(cells), ()))["RB110"] == "not applicable"


def test_a_gain_may_come_from_the_threshold():
    cells = [cell for cell in make_cells(SCORES) if cell.key.treatment != "tuned_threshold"]
    plan = make_plan(DATASET, PRESETS["quick"], models=MODELS, treatments=["untouched", "smote"])
    assert results(compared(conclude(cells, plan=plan), ()))["RB111"] == "tip"


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.arange(240) % 4 == 0
    frame = pd.DataFrame({"x": rng.normal(size=240) + y, "y": np.where(y, "ill", "well")})
    frame.loc[[8, 9]] = frame.loc[[4, 5]].to_numpy()
    return frame


def test_compare_leaves_out_what_ignored_checks_find(table):
    options = {"models": ["gaussian_nb"], "treatments": ["untouched"], "preset": "quick"}
    found = compare(table, "y", **options, refit=False, explain=False)
    assert results(found)["RB002"] == "issue"
    muted = compare(table, "y", **options, refit=False, explain=False, ignore_checks="RB002")
    assert results(muted)["RB002"] == "ignored"
    repeated = [text for text in found.warnings if "repeat the features" in text]
    assert [text.code for text in repeated] == ["RB002"]
    assert muted.warnings == [text for text in found.warnings if text not in repeated]
    pd.testing.assert_frame_equal(
        muted.ranking.drop(columns=["fit_seconds", "predict_seconds"]),
        found.ranking.drop(columns=["fit_seconds", "predict_seconds"]),
    )
    with pytest.raises(InputError, match="ignore_checks: there is no check 'RB020': did you"):
        compare(table, "y", ignore_checks=["RB020"])


def test_checks_of_new_rows(table):
    model = TreatedClassifier("gaussian_nb").fit(table[["x"]], table["y"])
    found = evaluate(model, table, "y", n_resamples=20)
    assert (results(found)["RB201"], results(found)["RB202"]) == ("issue", "passed")
    untested = evaluate(model, table, "y", n_resamples=0)
    assert results(untested)["RB113"] == "not applicable"
    assert "right on average" not in " ".join(untested.finding)
    other = table.assign(x=table["x"] * 1000 + 3)
    moved = results(evaluate(model, other, "y", n_resamples=20, ignore_checks=["RB203"]))
    assert (moved["RB203"], moved["RB204"], moved["RB201"]) == ("ignored", "issue", "passed")
    watched = monitor(model, other[["x"]], ignore_checks=["RB204"])
    assert results(watched)["RB204"] == "ignored"
    assert results(watched)["RB208"] == results(watched)["RB209"] == "issue"
    assert not any("from training: x" in text for text in watched.finding)


TRAIN = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--treatment", "untouched")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (TRAIN, "RB002"),
        (("predict", "m", "new.csv", "--out", "s.csv"), "RB207"),
        pytest.param(("monitor", "m", "far.csv"), "RB204", marks=pytest.mark.slow),
        pytest.param(("evaluate", "m", "t.csv", "--target", "y"), "RB201", marks=pytest.mark.slow),
    ],
)
def test_commands_ignore_checks_and_list_their_results(rarebit, table, tmp_path, command, code):
    table.to_csv(tmp_path / "t.csv", index=False)
    model = TreatedClassifier("gaussian_nb", "untouched", calibrate=False)
    save(model.fit(table[["x"]], table["y"]), tmp_path / "m")
    table[["x"]].add(9).to_csv("far.csv", index=False)
    table[["x"]].astype(object).replace(table["x"][0], "junk").to_csv("new.csv", index=False)
    _, out, err = rarebit(*command)
    assert f"[{code}]" in out + err
    status, out, err = rarebit(*command, "--ignore-check", code)
    assert status == 0
    assert f"[{code}]" not in out + err
    _, out, _ = rarebit(*command, "--ignore-check", code, "--json")
    checks = {check["code"]: check["result"] for check in json.loads(out)["checks"]}
    assert checks[code] == "ignored"


def test_an_unknown_code_is_one_line(rarebit, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,b\n")
    status, _, err = rarebit(*TRAIN, "--ignore-check", "RB0022")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("Error: --ignore-check: there is no check 'RB0022': did you mean 'RB002'")
