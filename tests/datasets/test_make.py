import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role, make_dataset
from rarebit.exceptions import InputError

N = 60
RNG = np.random.default_rng(0)


def table(target=None, **columns):
    frame = pd.DataFrame({"x": RNG.normal(size=N), "s": ["a", "b", "c"] * (N // 3)})
    target = (["no"] * 5 + ["yes"]) * (N // 6) if target is None else target
    return frame.assign(target=target, **columns)


def test_a_plain_table():
    dataset = make_dataset(table(), "target", name="t", source="here")
    assert dataset.name == "t"
    assert dataset.source == "here"
    assert dataset.frame.columns.tolist() == ["x", "s"]
    assert dataset.roles == {"x": Role.NUMERIC, "s": Role.CATEGORICAL}
    assert dataset.classes == ("no", "yes")
    assert dataset.positive == 1
    assert dataset.target.dtype == np.int64
    assert dataset.counts.tolist() == [50, 10]
    assert dataset.imbalance_ratio == 5
    assert [(c.name, c.used_as) for c in dataset.columns] == [
        ("x", "numeric"),
        ("s", "categorical"),
        ("target", "target"),
    ]
    assert dataset.notes == ()


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([1.0, 0.0], (0, 1)),
        ([1, 2], (1, 2)),
        ([0.5, 1.5], (0.5, 1.5)),
        ([True, False], (False, True)),
        (["b", "a"], ("a", "b")),
        (["10", "9"], ("10", "9")),
        (["<script>alert(1)</script>", "=cmd()"], ("<script>alert(1)</script>", "=cmd()")),
        (["größe", "Ω"], ("größe", "Ω")),
        ([" a", "b "], ("a", "b")),
        (["None", "mild"], ("None", "mild")),
        ([1, "a"], ("1", "a")),
    ],
)
def test_labels(labels, classes):
    column = pd.Series([labels[0]] + [labels[1]] * (N - 1))
    dataset = make_dataset(table(column), "target")
    assert dataset.classes == classes
    assert [type(label) for label in dataset.classes] == [type(label) for label in classes]
    shown = [dataset.classes[code] for code in dataset.target]
    first = labels[0].strip() if isinstance(labels[0], str) else labels[0]
    assert str(shown[0]) == str(classes[classes.index(first)] if first in classes else first)
    assert shown.count(shown[0]) == 1
    assert dataset.positive == dataset.target[0]  # the rarer class


def test_long_whole_numbers_are_classes_of_their_own():
    labels = [10**18, 10**18 + 1] * (N // 2)
    assert make_dataset(table(labels), "target").classes == (10**18, 10**18 + 1)


def test_labels_of_other_types():
    for column in (
        pd.Categorical(["u", "v"] * 30, categories=["v", "u", "w"]),
        pd.array([1, 0] * 30, dtype="Int64"),
        pd.array([True, False] * 30, dtype="boolean"),
    ):
        dataset = make_dataset(table(column), "target")
        assert dataset.counts.tolist() == [30, 30]
        assert dataset.positive == 1  # of two classes of one size, the last
    assert make_dataset(table(["a", "b", "c"] * 20), "target").positive is None


@pytest.mark.parametrize("missing", ["", "?", None, np.nan])
def test_rows_without_a_label_are_left_out(missing):
    labels = [missing] * 3 + ["no"] * 50 + ["yes"] * 7
    frame = table(labels, g=range(N), w=[1.0] * (N - 1) + [2.0])
    dataset = make_dataset(frame, "target", groups="g", weights="w", time=np.arange(N))
    assert dataset.counts.tolist() == [50, 7]
    assert dataset.groups.tolist() == list(range(N - 3))
    assert dataset.time.tolist() == list(range(3, N))
    assert dataset.sample_weight.tolist() == [1.0] * 56 + [2.0]
    assert dataset.frame["x"].tolist() == frame["x"].tolist()[3:]
    spelled = ": '?' (3 rows) is read as missing" if missing == "?" else ""
    assert dataset.notes[0] == f"Left out: 3 of 60 rows without a target{spelled}."


def test_positive():
    frame = table([0, 1] * 30)
    assert make_dataset(frame, "target", positive=0).positive == 0
    assert make_dataset(frame, "target", positive="0").positive == 0
    assert make_dataset(frame, "target", positive=np.int64(1)).positive == 1
    truth = table([True, False] * 30)
    assert make_dataset(truth, "target", positive=False).positive == 0
    assert make_dataset(truth, "target", positive="True").positive == 1
    with pytest.raises(InputError, match="positive is '2': give a class of the target, 0, 1"):
        make_dataset(frame, "target", positive="2")
    with pytest.raises(InputError, match="two classes; this one has 3"):
        make_dataset(table(["a", "b", "c"] * 20), "target", positive="a")


def test_columns_with_other_uses_are_not_features():
    days = pd.date_range("2020-01-01", periods=N).astype(str)
    frame = table(g=["p", "q"] * 30, t=days, w=2.0, note="x", i=RNG.normal(size=N))
    dataset = make_dataset(frame, "target", groups="g", time="t", weights="w", ignore=["i"])
    assert list(dataset.roles) == ["x", "s"]
    used = {report.name: report.used_as for report in dataset.columns}
    assert used == {
        "x": "numeric",
        "s": "categorical",
        "target": "target",
        "g": "groups",
        "t": "time",
        "w": "weights",
        "note": "dropped",
        "i": "dropped",
    }
    assert make_dataset(table(), "target", ignore="x").frame.columns.tolist() == ["s"]
    assert dataset.groups.tolist() == [0, 1] * 30
    assert dataset.time.tolist() == [18262 + k for k in range(N)]
    assert dataset.sample_weight.tolist() == [2.0] * N


def test_weights_and_times_are_written_as_the_features():
    frame = pd.DataFrame({"x": [f"{k},5" for k in range(N)]})
    frame["seen"] = [f"{1 + k % 28:02d}-02-2021" for k in range(N)]
    frame["w"] = ["1,500", "2"] * 30
    frame["t"] = "01-03-2021"
    frame["target"] = ["no", "yes"] * 30
    dataset = make_dataset(frame, "target", weights="w", time="t")
    assert dataset.sample_weight.tolist() == [1.5, 2.0] * 30
    assert dataset.time.tolist() == [18687] * N
    assert dataset.notes[:2] == (
        "The cells of 'time' can be read in two ways: read as in other columns.",
        "The cells of 'weights' can be read in two ways: read as in most other columns.",
    )


def test_columns_named_by_numbers():
    frame = table(w=2.0, g=["p", "q"] * 30, junk=RNG.normal(size=N))
    frame.columns = range(frame.shape[1])
    for target, ignore in ((2, [5]), ("2", "5"), (np.int64(2), 5)):
        dataset = make_dataset(frame, target, weights=3, groups=4, ignore=ignore)
        assert list(dataset.roles) == ["0", "1"]
        assert dataset.classes == ("no", "yes")
        assert dataset.sample_weight.tolist() == [2.0] * N
        assert dataset.groups.tolist() == [0, 1] * 30
    with pytest.raises(InputError, match="no column '9'"):
        make_dataset(frame, 9)


def test_columns_with_names_of_several_levels():
    frame = table()
    frame.columns = pd.MultiIndex.from_tuples([("lab", "x"), ("lab", "s"), ("out", "")])
    for target in (("out", ""), "out"):
        dataset = make_dataset(frame, target, ignore=[("lab", "s")])
        assert list(dataset.roles) == ["lab.x"]
        assert dataset.counts.tolist() == [50, 10]
        assert dataset.notes[0] == (
            "Names of columns have several levels, which are joined by dots: ('out', '') is 'out'."
        )


def test_complex_numbers():
    dataset = make_dataset(table(z=np.arange(N) * 1j), "target")
    assert dataset.dropped == {
        "z": "complex numbers; give their real and imaginary parts as columns"
    }
    with pytest.raises(InputError, match="the target holds complex numbers"):
        make_dataset(table(np.arange(N) * 1j), "target")


def test_target_as_an_array_and_table_as_an_array():
    dataset = make_dataset(RNG.normal(size=(N, 2)), [0, 1] * 30)
    assert list(dataset.roles) == ["x0", "x1"]
    assert dataset.target.tolist() == [0, 1] * 30


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (None, {"target": "tagret"}, "no column 'tagret'.*did you mean 'target'"),
        (None, {"target": "zzz"}, "no column 'zzz'.*it has 'x', 's', 'target'"),
        (None, {"groups": "zzz"}, "for groups"),
        (None, {"ignore": ["zzz"]}, "for ignore"),
        (None, {"target": [1, 2]}, "target has 2 values, the table 60 rows"),
        (None, {"groups": "target"}, "cannot be groups and target at once"),
        (None, {"ignore": ["target"]}, "cannot be target and dropped at once"),
        (None, {"ignore": ["x", "s"]}, "no column can be used as a feature"),
        (["a"] * N, {}, "only one class, 'a'"),
        ([0.0, np.inf] * (N // 2), {}, "target of data row 2, inf, is infinite or too large"),
        ([1e18, 2e18, None] * (N // 3), {}, "target of data row 1, .*use words for the classes"),
        (["a"] + [None] * (N - 1), {}, "1 labelled rows"),
        ([None] * N, {}, "0 labelled rows"),
        (RNG.normal(size=N), {}, "a quantity and not a class"),
        (range(N), {}, "a quantity and not a class"),
        ([f"n{k}" for k in range(N)], {}, "60 classes in 60 rows"),
        (
            None,
            {"weights": [-1.0] + [1.0] * (N - 1)},
            "weight of data row 1 is '-1.0': give a number of",
        ),
        (
            None,
            {"weights": [1.0, np.nan] + [1.0] * (N - 2)},
            "weight of data row 2 is missing: give a number of",
        ),
        (None, {"weights": [1e308] * N}, "weights are too large to be added"),
        (None, {"weights": [0.0] * N}, "every row of classes 'no' and 'yes' has weight 0"),
        (None, {"groups": [None] + ["a"] * (N - 1)}, "1 row without a group"),
        (None, {"groups": ["a"] * N}, "one group"),
        (None, {"time": ["soon"] * N}, "time of data row 1 is 'soon': give a number, or"),
        (None, {"time": [1.0, "", *range(2, N)]}, "time of data row 2 is missing: give a number"),
    ],
)
def test_what_cannot_be_used_is_one_error(target, options, message):
    with pytest.raises(InputError, match=message):
        make_dataset(table(target), **{"target": "target", **options})


def test_labels_and_groups_may_be_columns_of_polars_and_arrow():
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    labels = ["no", "no", "yes", None] * 15
    expected = make_dataset(table(labels), "target")
    for column in (
        polars.Series(labels, dtype=polars.Categorical),
        polars.DataFrame({"t": labels}),
        arrow.chunked_array([labels]),
    ):
        dataset = make_dataset(table().drop(columns="target"), column)
        assert dataset.classes == expected.classes
        assert dataset.target.tolist() == expected.target.tolist()
        assert len(dataset.target) == 45


def test_many_numeric_classes_with_many_rows_each_are_classes():
    frame = pd.DataFrame({"x": RNG.normal(size=1000), "t": [k % 100 for k in range(1000)]})
    assert len(make_dataset(frame, "t").classes) == 100


def test_a_table_that_came_as_one_column_says_so():
    frame = pd.DataFrame({"a b target": ["1 2 0", "3 4 1"]})
    with pytest.raises(InputError, match="one column only: separate columns by"):
        make_dataset(frame, "target")


def test_no_usable_feature_says_why():
    frame = pd.DataFrame({"id": RNG.permutation(N), "c": 1, "t": [0, 1] * 30})
    with pytest.raises(InputError, match=r"'id' is dropped: every.*'c' is dropped: one"):
        make_dataset(frame, "t")


def test_problems_are_noted():
    frame = table(copy=(["u"] * 5 + ["v"]) * 10)
    dataset = make_dataset(frame, "target")
    assert len(dataset.notes) == 0  # ten rows of a class prove nothing
    twice = pd.concat([frame, frame])
    assert any("'copy' is the target" in note for note in make_dataset(twice, "target").notes)


@pytest.mark.parametrize(
    "target",
    [
        np.array([[0], [1], [0], [0]]),
        pd.DataFrame({"t": [0, 1, 0, 0]}),
        [[0], [1], [0], [0]],
    ],
    ids=["array", "frame", "lists"],
)
def test_a_column_vector_is_a_target(target):
    dataset = make_dataset({"age": [61, 58, 44, 70]}, target)
    assert dataset.target.tolist() == [0, 1, 0, 0]
    assert dataset.classes == (0, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": np.zeros((4, 2))}, r"target has shape \(4, 2\); give one value per row"),
        ({"target": [[0], [1, 2], [0], [0]]}, "target holds lists or the like"),
        ({"groups": np.zeros((4, 2))}, r"groups has shape \(4, 2\)"),
        ({"ignore": 3}, "no column '3' \\(for ignore\\)"),
        ({"ignore": None}, "ignore is None: give names"),
        ({"ignore": [["age"]]}, "ignore is .*: give names"),
    ],
)
def test_columns_are_names_or_one_value_per_row(options, message):
    table = {"age": [61, 58, 44, 70], "died": ["no", "yes", "no", "no"]}
    with pytest.raises(InputError, match=message):
        make_dataset(table, **{"target": "died", **options})


@pytest.mark.parametrize(
    ("column", "use"), [("y", "the target"), ("g", "the groups"), ("i", "left out")]
)
def test_roles_are_for_features_only(column, use):
    frame = pd.DataFrame(
        {"x": [1, 2, 3, 4], "g": [1, 1, 2, 2], "i": [5, 6, 6, 5], "y": list("aabb")}
    )
    with pytest.raises(InputError, match=f"column '{column}' is {use}: roles are for feature"):
        make_dataset(frame, "y", groups="g", ignore="i", roles={column: "numeric"})


def test_rows_without_a_label_need_no_group_weight_or_time():
    frame = pd.DataFrame(
        {
            "x": np.arange(41) % 7,
            "w": [1.0] * 40 + [np.nan],
            "g": ["u", "v"] * 20 + [None],
            "t": [*range(40), None],
            "y": ["n", "p"] * 20 + [None],
        }
    )
    data = make_dataset(frame, "y", groups="g", weights="w", time="t")
    assert len(data.groups) == len(data.sample_weight) == len(data.time) == 40
    # A fault is named by its row in the table, also below rows without a label.
    frame.loc[0, "y"], frame.loc[5, "w"] = None, -1.0
    with pytest.raises(InputError, match="the weight of data row 6 is"):
        make_dataset(frame, "y", weights="w")
    alone = frame.assign(y=["n", "p"] * 20 + [None], g=["u"] * 40 + ["v"])
    with pytest.raises(InputError, match="group"):
        make_dataset(alone, "y", groups="g")


def test_subgroups_are_read_as_the_features_are():
    n = 60
    frame = pd.DataFrame(
        {
            "a": [f"{k / 7:.1f}".replace(".", ",") for k in range(n)],
            "v": [f"{1 + k % 9},{100 + k}" for k in range(n)],
            "z": [str(10000 + k % 25) for k in range(n)],
            "y": ["n", "n", "p"] * 20,
        }
    )
    data = make_dataset(frame, "y", by=["v", "z"], roles={"z": "categorical"})
    assert data.by["v"].tolist() == data.frame["v"].tolist()
    assert data.by["v"][0] == pytest.approx(1.1)
    assert data.by["z"].tolist() == frame["z"].tolist()


def test_numbers_name_columns_wherever_names_do():
    frame = pd.DataFrame({0: ["n", "p"] * 20, 1: list(range(40)), 2: [1, 2, 3, 4] * 10})
    assert make_dataset(frame, 0, roles={2: "categorical"}).roles["2"] == "categorical"
    amounts = make_dataset(frame, 0, amounts=[2]).amounts
    assert amounts["2"].tolist() == frame[2].tolist()
