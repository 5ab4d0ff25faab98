import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import load_mimic
from rarebit.datasets.sources import mimic
from rarebit.exceptions import InputError

# Ten patients; patient 3 is a child, patient 4 has two stays; 1 and 2 die.
N_PATIENTS = 10
START = pd.Timestamp("2150-01-01 10:00")


def stays_table():
    rows = [(k, 100 + k, 1000 + k, START) for k in range(N_PATIENTS)]
    rows.append((4, 200, 2000, START + pd.Timedelta(days=30)))
    return pd.DataFrame(rows, columns=["subject_id", "hadm_id", "stay_id", "intime"])


def admissions_table():
    stays = stays_table()
    died = stays["subject_id"].isin([1, 2]).astype(int)
    return stays[["subject_id", "hadm_id"]].assign(hospital_expire_flag=died)


def chart_table(items):
    """Two plain readings a stay, and for patient 0 all that must be left out."""
    events = []
    for stay, start in stays_table()[["stay_id", "intime"]].itertuples(index=False):
        events.append((stay, items["heart_rate"], start, 80.0 + stay % 10))
        events.append((stay, items["heart_rate"], start + pd.Timedelta(hours=23), 100.0))
    hour = pd.Timedelta(hours=1)
    events += [
        (1000, items["heart_rate"], START - hour, 10.0),  # before the stay
        (1000, items["heart_rate"], START + 24 * hour, 250.0),  # after the first day
        (1000, items["heart_rate"], START + hour, 999.0),  # not plausible
        (1000, items["heart_rate"], START + hour, np.nan),
        (1000, items["fahrenheit"], START + hour, 98.6),
        (1000, items["celsius"], START + 2 * hour, 39.0),
        (1000, items["fahrenheit"], START + hour, 37.0),  # Celsius in the wrong item
        (1000, items["spo2"], START + hour, 100.0),
        (1000, items["spo2"], START + hour, 101.0),
        (1000, 123456, START + hour, 5.0),  # another item
        (9999, items["heart_rate"], START + hour, 5.0),  # another stay
        (np.nan, items["heart_rate"], START + hour, 5.0),
    ]
    return pd.DataFrame(events, columns=["stay_id", "itemid", "charttime", "valuenum"])


def write_iii(folder, *, suffix=".csv.gz"):
    items = {"heart_rate": 211, "fahrenheit": 678, "celsius": 676, "spo2": 646}
    dob = [pd.Timestamp("2090-01-01")] * N_PATIENTS
    dob[3] = pd.Timestamp("2140-01-01")
    dob[5] = pd.Timestamp("1850-01-01")  # over 89: 300 years old on paper
    patients = pd.DataFrame(
        {"subject_id": range(N_PATIENTS), "gender": ["F", "M"] * 5, "dob": dob, "row_id": 1}
    )
    chart = chart_table(items).assign(error=0)
    wrong = {"stay_id": 1000, "itemid": 211, "charttime": START, "valuenum": 30.0, "error": 1}
    chart = pd.concat([chart, pd.DataFrame([wrong])])
    tables = {
        "PATIENTS": patients,
        "ADMISSIONS": admissions_table(),
        "ICUSTAYS": stays_table().rename(columns={"stay_id": "icustay_id"}),
        "CHARTEVENTS": chart.rename(columns={"stay_id": "icustay_id"}),
    }
    for name, table in tables.items():
        table.rename(columns=str.upper).to_csv(folder / f"{name}{suffix}", index=False)


def write_iv(folder):
    items = {"heart_rate": 220045, "fahrenheit": 223761, "celsius": 223762, "spo2": 220277}
    patients = pd.DataFrame(
        {
            "subject_id": range(N_PATIENTS),
            "gender": ["F", "M"] * 5,
            "anchor_age": [58, 58, 58, 8] + [58] * 6,
            "anchor_year": 2148,
        }
    )
    (folder / "hosp").mkdir()
    (folder / "icu").mkdir()
    patients.to_csv(folder / "hosp/patients.csv.gz", index=False)
    admissions_table().to_csv(folder / "hosp/admissions.csv.gz", index=False)
    stays_table().to_csv(folder / "icu/icustays.csv.gz", index=False)
    chart_table(items).to_csv(folder / "icu/chartevents.csv", index=False)


@pytest.fixture(params=["iii", "iv"])
def copy(request, tmp_path):
    {"iii": write_iii, "iv": write_iv}[request.param](tmp_path)
    return request.param, tmp_path


def test_cohort(copy):
    version, folder = copy
    dataset = load_mimic(folder)
    assert dataset.name == f"mimic_{version}"
    assert len(dataset.target) == N_PATIENTS - 1  # without the child; one stay of patient 4
    assert dataset.classes == (0, 1)
    assert dataset.positive == 1
    assert dataset.target.tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0]
    assert dataset.groups is None
    assert dataset.frame["gender"].tolist() == ["F", "M", "F", "F", "M", "F", "M", "F", "M"]


def test_age(copy):
    version, folder = copy
    dataset = load_mimic(folder)
    if version == "iii":
        assert dataset.frame["age"].tolist() == [60.0] * 4 + [91.4] + [60.0] * 4
    else:  # 58 in 2148
        reasons = {report.name: report.reason for report in dataset.columns}
        assert reasons["age"] == "dropped: one value only, '60'"


def test_vitals_of_the_first_day(copy):
    _, folder = copy
    dataset = load_mimic(folder)
    frame = dataset.frame
    # Patient k has 80 + k and 100; those left out of the window or the range would show.
    assert frame["heart_rate_min"].tolist() == [80, 81, 82, 84, 85, 86, 87, 88, 89]
    assert frame["heart_rate_mean"][0] == 90.0
    reasons = {report.name: report.reason for report in dataset.columns}
    assert reasons["heart_rate_max"] == "dropped: one value only, '100'"
    # 98.6 F = 37 C; a single patient's values are constant columns, hence the reasons.
    assert reasons["temperature_min"] == "present or missing: one value, '37', in 1 of 9 rows"
    assert reasons["temperature_max"] == "present or missing: one value, '39', in 1 of 9 rows"
    assert reasons["temperature_mean"] == "present or missing: one value, '38', in 1 of 9 rows"
    assert reasons["spo2_max"] == "present or missing: one value, '100', in 1 of 9 rows"
    assert reasons["glucose_mean"] == "dropped: every value is missing"


def test_all_stays_are_grouped_by_patient(copy):
    _, folder = copy
    dataset = load_mimic(folder, stays="all")
    assert len(dataset.target) == N_PATIENTS
    assert len(np.unique(dataset.groups)) == N_PATIENTS - 1
    assert dataset.groups[-1] == dataset.groups[3]  # both stays of patient 4


def test_chunks_do_not_matter(copy, monkeypatch):
    _, folder = copy
    whole = load_mimic(folder, stays="all")
    monkeypatch.setattr(mimic, "ROWS_PER_CHUNK", 3)
    pd.testing.assert_frame_equal(load_mimic(folder, stays="all").frame, whole.frame)


def test_no_vital_at_all(tmp_path, monkeypatch):
    write_iv(tmp_path)
    monkeypatch.setattr(mimic, "WINDOW", pd.Timedelta(0))
    reasons = {r.name: r.reason for r in load_mimic(tmp_path).columns}
    assert reasons["heart_rate_mean"] == "dropped: every value is missing"


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"the folder of MIMIC is .*, which is not a folder"):
        load_mimic(tmp_path / "nothing")
    with pytest.raises(InputError, match=r"lacks icustays\.csv"):
        load_mimic(tmp_path)
    write_iii(tmp_path, suffix=".csv")
    with pytest.raises(InputError, match=r"icu.* lacks icustays\.csv"):
        load_mimic(tmp_path, "iv")
    with pytest.raises(InputError, match="version is 'v': give 'auto', 'iii' or 'iv'"):
        load_mimic(tmp_path, "v")
    with pytest.raises(InputError, match="stays is 'last': give 'first' or 'all'"):
        load_mimic(tmp_path, stays="last")
    pd.DataFrame({"SUBJECT_ID": [1]}).to_csv(tmp_path / "PATIENTS.csv", index=False)
    with pytest.raises(InputError, match=r"PATIENTS\.csv' has no column 'gender'"):
        load_mimic(tmp_path)


def test_children_only(tmp_path):
    write_iv(tmp_path)
    file = tmp_path / "hosp/patients.csv.gz"
    pd.read_csv(file).assign(anchor_age=5).to_csv(file, index=False)
    with pytest.raises(InputError, match="adult"):
        load_mimic(tmp_path)


@pytest.mark.parametrize("spelling", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_names_in_upper_or_lower_case(copy, tmp_path, spelling, suffix):
    version, folder = copy
    expected = load_mimic(folder).frame
    other = tmp_path / "other"
    for file in [*folder.glob("*.csv*"), *folder.glob("*/*.csv*")]:
        stem = file.name.partition(".")[0]
        place = other / file.parent.relative_to(folder)
        place.mkdir(parents=True, exist_ok=True)
        table = pd.read_csv(file).rename(columns=spelling)
        table.to_csv(place / f"{spelling(stem)}{suffix}", index=False)
    dataset = load_mimic(other)
    assert dataset.name == f"mimic_{version}"
    pd.testing.assert_frame_equal(dataset.frame, expected)


def test_a_broken_table_is_one_error(tmp_path):
    write_iv(tmp_path)
    file = tmp_path / "hosp/patients.csv.gz"
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(InputError, match=r"patients\.csv\.gz' cannot be read"):
        load_mimic(tmp_path)
    with pytest.raises(InputError, match="3 is not a path"):
        load_mimic(3)
