import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import Role, infer_columns
from rarebit.datasets.columns.reading import read_columns
from rarebit.exceptions import InputError

N = 60
RNG = np.random.default_rng(0)


def judge(column, name="x"):
    """Role and reason of one column; no role for a dropped one."""
    roles, (report,) = infer_columns(pd.DataFrame({name: column}))
    assert report.name == name
    assert report.used_as == (roles[name].value if name in roles else "dropped")
    return roles.get(name), report.reason


def cycle(*values, n=N):
    return [values[k % len(values)] for k in range(n)]


@pytest.mark.parametrize(
    ("column", "role"),
    [
        (RNG.normal(size=N), Role.NUMERIC),
        (cycle(0, 1), Role.NUMERIC),
        (cycle(0, 1, 2), Role.NUMERIC),
        (cycle("1,200", " 5 ", "7.5"), Role.NUMERIC),
        ([*map(str, range(N - 2)), "unknown", "?"], Role.NUMERIC),
        (pd.to_timedelta(RNG.integers(1, 9, N), unit="h"), Role.NUMERIC),
        (pd.array(cycle(1, None, 3), dtype="Int64"), Role.NUMERIC),
        (cycle(True, False), Role.BOOLEAN),
        (cycle(True, False, None), Role.BOOLEAN),
        (cycle("yes", "no", ""), Role.BOOLEAN),
        (cycle("Y", "n"), Role.BOOLEAN),
        (cycle("f", "m"), Role.CATEGORICAL),
        (cycle("a", "b", "c", None), Role.CATEGORICAL),
        (cycle("a", 1, 2.5), Role.CATEGORICAL),
        (cycle([1], [2]), Role.CATEGORICAL),
        (pd.Categorical(cycle(1, 2)), Role.CATEGORICAL),
        (pd.Categorical(cycle("yes", "no")), Role.CATEGORICAL),
        (pd.date_range("2020-01-01", periods=N), Role.DATE),
        ([f"2020-01-{1 + k % 28:02}" for k in range(N)], Role.DATE),
        ([f"{1 + k % 28}.1.2020" for k in range(N)], Role.DATE),
    ],
)
def test_roles(column, role):
    assert judge(column)[0] is role


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("x", [None] * N, "every value is missing"),
        ("x", ["?"] * N, "every value is missing"),
        ("x", [np.inf] * N, "every value is missing"),
        ("x", [7.0] * N, "one value only, '7'"),
        ("x", ["a", "a "] * 30, "one value only, 'a'"),
        ("x", [True] * N, "one value only, 'True'"),
        ("x", ["2020-01-01"] * N, "one value only, '2020-01-01'"),
        ("patient_id", RNG.permutation(N) * 3, "looks like an identifier"),
        ("patientId", RNG.permutation(N) * 3, "looks like an identifier"),
        ("UUID", [f"{k:08x}-{k}" for k in range(N)], "every value is different"),
        ("x", [f"N{k}" for k in range(N)], "every value is different"),
        ("x", [f"N{max(k, 2)}" for k in range(N)], "nearly every value is different"),
        ("x", [f"case number {k} was seen" for k in range(N)], "free text"),
        ("x_id", [f"N{k // 2}" for k in range(N)], "text with 30 values in 60 rows, named like an"),
        ("Unnamed: 0", list(range(N)), "counts the rows"),
        ("x", list(range(100, 100 + N)), "counts the rows"),
        ("x", [f"{1 + k % 12}/{1 + k % 11}/2020" for k in range(N)], "read in two ways"),
    ],
)
def test_dropped(name, column, reason):
    role, said = judge(column, name)
    assert role is None
    assert said.startswith("dropped: ")
    assert reason in said


def test_names_that_only_resemble_an_identifier_are_kept():
    for name in ("acid", "mid", "fluid", "paid", "squid_count", "width"):
        assert judge(RNG.permutation(N) * 3, name)[0] is Role.NUMERIC


def test_measurements_that_all_differ_are_kept():
    assert judge(RNG.normal(size=N), "id")[0] is Role.NUMERIC
    assert judge(RNG.permutation(N), "x")[0] is Role.NUMERIC


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (cycle(0, 1, 2), "3 different numbers (integers are read as numbers)"),
        (cycle("1", "2.5"), "2 different numbers; stored as text"),
        (cycle(*map(float, range(21))), "21 different numbers"),
        ([1.5, np.inf, 2.5], "2 different numbers; infinite values count as missing (1)"),
        (cycle("a", "b", None), "text, 2 values"),
        (cycle("yes", "no"), "true or false, written 'no' or 'yes'"),
        (
            [*map(str, range(0, 118, 2)), "low"],
            "59 different numbers; cells that are not numbers, such as 'low', count as missing (1)",
        ),
        (
            [*map(str, range(0, 118, 2)), "<5"],
            "60 different numbers; limits such as '<5' are read as the limit itself: 1 cell",
        ),
    ],
)
def test_reasons(column, said):
    assert judge(column)[1] == said


def test_integers_named_like_an_identifier_may_be_groups():
    role, reason = judge(cycle(*range(30)), "patient_id")
    assert role is Role.NUMERIC
    assert reason == (
        "30 different numbers; named like an identifier: if its values mark groups of rows, "
        "use it as groups"
    )


@pytest.mark.parametrize(
    ("n_values", "n_rows", "role"),
    [
        (20, 60, Role.CATEGORICAL),
        (21, 60, Role.TEXT),
        (60, 600, Role.CATEGORICAL),
        (61, 600, Role.TEXT),
        (1000, 20_000, Role.CATEGORICAL),
        (1001, 20_000, Role.TEXT),
    ],
)
def test_how_many_values_are_categories(n_values, n_rows, role):
    assert judge([f"N{k % n_values}" for k in range(n_rows)])[0] is role


def test_two_rows_are_too_few_to_tell_an_identifier():
    assert judge([4, 9], "id")[0] is Role.NUMERIC
    assert judge([4, 9, 2], "id")[0] is None
    assert judge(["p", "q"])[0] is Role.CATEGORICAL
    assert judge(["p", "q", "r"])[0] is None


def test_many_values_that_come_back_are_categories():
    assert judge([f"N{k % 50}" for k in range(600)]) == (Role.CATEGORICAL, "text, 50 values")


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**60), 2**60)), min_size=2))
def test_roles_do_not_depend_on_the_order_of_rows(cells):
    column = pd.Series(cells, dtype=object)
    backwards = column[::-1].reset_index(drop=True)
    assert judge(column)[0] is judge(backwards)[0]


def test_roles_are_found_in_any_table():
    assert list(infer_columns({"age": [1, 2, 2]})[0]) == ["age"]
    with pytest.raises(InputError, match="more than one column named 'a'"):
        infer_columns(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_numbers_that_stay_text_say_why():
    frame = pd.DataFrame({"v": [f"{50 + k % 20} {'kg' if k % 2 else 'lb'}" for k in range(300)]})
    reading = read_columns(frame)
    assert reading.roles["v"] is Role.CATEGORICAL
    assert reading.notes == [
        "Column 'v': read as text: numbers in several units, 'lb' (150) and 'kg' (150): write all "
        "in one."
    ]
