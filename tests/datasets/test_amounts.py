"""Columns that hold the amounts of costs."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import make_dataset
from rarebit.datasets.amounts import with_amounts
from rarebit.exceptions import InputError


def table(amounts, labels=("no", "yes", "no", "no")):
    return {"age": [61, 58, 44, 70], "amount": list(amounts), "died": list(labels)}


def test_an_amount_is_a_feature_unless_it_is_ignored():
    feature = make_dataset(table([5, 20, 0, 7]), "died", amounts=["amount"])
    cost_only = make_dataset(table([5, 20, 0, 7]), "died", amounts=["amount"], ignore="amount")
    dropped = make_dataset(
        table([5, 20, 0, 7]), "died", amounts=["amount"], roles={"amount": "drop"}
    )
    assert list(feature.frame) == ["age", "amount"]
    for dataset in (cost_only, dropped):
        assert list(dataset.frame) == ["age"]
        assert dataset.table_roles == {"age": "numeric", "amount": "drop"}
    for dataset in (feature, cost_only, dropped):
        assert dataset.amounts["amount"].tolist() == [5, 20, 0, 7]
        assert list(dataset.table) == ["age", "amount"]
        assert dataset.take([1, 3]).amounts["amount"].tolist() == [20, 7]


@pytest.mark.parametrize("ignore", [(), "amount"])
def test_amounts_as_people_write_them(ignore):
    written = ["$1,234.50", "$20.00", "$0", "$3,000.25"]
    dataset = make_dataset(table(written), "died", amounts=["amount"], ignore=ignore)
    assert dataset.amounts["amount"].tolist() == [1234.5, 20, 0, 3000.25]
    commas = make_dataset(
        table(["1.234,50", "20,00", "0", "3.000,25"]), "died", amounts=["amount"], ignore=ignore
    )
    assert commas.amounts["amount"].tolist() == [1234.5, 20, 0, 3000.25]
    assert commas.spellings["amount"].decimal == ","


def test_an_amount_with_few_values_is_still_a_number():
    dataset = make_dataset(table(["1", "0", "1", "1"]), "died", amounts=["amount"])
    assert dataset.roles["amount"] == "numeric"


def test_rows_without_a_label_need_no_amount():
    labels = ("no", None, "yes", "no")
    dataset = make_dataset(table([5, None, 3, 7], labels), "died", amounts=["amount"])
    assert dataset.amounts["amount"].tolist() == [5, 3, 7]
    with pytest.raises(InputError, match=r"1 row \(data row 3\)"):
        make_dataset(table([5, None, -3, 7], labels), "died", amounts=["amount"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amounts": ["amuont"]}, r"no column 'amuont' \(for cost\): did you mean 'amount'"),
        ({"amounts": ["died"]}, "cannot be target and cost at once"),
        ({"amounts": ["amount"], "roles": {"amount": "categorical"}}, "cannot be categorical"),
        ({"amounts": ["amount"], "roles": 3}, "roles is 3"),
    ],
)
def test_columns_that_cannot_be_amounts(options, message):
    with pytest.raises(InputError, match=message):
        make_dataset(table([5, 20, 0, 7]), "died", **options)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([5, -20, 0, None], r"in 2 rows \(data row 2, 4\)"),
        (["5", "20", "many", "7"], r"in 1 row \(data row 3\)"),
        (["few", "none", "many", "some"], "amount.* cannot be numeric"),
    ],
)
def test_cells_that_are_no_amounts(cells, message):
    with pytest.raises(InputError, match=message):
        make_dataset(table(cells), "died", amounts=["amount"])


def test_amounts_of_a_data_set_that_was_made():
    dataset = make_dataset(table([5, 20, 0, 7]), "died")
    assert with_amounts(dataset, ["amount"]).amounts["amount"].tolist() == [5, 20, 0, 7]
    assert with_amounts(dataset, []).amounts is None
    for name in ("amuont", "died"):
        with pytest.raises(InputError, match="no column of numbers"):
            with_amounts(dataset, [name])
    gap = make_dataset(pd.DataFrame(table([5, np.nan, 0, 7])), "died")
    with pytest.raises(InputError, match="data row 2"):
        with_amounts(gap, ["amount"])
