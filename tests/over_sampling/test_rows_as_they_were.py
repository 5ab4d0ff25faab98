"""Old rows come back as they went in, and new values lie between the parents, in their dtype."""

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE

pytestmark = pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")

Y = np.array([0] * 8 + [1] * 4)
N = len(Y)
ZONE = "America/Sao_Paulo"
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))


def whole(dtype):
    """Integers of a type; its ends, and numbers that float64 cannot hold, are frequent."""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    ends = [
        low,
        low + 1,
        high - 1,
        high,
        *(v for v in (2**53 + 1, -(2**53) - 1) if low <= v <= high),
    ]
    return st.sampled_from(ends) | st.integers(low, high)


# Name of a dtype in pandas: values of a column.
COLUMNS = {
    **{dtype: whole(dtype) for dtype in INTEGERS},
    "Int64": whole("int64"),
    "UInt8": whole("uint8"),
    "float64": st.floats(-1e300, 1e300),
    "float32": st.floats(-(2**90), 2**90, width=32),
    "Float64": st.floats(-1e9, 1e9),
    "datetime64[s]": MOMENTS,
    "datetime64[ns]": MOMENTS,
    f"datetime64[us, {ZONE}]": MOMENTS,
    "timedelta64[ns]": st.timedeltas(-dt.timedelta(9999), dt.timedelta(9999)),
    "decimals": st.decimals(-(10**30), 10**30, places=2),
    "dates": DAYS,
}
CATEGORIES = {
    "bool": st.booleans(),
    "boolean": st.booleans(),
    "category": st.sampled_from(["low", "high"]),
    "string": st.sampled_from(["00501", "1.10", "1e3", "$1,234.50"]),
    "object": st.sampled_from([b"x", 2**70, "text", dt.time(12)]),
}
ARROW = {
    "int64[pyarrow]": whole("int64"),
    "uint64[pyarrow]": whole("uint64"),
    "double[pyarrow]": st.floats(-1e9, 1e9),
    "timestamp[ns][pyarrow]": MOMENTS,
    "date32[day][pyarrow]": DAYS,
    "decimal": st.decimals(-(10**20), 10**20, places=3),
}


def make_column(dtype, values):
    if dtype in ("decimals", "dates"):
        return pd.Series(values, dtype=object)
    if dtype == "decimal":
        pyarrow = pytest.importorskip("pyarrow")
        return pd.Series(values, dtype=pd.ArrowDtype(pyarrow.decimal128(38, 3)))
    if ZONE in dtype:
        return pd.Series(values, dtype="datetime64[us]").dt.tz_localize("UTC").dt.tz_convert(ZONE)
    return pd.Series(values, dtype=dtype)


@st.composite
def tables(draw, columns):
    dtypes = draw(st.lists(st.sampled_from(sorted(columns)), min_size=1, max_size=4, unique=True))
    cells = {dtype: draw(st.lists(columns[dtype], min_size=N, max_size=N)) for dtype in dtypes}
    return pd.DataFrame({dtype: make_column(dtype, cells[dtype]) for dtype in dtypes})


def check(frame):
    """Resample without a warning of numpy; check old and new rows."""
    sampler = QISMOTE(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RarebitWarning)
        new, _ = sampler.fit_resample(frame, Y)
    pd.testing.assert_frame_equal(new.iloc[:N], frame, check_exact=True)
    assert new.dtypes.equals(frame.dtypes)
    made = sampler.synthetic_
    for name in frame:
        values, below = frame[name].tolist(), new[name].tolist()
        for row, parent, neighbor in zip(
            made["row"], made["parent"], made["neighbor"], strict=True
        ):
            if frame.columns.get_loc(name) in sampler.categorical_features_:
                assert below[row] in values
            else:
                ends = sorted((values[parent], values[neighbor]))
                assert ends[0] <= below[row] <= ends[1]


@given(tables(COLUMNS))
@settings(max_examples=100, deadline=None)
def test_numbers_dates_and_durations(frame):
    check(frame)


@given(tables(COLUMNS | CATEGORIES))
@settings(max_examples=60, deadline=None)
def test_categories_beside_them(frame):
    check(frame.assign(number=np.linspace(0, 1, N)))


@given(tables(ARROW))
@settings(max_examples=60, deadline=None)
def test_arrow_dtypes_of_pandas(frame):
    check(frame)


@given(tables({name: COLUMNS[name] for name in ("int64", "uint64", "float32", "int8")}))
@settings(max_examples=60, deadline=None)
def test_arrays(frame):
    for X in (frame.iloc[:, 0].to_numpy()[:, None], frame.to_numpy(dtype=object)):
        sampler = QISMOTE(random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", RarebitWarning)
            new, _ = sampler.fit_resample(X, Y)
        assert new.dtype == X.dtype
        assert new[:N].tolist() == X.tolist()
        made = sampler.synthetic_
        below = new[made["row"]]
        parents, neighbors = X[made["parent"]], X[made["neighbor"]]
        assert (np.minimum(parents, neighbors) <= below).all()
        assert (below <= np.maximum(parents, neighbors)).all()


def test_lists_with_long_integers():
    X = [[2**60 + k, k / 8] for k in range(N)]
    new, _ = QISMOTE(random_state=0).fit_resample(X, Y.tolist())
    assert new[:N] == X
    assert all(2**60 + 8 <= row[0] <= 2**60 + N for row in new[N:])


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_tables_of_other_libraries(kind):
    library = pytest.importorskip(kind)
    columns = {
        "long": [2**60 + 1 + k for k in range(N)],
        "price": [Decimal(k).scaleb(-2) for k in range(100, 100 + N)],
        "day": [dt.date(2024, 2, 25) + dt.timedelta(k) for k in range(N)],
        "moment": [dt.datetime(2024, 2, 25, 1, 2, 3, k) for k in range(N)],
        "time": [dt.time(k) for k in range(N)],
        "name": [f"0{k % 3}" for k in range(N)],
        "ok": [k % 2 == 0 for k in range(N)],
    }
    table = library.DataFrame(columns) if kind == "polars" else library.table(columns)
    labels = library.Series("died", Y) if kind == "polars" else library.chunked_array([Y])
    new, y_new = QISMOTE(random_state=0).fit_resample(table, labels)
    assert new.schema == table.schema
    assert new[:N].equals(table)
    assert y_new[:N].to_list() == Y.tolist() if kind == "polars" else y_new.to_pylist()[:N]
    below = {
        name: new[name].to_pylist() if kind == "pyarrow" else new[name].to_list()
        for name in columns
    }
    for name in ("long", "price", "day", "moment"):
        assert all(columns[name][8] <= value <= columns[name][-1] for value in below[name][N:])
    assert len(set(below["price"][N:]) - set(columns["price"])) == 0  # two decimal places
    assert set(below["time"][N:]) <= set(columns["time"][8:])


def test_a_decimal_column_keeps_its_places():
    prices = [Decimal("1.10"), Decimal("2.5"), Decimal("99.999")] * 4
    frame = pd.DataFrame({"price": prices})
    new, _ = QISMOTE(random_state=0).fit_resample(frame, Y)
    assert new["price"].tolist()[:N] == prices
    assert {-value.as_tuple().exponent for value in new["price"][N:]} == {3}


def test_dates_and_decimals_cannot_keep_columns():
    frame = pd.DataFrame({"x": np.arange(12.0), "day": pd.date_range("2020", periods=N)})
    with pytest.raises(InputError, match="kept beside numeric features only"):
        QISMOTE(columns="keep").fit_resample(frame, Y)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ([pd.NaT] * 2 + [pd.Timestamp("2020-01-01")] * 10, "'d' holds 2 missing"),
        ([Decimal("NaN")] + [Decimal(1)] * 11, "'d' holds 1 missing"),
        ([Decimal("Infinity")] + [Decimal(1)] * 11, "'d' holds 1 infinite"),
        (pd.array([None, *range(11)], dtype="Int64"), "'d' holds 1 missing"),
        (np.arange(12) * 1j, "'d' has dtype complex128"),
        ([1e308, -1e308] * 6, "too far apart"),
    ],
)
def test_what_has_no_place_between(column, says):
    frame = pd.DataFrame({"x": np.arange(12.0), "d": column})
    with pytest.raises(InputError, match=says):
        QISMOTE().fit_resample(frame, Y)


def test_arrays_of_dates_are_refused():
    days = np.arange(12).astype("datetime64[D]")[:, None]
    with pytest.raises(InputError, match="turn it into numbers, or give a DataFrame"):
        QISMOTE().fit_resample(days, Y)


def test_a_y_that_does_not_fit():
    frame = pd.DataFrame({"x": np.arange(12.0)})
    with pytest.raises(InputError, match="y has 11 values, X 12 rows"):
        QISMOTE().fit_resample(frame, Y[:11])
    with pytest.raises(InputError, match="X has shape"):
        QISMOTE().fit_resample(pd.DataFrame(index=range(12)), Y)
