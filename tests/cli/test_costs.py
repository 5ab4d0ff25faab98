"""Costs of decisions on the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets.sources.generated import draw_payments

COST = "fn=amount,fp=5,tp=5"
FAST = ("--models", "gaussian_nb", "--treatments", "untouched,tuned_threshold", "--preset", "quick")


@pytest.fixture
def payments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame, risk = draw_payments(600, 4)
    is_fraud = np.random.default_rng(4).random(600) < 6 * risk
    frame["amount"] = [f"${value:,.2f}" for value in frame["amount"]]
    frame = frame.assign(label=np.where(is_fraud, "fraud", "ok"))
    frame.to_csv("payments.csv", index=False)
    return frame


def dollars(frame):
    return frame["amount"].str.replace(r"[$,]", "", regex=True).astype(float).to_numpy()


@pytest.mark.slow
def test_compare_then_predict(rarebit, payments):
    code, out, err = rarebit(
        "compare", "payments.csv", "--target", "label", "--cost", COST, "--ignore", "amount",
        *FAST, "--json", "--out", "o",
    )  # fmt: skip
    assert code == 0, err
    found = json.loads(out)
    amount = dollars(payments)
    assert found["best"]["cost"]["of_constant"]["ok"] == pytest.approx(
        amount[payments["label"] == "fraud"].sum()
    )
    assert any("in total" in text for text in found["finding"])
    assert rarebit("predict", "o/model", "payments.csv", "--out", "scored.csv")[0] == 0
    scored = pd.read_csv("scored.csv")
    by_hand = scored["probability_fraud"].to_numpy() * amount > 5
    np.testing.assert_array_equal(scored["label"] == "fraud", by_hand)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda new: new.drop(columns="amount"), "the table has no column 'amount'"),
        (lambda new: new.assign(amount=["$1.50", "", "-3"] * 200), "in 400 rows (data row 2, 3, 5"),
    ],
)
def test_predict_needs_the_amounts(rarebit, payments, change, says):
    options = ("--target", "label", "--model", "gaussian_nb", "--cost", COST)
    code, out, _ = rarebit("train", "payments.csv", *options)
    assert code == 0
    assert "threshold of the rare class" not in out
    change(payments).to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv")
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_named_data_set(rarebit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = rarebit("train", "fraud_amounts", "--model", "gaussian_nb", "--cost", COST)
    assert code == 0, err


@pytest.mark.parametrize("command", ["train", "compare"])
@pytest.mark.parametrize(
    ("cost", "says"),
    [
        ("fn=amuont,fp=5", "no column 'amuont' (for cost): did you mean 'amount'?"),
        ("fn=country,fp=5", "'country' cannot be numeric"),
        ("fn=label", "column 'label' cannot be target and cost at once"),
        ("fn=-5", "the cost in 'fn=-5' must be a finite number of at least 0"),
        ("fn=", "'fn=' has no cost"),
        ("fx=amount", "'fx' is unknown: write 'fn=10,fp=1' or"),
        ("", "--cost is empty: give costs such as"),
    ],
)
def test_wrong_costs_are_one_line(rarebit, payments, command, cost, says):
    code, _, err = rarebit(command, "payments.csv", "--target", "label", "--cost", cost)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


@pytest.fixture
def trained(rarebit, payments):
    assert rarebit("train", "payments.csv", "--target", "label", "--model", "gaussian_nb")[0] == 0


def test_predict_at_another_prevalence(rarebit, payments, trained):
    assert rarebit("predict", "model", "payments.csv", "--out", "same.csv")[0] == 0
    code, _, err = rarebit(
        "predict", "model", "payments.csv", "--prevalence", "0.001", "--out", "rare.csv"
    )
    assert code == 0, err
    odds = {}
    for name in ("same", "rare"):
        p = pd.read_csv(f"{name}.csv")["probability_fraud"].to_numpy()
        odds[name] = p / (1 - p)
    share = (payments["label"] == "fraud").mean()
    expected = (0.001 / 0.999) / (share / (1 - share))
    assert odds["rare"] / odds["same"] == pytest.approx(np.full(600, expected), rel=1e-6)


@pytest.mark.parametrize(
    ("prevalence", "says"),
    [("2", "--prevalence is '2': give the share"), ("a=0.1", "names 'a'"), ("x", "not 'x'")],
)
def test_a_wrong_prevalence_is_one_line(rarebit, trained, prevalence, says):
    code, _, err = rarebit(
        "predict", "model", "payments.csv", "--prevalence", prevalence, "--out", "rare.csv"
    )
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
