"""Options shared by several commands, the parsing of their values, and the end by Ctrl-C.

Nothing here imports heavy libraries, so that help pages open quickly.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.datasets import Dataset


class Interrupted(Exception):  # noqa: N818 - reads as what happened
    """The user pressed Ctrl-C; the message says how to resume."""


# --- checks, run before a command starts ----------------------------------------------------------


def _device(name: str | None) -> str | None:
    """Check the name of a device, if one is given."""
    from rarebit._common.devices import check_device

    return None if name is None else check_device(name)


def _data_dir(folder: Path | None) -> Path | None:
    """Check the folder of data sets before anything runs, also where it turns out not needed."""
    if folder is not None and not folder.is_dir():
        raise InputError(f"--data-dir {folder} is not a folder: check the path.")
    return folder


def _seed(seed: int | None) -> int | None:
    from rarebit._common.random_state import check_seed

    return None if seed is None else check_seed(seed)


def _ignored(codes: list[str] | None) -> list[str]:
    """Check codes before anything runs."""
    from rarebit._common.checks import check_codes

    return list(check_codes(codes, "--ignore-check"))


# --- options --------------------------------------------------------------------------------------

Table = Annotated[
    str,
    typer.Argument(
        help="CSV, Parquet, Arrow, Excel or database file (data.db:table), or a data set's name."
    ),
]
Target = Annotated[str | None, typer.Option(help="Column with the class labels.")]
Positive = Annotated[
    str | None, typer.Option(help="Label of the rare class; the less frequent one by default.")
]
Groups = Annotated[
    str | None, typer.Option(help="Column with groups, such as patient_id; groups are never split.")
]
Time = Annotated[
    str | None, typer.Option(help="Timestamp column; training rows always precede test rows.")
]
# `train` has no test rows: there, both options affect the inner folds only.
TrainGroups = Annotated[
    str | None,
    typer.Option(help="Column with groups, such as patient_id; inner folds never split a group."),
]
TrainTime = Annotated[
    str | None,
    typer.Option(help="Timestamp column; inner folds always validate on later rows."),
]
Weights = Annotated[str | None, typer.Option(help="Column with row weights.")]
Ignore = Annotated[
    list[str] | None,
    typer.Option(help="Column to ignore, or several separated by commas; repeatable."),
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        help="Role: column=numeric, categorical, boolean, date, text or drop, or several separated "
        "by commas; repeatable.",
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        help="Column, or several separated by commas: also score the rows of each value alone."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of named data sets; the value of RAREBIT_DATA by default.",
        callback=_data_dir,
    ),
]
Cost = Annotated[
    str | None,
    typer.Option(
        help="Cost of each kind of error, such as fn=10,fp=1, as a number or a column that holds "
        "the amount of each row (fn=amount); the expected cost is minimised."
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        help="Operating point: recall>=0.95, precision>=0.5, fpr<=0.01, alerts<=50, alerts<=0.5% "
        "or p>=0.2; repeatable."
    ),
]
Confidence = Annotated[
    float | None,
    typer.Option(help="Confidence with which operating points hold on new rows; 0.9 by default."),
]
Prevalence = Annotated[
    str | None,
    typer.Option(
        help="Share of the rare class where the model is used, such as 0.02, or of each class "
        "(a=0.1,b=0.2), if it is not that of the rows (case-control data)."
    ),
]
Review = Annotated[
    str | None,
    typer.Option(
        help="Rows that go to a person: a share (5%) or a number of rows of each batch (50); those "
        "whose decision is expected to cost most."
    ),
]
MaxRows = Annotated[
    int | None,
    typer.Option(
        help="Maximum number of training rows per fit: rare rows first, then a sample of the rest."
    ),
]
Text = Annotated[
    str,
    typer.Option(
        help="Encoders tried for text with many values: target, string (extra text) or auto (both)."
    ),
]
Jobs = Annotated[int, typer.Option(help="Number of worker processes; -1: one per core.")]
Device = Annotated[
    str,
    typer.Option(
        help="Device for networks: cpu, auto, cuda, cuda:1, mps or xpu.", callback=_device
    ),
]
OptionalDevice = Annotated[
    str | None, typer.Option(help="Device for training networks; cpu by default.", callback=_device)
]
Seed = Annotated[int, typer.Option(help="Random seed.", callback=_seed)]
OptionalSeed = Annotated[
    int | None,
    typer.Option(help="Random seed; 0 by default, 42 under the paper protocol.", callback=_seed),
]
SkipBroken = Annotated[
    bool, typer.Option("--skip-broken", help="Skip images that cannot be opened.")
]
ModelFolder = Annotated[Path, typer.Argument(help="Model folder written by `compare` or `train`.")]
ScoredRows = Annotated[
    Path | None,
    typer.Option(help="Output file: .csv, .csv.gz or .parquet; by default, CSV is printed."),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(help="Type from another library that the model may contain; repeatable."),
]
IgnoreCheck = Annotated[
    list[str] | None,
    typer.Option(
        help="Code of a check, such as RB002, whose findings are left out; repeatable.",
        callback=_ignored,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON only.")]


# --- parsing --------------------------------------------------------------------------------------

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_duration(text: str | None) -> float | None:
    """Seconds of ``"90"``, ``"90s"``, ``"10m"``, ``"1.5h"`` or ``"1h30m"``, or raise InputError."""
    if text is None:
        return None
    compact = text.strip().lower().replace(" ", "")
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", compact)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != compact or seconds <= 0:
        raise InputError(
            f"'{text}' is not a duration: give 90s, 10m or 2h, for example; a number without a "
            "unit means seconds."
        )
    return seconds


def operating_points(at: list[str] | None, confidence: float | None) -> dict[str, Any]:
    """Return the parameters of operating points, as Python functions take them."""
    from rarebit.decision import parse_points

    if confidence is not None and not at:
        raise InputError(
            f"--confidence {confidence:g} has no effect without --at: leave it out, or give an "
            "operating point."
        )
    points = [str(point) for point in parse_points(at)]
    given = {"at": points or None, "confidence": confidence}
    return {name: value for name, value in given.items() if value is not None}


def open_table(
    table: str,
    ignore: list[str] | None,
    role: list[str] | None,
    cost: str | None,
    by: list[str] | None = None,
    **names: Any,
) -> Dataset:
    """Open a file or a named data set as the options describe it."""
    from rarebit.datasets.sources.opening import open_dataset
    from rarebit.decision.costs import cost_columns

    return open_dataset(
        table, ignore=parse_columns(ignore, table), roles=parse_roles(role, table),
        amounts=cost_columns(cost), by=parse_columns(by, table) or None, **names,
    )  # fmt: skip


def parse_columns(texts: list[str] | None, table: str | Path) -> list[str]:
    """Names of columns of a table: each text is one that it has, or several separated by commas."""
    names: list[str] = []
    for text in texts or ():
        is_name = "," in text and text.strip() in _columns_of(table)
        names += [text.strip()] if is_name else parse_names(text) or []
    _refuse_repeated(names, ", ".join(texts or ()))
    return names


def parse_roles(texts: list[str] | None, table: str | Path) -> dict[str, str]:
    """Roles of columns of a table: each text is ``column=role``, or several separated by commas."""
    roles: dict[str, str] = {}
    for text in _role_texts(texts, table):
        name, mark, role = (part.strip() for part in text.rpartition("="))
        if not mark or not name or not role:
            raise InputError(f"--role {text}: give column=role, such as zip=categorical.")
        if name in roles:
            raise InputError(f"--role names {name!r} twice: give each column one role.")
        roles[name] = role.lower()
    return roles


def _role_texts(texts: list[str] | None, table: str | Path) -> Iterator[str]:
    """Yield one ``column=role`` after the other."""
    for text in texts or ():
        column = text.rpartition("=")[0].strip()
        if "," not in text or ("," in column and column in _columns_of(table)):
            yield text
        else:
            yield from parse_names(text) or []


def _columns_of(table: str | Path) -> list[str]:
    """Names of the columns of a file; a named data set has none to choose."""
    from rarebit.datasets import iter_table
    from rarebit.datasets.files.paths import split_part

    exists = split_part(table)[0].exists()
    return list(next(iter_table(table, 1)).columns) if exists else []


def parse_names(text: str | None) -> list[str] | None:
    """Names separated by commas, in quotes where a name contains one, or raise InputError."""
    if text is None:
        return None
    try:
        fields = [name for line in csv.reader([text], skipinitialspace=True) for name in line]
    except csv.Error as error:
        raise InputError(f"'{text}' is not a list of names separated by commas: {error}.") from None
    names = [name.strip() for name in fields if name.strip()]
    if not names:
        raise InputError(f"'{text}' contains no name: give names separated by commas.")
    _refuse_repeated(names, text)
    return names


def _refuse_repeated(names: list[str], text: str) -> None:
    """Refuse a name that is given twice."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{text}' contains '{name}' twice: give each name once.")


# --- options that would do nothing ----------------------------------------------------------------


def check_device_is_used(device: str, classifiers: Iterable[str], *, here: bool = True) -> None:
    """Refuse a device that no classifier uses, or (``here``) that this machine does not have."""
    if device == "cpu":
        return
    from rarebit._common.devices import find_device
    from rarebit._common.wording import listed
    from rarebit.zoo import get_classifier

    specs = [get_classifier(name) for name in classifiers]
    users = [spec for spec in specs if "device" in spec.tags]
    if here and any("tree" not in spec.tags for spec in users):
        find_device(device)  # a network: refused here, not in every fit
    if not users and device != "auto":
        raise InputError(
            f"device {device} has no effect: {listed(spec.label for spec in specs)} run on the "
            "CPU only. Leave out `device`, or name a network such as qcl_mixnet."
        )


# --- messages that name options -------------------------------------------------------------------

# Parameters of Python functions whose option has another name.
_OPTION_OF = {
    "augmenter": "augment",
    "coverage": "sets",
    "classifier": "model",
    "cost_matrix": "cost",
    "k_neighbors": "neighbors",
    "n_configs": "configs",
    "random_state": "seed",
    "sampling_strategy": "ratio",
    "trusted": "trust",
}


def name_options(message: str, options: Mapping[str, str]) -> str:
    """Write options for parameters: as the first word of a message, and in backquotes.

    >>> name_options("n_configs is 0: raise `n_configs`.", {"configs": "--configs"})
    '--configs is 0: raise --configs.'
    """

    def option(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return options.get(_OPTION_OF.get(name, name), found[0])

    return re.sub(r"^(\w+)|`(\w+)`", option, message)


@contextmanager
def options_named(options: Mapping[str, str]) -> Iterator[None]:
    """Name options as they are typed in the errors raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(name_options(str(error), options)) from error
