"""The rule of the study of calibrators chooses the default as written down."""

import pandas as pd
import pytest

from calibration import chosen, compared
from calibrators import METHODS, TODAY

N_TABLES = 30


def study(**changes):
    """Cells of one model: every calibrator scores as today's, but for the changes by table."""
    lines = [
        {
            "dataset": f"table {table:02}",
            "method": name,
            "log_loss": 0.5 + 0.01 * table + changes.get(name, lambda table: 0.0)(table),
            "brier": 0.5 - (changes.get(f"{name} brier", 0.0)),
            "calibration_error": 0.1,
        }
        for table in range(N_TABLES)
        for name in METHODS
    ]
    return pd.DataFrame(lines)


def better(table):
    return -0.02 - 0.0001 * table


def test_a_calibrator_that_is_better_everywhere_becomes_the_default():
    cells = study(isotonic=better)
    assert chosen(cells) == "isotonic"
    found = compared(cells)
    assert found.loc["isotonic", "record"] == f"{N_TABLES} : 0"
    assert found.loc["isotonic", "difference"] == pytest.approx(-0.02145)
    assert found.loc["isotonic", "p"] < 1e-4


def test_todays_stays_without_a_sure_gain_with_a_worse_brier_score_or_with_more_harm():
    assert chosen(study()) == TODAY
    assert chosen(study(isotonic=lambda table: -0.02 if table % 2 else 0.019)) == TODAY
    assert chosen(study(isotonic=better, **{"isotonic brier": -0.001})) == TODAY
    harms_one = study(isotonic=lambda table: 0.011 if table == 0 else better(table))
    assert compared(harms_one).loc["isotonic", "harmed"] == 1
    assert chosen(harms_one) == TODAY


def test_the_simplest_is_chosen_of_those_that_do_not_differ():
    names = ("today's + isotonic", "class slopes")
    alike = {
        name: lambda table, i=i: better(table) - 1e-6 * (-1) ** (table + i)
        for i, name in enumerate(names)
    }
    assert chosen(study(**alike)) == "class slopes"
    surely = {names[0]: lambda table: better(table) - 0.001, names[1]: better}
    assert chosen(study(**surely)) == "today's + isotonic"
