"""Score a file of any size with a stored or fitted model, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.frames import as_frame
from rarebit._common.parameters import check_count
from rarebit.datasets import Role, iter_table
from rarebit.datasets.columns.shift import ColumnShift
from rarebit.datasets.columns.survey import Survey
from rarebit.datasets.columns.unusable import UnusableCells
from rarebit.datasets.columns.values import PLAIN
from rarebit.datasets.files.headers import NOTES
from rarebit.datasets.files.writer import table_writer
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError
from rarebit.persistence import load
from rarebit.zoo.preprocessing import categorical_columns
from rarebit.zoo.treated import TreatedClassifier

ROWS_PER_CHUNK = 20_000
# Rows from which the decimal mark is guessed; all rows decide.
SAMPLE_ROWS = 1000


@dataclass(frozen=True)
class Scored:
    """What :func:`score_table` did."""

    rows: int
    # Rows of each predicted class
    labels: dict[str, int]
    # What was guessed or left out, cells that the model could not use, and columns that are not
    # what they were in training
    warnings: tuple[str, ...]


def score_table(
    model: TreatedClassifier | str | PathLike[str],
    source: str | PathLike[str],
    out: str | PathLike[str],
    *,
    keep: bool = False,
    trusted: Sequence[str] = (),
    rows_per_chunk: int = ROWS_PER_CHUNK,
) -> Scored:
    r"""Write a label and the probability of each class for every row of a file.

    Memory does not grow with the file. The output replaces ``out`` when all rows are scored; after
    an error, ``out`` is unchanged.

    Parameters
    ----------
    model : TreatedClassifier or path
        A fitted model, or the folder of a stored one.
    source : path
        The rows, in a file for :func:`rarebit.datasets.iter_table`.
    out : path
        The file to write, for :func:`rarebit.datasets.table_writer`: a column ``label`` and a
        column ``probability_<class>`` for each class.
    keep : bool, default=False
        Whether the columns of ``source`` are written, too, before these.
    trusted : sequence of str, default=()
        Further types that the stored model may contain, as in :func:`rarebit.load`.
    rows_per_chunk : int, default=20_000
        Rows in memory at a time.

    Returns
    -------
    Scored
        Rows, predicted classes and warnings.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "new.csv").write_text("age\n61\n44\n")
    >>> model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    >>> model = model.fit(pd.DataFrame({"age": [40, 45, 60, 65]}), ["well", "well", "ill", "ill"])
    >>> score_table(model, folder / "new.csv", folder / "scored.csv").labels
    {'ill': 1, 'well': 1}
    >>> pd.read_csv(folder / "scored.csv").columns.tolist()
    ['label', 'probability_ill', 'probability_well']
    """
    check_count("rows_per_chunk", rows_per_chunk, 1)
    source, out = Path(source), Path(out)
    if out.resolve() == source.resolve():
        raise InputError(f"{out} is the input itself: give another file for the result (--out).")
    fitted = model if isinstance(model, TreatedClassifier) else load(model, trusted=trusted)
    if not isinstance(fitted, TreatedClassifier):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `compare` or `train`."
        )
    labels: Counter[str] = Counter({str(label): 0 for label in fitted.classes_})
    spellings, guessed, options = _find_spellings(fitted, source, rows_per_chunk)
    unusable = UnusableCells(fitted.roles_, _known_categories(fitted), spellings)
    chunks = iter_table(source, rows_per_chunk, **({} if keep else options))
    training = getattr(fitted, "columns_", {})  # models of version 0.1.0 hold none
    # Text that does not help is left out after the columns were summarised.
    shift = ColumnShift({name: training[name] for name in fitted.roles_ if name in training})
    notes: list[str] = []
    with table_writer(out) as writer:
        for chunk in chunks:
            notes = chunk.attrs.get(NOTES, [])
            values = fitted.read(chunk, spellings)
            codes, proba, _ = fitted.decide_values(values)
            writer.write(_scored(fitted, chunk, codes, proba, keep))
            unusable.count(chunk, values)
            shift.add(values)
            counts = np.bincount(codes, minlength=len(fitted.classes_))
            labels.update(dict(zip(map(str, fitted.classes_), counts.tolist(), strict=True)))
    warnings = (*notes, *guessed, *unusable.sentences(), *shift.sentences())
    return Scored(labels.total(), dict(labels), warnings)


def _find_spellings(
    fitted: TreatedClassifier, source: Path, rows_per_chunk: int
) -> tuple[dict[str, Spelling], list[str], dict[str, Any]]:
    """Find how all rows of a file are written.

    Returns the spellings, what was guessed, and the options of :func:`iter_table` with which plain
    numbers are read fast.
    """
    known = getattr(fitted, "spellings_", None)  # models of version 0.1.0 hold none
    written = {
        name: role for name, role in fitted.roles_.items() if role in (Role.NUMERIC, Role.DATE)
    }
    text = {name for name, role in fitted.roles_.items() if role != Role.NUMERIC}
    decimal = _likely_decimal(source, written)
    while True:
        survey = Survey()
        for chunk in iter_table(source, rows_per_chunk, text_columns=text, decimal=decimal):
            survey.add(as_frame(chunk), written, decimal)
        misread = survey.misread(decimal, known) - text
        if not misread:
            break
        text |= misread
    # Columns that were read as plain numbers have the mark they were read with.
    plain = {
        name: replace((known or {}).get(name, PLAIN), decimal=decimal)
        for name in survey.numbers.keys() - survey.texts
    }
    spellings = {**(known or {}), **plain, **survey.spellings(known)}
    text |= {name for name, found in spellings.items() if found.decimal != decimal}
    return spellings, survey.sentences(), {"text_columns": text, "decimal": decimal}


def _likely_decimal(source: Path, written: Mapping[str, Role]) -> str:
    """Guess the decimal mark of most columns from the first rows."""
    survey = Survey()
    survey.add(as_frame(next(iter_table(source, SAMPLE_ROWS))), written)
    marks = Counter(found.decimal for found in survey.spellings().values())
    return "," if marks[","] > marks["."] else "."


def _known_categories(fitted: TreatedClassifier) -> dict[str, list[Any]]:
    """The values of each categorical column in the rows that the model was fitted on."""
    names = categorical_columns(fitted.roles_)
    # A model fitted on a single class has no pipeline: it looks at no column.
    if not names or fitted.pipeline_.pipeline is None:
        return {}
    encoder = fitted.pipeline_.pipeline.named_steps["encode"]
    codes = encoder.named_transformers_["categorical"]
    return dict(zip(names, map(list, codes.categories_), strict=True))


def _scored(
    fitted: TreatedClassifier,
    chunk: pd.DataFrame,
    codes: np.ndarray,
    proba: np.ndarray,
    keep: bool,
) -> pd.DataFrame:
    """The columns to write for the rows of a chunk."""
    columns = {"label": fitted.classes_[codes]}
    columns |= {
        f"probability_{label}": proba[:, position] for position, label in enumerate(fitted.classes_)
    }
    scored = pd.DataFrame(columns, index=chunk.index)
    if not keep:
        return scored
    if taken := [name for name in scored if name in chunk]:
        raise InputError(
            f"The table already has a column {taken[0]!r}: rename it, or leave out the option keep."
        )
    return pd.concat([chunk, scored], axis=1)
