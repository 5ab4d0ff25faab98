"""`rarebit resample` as its users call it."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    y = np.repeat(["well", "ill"], [80, 12])
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 90, 92),
            "dose": rng.normal(size=92) + (y == "ill"),
            "ward": rng.choice(["a", "b"], 92),
            "y": y,
        }
    )
    frame.to_csv(tmp_path / "data.csv", index=False)
    return frame


def test_rows_as_they_were_then_new_ones(rarebit, table):
    code, _, err = rarebit(
        "resample", "data.csv", "--target", "y", "--out", "more.csv", "--provenance", "from.csv"
    )
    assert code == 0, err
    made = pd.read_csv("more.csv")
    pd.testing.assert_frame_equal(made.iloc[:92], pd.read_csv("data.csv"))
    assert made["y"].value_counts().to_dict() == {"well": 80, "ill": 80}
    assert set(made["ward"]) == {"a", "b"}
    parents = pd.read_csv("from.csv")
    assert len(parents) == 68
    new = made.iloc[parents["row"]]
    x, other = (table["dose"].to_numpy()[parents[name]] for name in ("parent", "neighbor"))
    np.testing.assert_allclose(new["dose"], x + parents["weight"] * (other - x))
    assert (table["y"].to_numpy()[parents["parent"]] == "ill").all()


def test_ratio_columns_and_seed(rarebit, table):
    options = ("resample", "data.csv", "--target", "y", "--ratio", "0.5", "--ignore", "ward")
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
        assert rarebit(*options, "--out", name, "--seed", seed, "--keep-columns")[0] == 0
    a, b, c = (pd.read_csv(name) for name in ("a.csv", "b.csv", "c.csv"))
    pd.testing.assert_frame_equal(a, b)
    assert not a.equals(c)
    assert (a["y"] == "ill").sum() == 40
    assert "ward" not in a
    assert len(a.columns) > 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("data.csv", "--target", "z"), "z"),
        (("gaps.csv", "--target", "y"), "missing"),
        (("data.csv", "--target", "y", "--metric", "psychic"), "psychic"),
        (("data.csv", "--target", "y", "--ratio", "0.001"), "ratio"),
    ],
)
def test_wrong_input(rarebit, table, arguments, says):
    table.assign(dose=np.nan).to_csv("gaps.csv", index=False)
    code, _, err = rarebit("resample", *arguments, "--out", "x.csv")
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
