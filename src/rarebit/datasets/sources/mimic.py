"""MIMIC-III and MIMIC-IV, from the user's own copy: first-day vital signs, death in hospital.

PhysioNet gives MIMIC to those who have signed its agreement, so none of its data is here.
Items and plausible ranges are those of the MIMIC code repository (MIT-LCP/mimic-code,
``vitals_first_day`` for III and ``vitalsign`` for IV); the upper end of a range is included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from rarebit._common.parameters import check_value
from rarebit.datasets._dataset import Dataset
from rarebit.datasets.files.paths import existing_folder
from rarebit.datasets.files.text import text_errors
from rarebit.datasets.make import make_dataset
from rarebit.exceptions import InputError

WINDOW = pd.Timedelta(hours=24)
ADULT = 18
# MIMIC-III moves the births of patients over 89 to 300 years before; their median age is 91.4.
OLDEST, AGE_OF_OLDEST = 150, 91.4
ROWS_PER_CHUNK = 1_000_000


@dataclass(frozen=True)
class Vital:
    """A vital sign: the items that chart it, and its plausible values."""

    name: str
    items: tuple[int, ...]
    low: float
    high: float
    fahrenheit: bool = False


VITALS = (
    Vital("heart_rate", (211, 220045), 0, 300),
    Vital("systolic_bp", (51, 442, 455, 6701, 220179, 220050, 225309), 0, 400),
    Vital("diastolic_bp", (8368, 8440, 8441, 8555, 220180, 220051, 225310), 0, 300),
    Vital("mean_bp", (456, 52, 6702, 443, 220052, 220181, 225312), 0, 300),
    Vital("respiratory_rate", (615, 618, 220210, 224690), 0, 70),
    Vital("temperature", (676, 223762), 10, 50),
    Vital("temperature", (678, 223761), 70, 120, fahrenheit=True),
    Vital("spo2", (646, 220277), 0, 100),
    Vital("glucose", (807, 811, 1529, 3745, 3744, 225664, 220621, 226537), 0, np.inf),
)
ITEMS = pd.DataFrame(
    [(item, v.name, v.low, v.high, v.fahrenheit) for v in VITALS for item in v.items],
    columns=["itemid", "vital", "low", "high", "fahrenheit"],
).set_index("itemid")
SUMMARIES = ("mean", "min", "max")


@dataclass(frozen=True)
class Edition:
    """The folders and the column of stays of one edition of MIMIC."""

    title: str
    hospital: str
    intensive: str
    stay: str


EDITIONS = {
    "iii": Edition("MIMIC-III", "", "", "icustay_id"),
    "iv": Edition("MIMIC-IV", "hosp", "icu", "stay_id"),
}


def load_mimic(
    folder: str | PathLike[str],
    version: Literal["auto", "iii", "iv"] = "auto",
    *,
    stays: Literal["first", "all"] = "first",
) -> Dataset:
    """Load vital signs and in-hospital death from a copy of MIMIC-III or MIMIC-IV.

    Each row is a stay in intensive care of a patient of 18 years or more: age, sex, and the mean,
    minimum and maximum of eight vital signs in the 24 hours from its start. ``CHARTEVENTS`` (33 GB)
    is read in chunks; memory grows with the number of stays alone.

    Parameters
    ----------
    folder : str or path-like
        The folder with ``PATIENTS``, ``ADMISSIONS``, ``ICUSTAYS`` and ``CHARTEVENTS`` (III), or
        with ``hosp/patients``, ``hosp/admissions``, ``icu/icustays`` and ``icu/chartevents`` (IV),
        each ``.csv`` or ``.csv.gz``, in upper or lower case.
    version : {"auto", "iii", "iv"}, default="auto"
        Which edition; "auto" looks for the folders of IV.
    stays : {"first", "all"}, default="first"
        The first stay of each patient, or all stays; then the patients are the groups.

    Returns
    -------
    Dataset
        Target ``died``: 1 for death in the hospital, the positive class.
    """
    check_value("version", version, "auto", *EDITIONS)
    check_value("stays", stays, "first", "all")
    root = existing_folder(folder, "the folder of MIMIC")
    if version == "auto":
        version = "iv" if (root / "icu").is_dir() or (root / "hosp").is_dir() else "iii"
    edition = EDITIONS[version]
    cohort = _cohort(root, edition)
    if stays == "first":
        cohort = cohort.sort_values("intime").drop_duplicates("subject_id").sort_index()
    if cohort.empty:
        raise InputError(f"{str(root)!r} holds no stay of an adult patient; check the files")
    vitals = _first_day_vitals(root, edition, cohort.set_index("stay_id")["intime"])
    frame = cohort.join(vitals, on="stay_id")
    return make_dataset(
        frame[["age", "gender", *vitals.columns, "died"]],
        "died",
        name=f"mimic_{version}",
        groups=frame["subject_id"].to_numpy() if stays == "all" else None,
        source=f"{edition.title}, {str(root)!r}: {stays} stays of adults, first 24 hours",
    )


def _cohort(root: Path, edition: Edition) -> pd.DataFrame:
    """Return the stays of adults: ``subject_id, stay_id, intime, age, gender, died``."""
    hospital, intensive = root / edition.hospital, root / edition.intensive
    stays = _read(
        _find(intensive, "icustays"), ["subject_id", "hadm_id", edition.stay, "intime"]
    ).rename(columns={edition.stay: "stay_id"})
    admissions = _read(_find(hospital, "admissions"), ["hadm_id", "hospital_expire_flag"])
    born = ["dob"] if edition.stay == "icustay_id" else ["anchor_age", "anchor_year"]
    patients = _read(_find(hospital, "patients"), ["subject_id", "gender", *born])
    cohort = stays.merge(admissions, on="hadm_id").merge(patients, on="subject_id")
    cohort["intime"] = pd.to_datetime(cohort["intime"])
    cohort["age"] = _age(cohort)
    cohort = cohort.rename(columns={"hospital_expire_flag": "died"})
    adults = cohort[cohort["age"] >= ADULT].sort_values("stay_id", ignore_index=True)
    return adults[["subject_id", "stay_id", "intime", "age", "gender", "died"]]


def _age(cohort: pd.DataFrame) -> pd.Series:
    """Return the age in years at the start of each stay."""
    if "anchor_age" in cohort:
        return cohort["anchor_age"] + cohort["intime"].dt.year - cohort["anchor_year"]
    # In seconds: 300 years are too many nanoseconds for 64 bits.
    started = cohort["intime"].astype("datetime64[s]")
    born = pd.to_datetime(cohort["dob"]).astype("datetime64[s]")
    years = (started - born).dt.total_seconds() / (365.242 * 86_400)
    return years.mask(years > OLDEST, AGE_OF_OLDEST).round(1)


def _first_day_vitals(root: Path, edition: Edition, intime: pd.Series) -> pd.DataFrame:
    """Summarise the vital signs of the first day: a row per stay, a column per summary."""
    file = _find(root / edition.intensive, "chartevents")
    parts = [
        events.groupby(["stay_id", "vital"])["value"].agg(["sum", "count", "min", "max"])
        for events in _vital_events(file, edition, intime)
    ]
    names = list(dict.fromkeys(vital.name for vital in VITALS))
    columns = [f"{name}_{summary}" for name in names for summary in SUMMARIES]
    if not parts:
        return pd.DataFrame(np.nan, index=intime.index, columns=columns)
    together = pd.concat(parts).groupby(level=["stay_id", "vital"])
    totals = together.agg({"sum": "sum", "count": "sum", "min": "min", "max": "max"})
    totals["mean"] = totals["sum"] / totals["count"]
    wide = pd.concat(
        [totals[summary].unstack("vital").add_suffix(f"_{summary}") for summary in SUMMARIES],
        axis="columns",
    )
    return wide.reindex(index=intime.index, columns=columns)


def _vital_events(file: Path, edition: Edition, intime: pd.Series) -> Iterator[pd.DataFrame]:
    """Yield the plausible vital signs of the first day: ``stay_id, vital, value``."""
    needed = [edition.stay, "itemid", "charttime", "valuenum"]
    for chunk in _read_chunks(file, needed, optional=["error"]):
        events = chunk.rename(columns={edition.stay: "stay_id", "valuenum": "value"})
        events = events[events["itemid"].isin(ITEMS.index) & events["stay_id"].isin(intime.index)]
        if "error" in events:
            events = events[events["error"] != 1]
        since = pd.to_datetime(events["charttime"]) - events["stay_id"].map(intime)
        events = events[(since >= pd.Timedelta(0)) & (since < WINDOW)]
        events = events.join(ITEMS, on="itemid")
        events = events[(events["value"] > events["low"]) & (events["value"] <= events["high"])]
        celsius = (events["value"] - 32) / 1.8
        events["value"] = events["value"].mask(events["fahrenheit"], celsius)
        if not events.empty:
            yield events.astype({"stay_id": intime.index.dtype})[["stay_id", "vital", "value"]]


def _find(folder: Path, stem: str) -> Path:
    """Find ``stem.csv`` or ``stem.csv.gz`` in a folder, in upper or lower case."""
    wanted = {f"{stem}.csv", f"{stem}.csv.gz"}
    if folder.is_dir():
        found = sorted(file for file in folder.iterdir() if file.name.lower() in wanted)
        if found:
            return found[0]
    raise InputError(f"{str(folder)!r} lacks {stem}.csv (or .csv.gz); complete the copy of MIMIC")


def _read(file: Path, columns: list[str]) -> pd.DataFrame:
    """Read some columns of a table, whole."""
    return pd.concat(_read_chunks(file, columns), ignore_index=True)


def _read_chunks(
    file: Path, columns: list[str], optional: list[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read some columns of a table chunk by chunk, their names in lower case."""
    wanted = {*columns, *(optional or [])}
    with (
        text_errors(file),
        pd.read_csv(
            file, usecols=lambda name: name.lower() in wanted, chunksize=ROWS_PER_CHUNK
        ) as chunks,
    ):
        for chunk in chunks:
            chunk.columns = chunk.columns.str.lower()
            missing = [name for name in columns if name not in chunk]
            if missing:
                raise InputError(f"{str(file)!r} has no column {missing[0]!r}")
            yield chunk
