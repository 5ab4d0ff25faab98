"""Score a file of any size with a stored or fitted model, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import tee
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from rarebit._common.checks import CheckResult, check_codes, check_results, without
from rarebit._common.frames import as_frame
from rarebit._common.parameters import check_count
from rarebit.datasets import iter_table
from rarebit.datasets.columns.number_notes import notes_on_odd_numbers
from rarebit.datasets.columns.shift import ColumnShift
from rarebit.datasets.columns.survey import Survey
from rarebit.datasets.columns.unusable import UnusableCells
from rarebit.datasets.file_spelling import FileSpelling, written
from rarebit.datasets.files.headers import NOTES
from rarebit.datasets.files.tables import is_text, iter_words
from rarebit.datasets.files.writer import table_writer
from rarebit.decision import FittedPoint
from rarebit.exceptions import InputError
from rarebit.persistence import load
from rarebit.zoo.batches import Batch
from rarebit.zoo.deciding import set_limits
from rarebit.zoo.preprocessing import categorical_columns
from rarebit.zoo.reasons import RowReasons
from rarebit.zoo.treated import TreatedClassifier

# Of a chunk: rows at most, and cells
MOST_ROWS, MOST_CELLS = 50_000, 10_000_000


@dataclass(frozen=True)
class Scored:
    """What :func:`score_table` did."""

    rows: int
    # Rows of each predicted class
    labels: dict[str, int]
    # What was guessed or left out, cells that the model could not use, and columns that are not
    # what they were in training
    warnings: tuple[str, ...]
    # The operating point that decided; None: the decision of the model's treatment
    point: FittedPoint | None = None
    # Rows that go to a person, and which these are; None without a budget of review
    reviewed: int | None = None
    review: str | None = None
    # What each check found
    checks: tuple[CheckResult, ...] = ()

    def checked(self, ignored: Sequence[str]) -> Scored:
        """Add the result of each check, and leave out what ignored checks found."""
        checks = check_results("predict", self.warnings, ignored=ignored)
        return replace(self, warnings=tuple(without(self.warnings, ignored)), checks=tuple(checks))


def score_table(
    model: TreatedClassifier | str | PathLike[str],
    source: str | PathLike[str],
    out: str | PathLike[str],
    *,
    at: str | None = None,
    review: str | int | None = None,
    coverage: float | None = None,
    keep: bool = False,
    n_reasons: int = 0,
    ignore_checks: str | Sequence[str] | None = None,
    trusted: Sequence[str] = (),
    rows_per_chunk: int | None = None,
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
    at : str, optional
        The operating point that decides the labels, such as ``"recall>=0.95"``. The default is the
        first of those that the model was fitted with, and without any the decision of its
        treatment. The file is one batch; ``"alerts<=50"`` takes two passes over it.
    review : str or int, optional
        A column ``review`` to write: which rows go to a person, a share such as ``"5%"`` or a
        number of rows of the file, as in :meth:`TreatedClassifier.predict_review`. The default is
        what the model was fitted with.
    coverage : float, optional
        Columns ``set_<class>`` to write: whether each class is in the set of the row that holds the
        true one with this probability, as in :meth:`TreatedClassifier.predict_set`.
    keep : bool, default=False
        Whether the columns of ``source`` are written, too, before these.
    n_reasons : int, default=0
        Columns ``reason_1, reason_2, ...`` to write: what changes the probability of the rare class
        (of many classes, the predicted one) most, in percentage points, compared with other rows of
        the file (:func:`rarebit.explain.shapley_values`). Takes some hundred predictions a row.
    ignore_checks : list of str, optional
        Codes of checks, such as ``"RB203"``, whose findings are left out.
    trusted : sequence of str, default=()
        Further types that the stored model may contain, as in :func:`rarebit.load`.
    rows_per_chunk : int, default=None
        Rows in memory at a time; None: 50,000, and fewer of a wide table.

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
    if rows_per_chunk is not None:
        check_count("rows_per_chunk", rows_per_chunk, 1)
    check_count("n_reasons", n_reasons, 0)
    ignored = check_codes(ignore_checks)
    out = Path(out)
    if out.resolve() == Path(source).resolve():
        raise InputError(f"{out} is the input itself: give another file for the result (--out).")
    fitted = model if isinstance(model, TreatedClassifier) else load(model, trusted=trusted)
    if not isinstance(fitted, TreatedClassifier):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `compare` or `train`."
        )
    point = fitted.point(at)
    # The stored review does not stand in the way of a number of alerts.
    has_rule = review is not None or point is None or point.point.kind != "alerts"
    batch = Batch(point, fitted.review_rule(review, at) if has_rule else None)
    classes = fitted.classes_.tolist()
    limits = None if coverage is None else set_limits(fitted.held_out_, coverage, classes)
    reading = FileSpelling.guess(source, fitted.columns_read, fitted.spellings_)
    n_rows = rows_per_chunk or min(MOST_ROWS, max(1, MOST_CELLS // fitted.n_features_in_))
    chunks = partial(_chunks_of_file, source, n_rows, keep)
    with table_writer(out) as writer:
        scorer = _Scorer(fitted, chunks, writer, batch, keep, n_reasons, limits)
        return scorer.score(reading).checked(ignored)


def score_rows(
    fitted: TreatedClassifier, rows: pd.DataFrame, n_reasons: int = 0
) -> tuple[pd.DataFrame, Scored]:
    """Score one batch of rows as :func:`score_table` scores a file; return what that writes."""
    batch, written_rows = Batch(fitted.point(), fitted.review_rule()), _InMemory()
    scorer = _Scorer(
        fitted, lambda _: iter([(rows, rows, {})]), written_rows, batch, n_reasons=n_reasons
    )
    text = frozenset(fitted.columns_read)  # cells are not parsed anew
    scored = scorer.score(FileSpelling(fitted.spellings_ or {}, text, is_guess=True))
    return pd.concat(written_rows.parts), scored


# A chunk as parsed, as it stands in the file, and words that were left out
Chunk = tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, np.ndarray]]]


class _Writer(Protocol):
    """Takes scored rows, and forgets them if they are to be scored again."""

    def write(self, frame: pd.DataFrame) -> None: ...

    def restart(self) -> None: ...


@dataclass
class _InMemory:
    """Keeps scored rows."""

    parts: list[pd.DataFrame] = field(default_factory=list)

    def write(self, frame: pd.DataFrame) -> None:
        self.parts.append(frame)

    def restart(self) -> None:
        self.parts.clear()


@dataclass(frozen=True)
class _Scorer:
    """Scores the rows of a file, and finds how they are written in the same pass."""

    fitted: TreatedClassifier
    chunks: Callable[[FileSpelling], Iterator[Chunk]]
    writer: _Writer
    batch: Batch
    keep: bool = False
    n_reasons: int = 0
    # Probability of each class from which it is in the set of a row; None: no sets
    limits: np.ndarray | None = None

    def score(self, reading: FileSpelling) -> Scored:
        """Score all rows, again if they turn out to be written in another way, or to be a batch."""
        while True:
            is_final = self.batch.is_final
            outcome = self._pass(reading)
            if isinstance(outcome, Scored) and is_final:
                return outcome
            self.writer.restart()
            self.batch.restart(keep=isinstance(outcome, Scored))
            if isinstance(outcome, FileSpelling):
                reading = outcome

    def _pass(self, reading: FileSpelling) -> Scored | FileSpelling:
        """Score all rows, or return how they must be read if it is not in this way."""
        fitted, known, training = self.fitted, self.fitted.spellings_, self.fitted.columns_
        labels: Counter[str] = Counter({str(label): 0 for label in fitted.classes_})
        unusable = UnusableCells(fitted.roles_, _known_categories(fitted), reading.spellings)
        # Text that does not help is left out after the columns were summarised.
        shift = ColumnShift({name: training[name] for name in fitted.roles_ if name in training})
        survey, notes, holds = Survey(), [], True
        reasons, n_reviewed = None, None
        for chunk, cells, words in self.chunks(reading):
            notes = chunk.attrs.get(NOTES, [])
            named = as_frame(chunk)
            survey.add(named, written(fitted.columns_read), reading.decimal, reading.certain)
            holds = holds and reading.may_hold(survey, known)
            if not holds:
                continue  # how the file is written depends on all rows
            values = fitted.read(chunk, reading.spellings)
            codes, proba, _ = fitted.decide_values(values)
            codes = self.batch.decide(proba, codes)
            scored = _predicted(fitted, cells.index, codes, proba)
            reviewed = self.batch.reviewed(proba, values)
            if reviewed is not None:
                scored.insert(1, "review", reviewed)
                n_reviewed = (n_reviewed or 0) + int(reviewed.sum())
            if self.limits is not None:
                for position, label in enumerate(fitted.classes_):
                    scored[f"set_{label}"] = proba[:, position] >= self.limits[position]
            if self.n_reasons and self.batch.is_final:
                reasons = reasons or RowReasons(fitted, values, self.n_reasons)
                why = reasons.columns(values, codes).set_axis(cells.index)
                scored = pd.concat([scored, why], axis=1)
            self.writer.write(_beside(cells, scored) if self.keep else scored)
            unusable.count(named, values, words)
            shift.add(values)
            counts = np.bincount(codes, minlength=len(fitted.classes_))
            labels.update(dict(zip(map(str, fitted.classes_), counts.tolist(), strict=True)))
        settled = reading.settle(survey, known)
        if not (holds and reading.agrees(settled, survey)):
            return settled
        warnings = [*notes, *survey.sentences()]
        warnings += notes_on_odd_numbers(survey, settled.spellings)
        warnings += [*unusable.sentences(), *shift.sentences()]
        warnings += self.batch.sentences()
        review = self.batch.review
        statement = None if review is None else review.statement
        point = self.batch.point
        if point is not None and review is None and fitted.review is not None:
            warnings.append(
                f"No rows are chosen for review, although the model was trained with "
                f"review={fitted.review}: {point.point} has no threshold."
            )
        return Scored(labels.total(), dict(labels), tuple(warnings), point, n_reviewed, statement)


def _chunks_of_file(
    source: str | PathLike[str], n_rows: int, keep: bool, reading: FileSpelling
) -> Iterator[Chunk]:
    """Yield the chunks of a file that is read in one way."""
    chunks = iter_table(source, n_rows, **reading.options)
    if keep and is_text(source):
        cells = iter_table(source, n_rows)
    else:
        chunks, cells = tee(chunks)
    words = iter_words(source, n_rows, reading.words)
    # Where nothing was left out, the words never end.
    return zip(chunks, cells, words, strict=False)


def _known_categories(fitted: TreatedClassifier) -> dict[str, list[Any]]:
    """The values of each categorical column in the rows that the model was fitted on."""
    names = categorical_columns(fitted.roles_)
    # A model fitted on a single class has no pipeline: it looks at no column.
    if not names or fitted.pipeline_.pipeline is None:
        return {}
    encoder = fitted.pipeline_.pipeline.named_steps["encode"]
    codes = encoder.named_transformers_["categorical"]
    return dict(zip(names, map(list, codes.categories_), strict=True))


def _predicted(
    fitted: TreatedClassifier, index: pd.Index, codes: np.ndarray, proba: np.ndarray
) -> pd.DataFrame:
    """Label and probability of each class of the rows of a chunk."""
    columns = {"label": fitted.classes_[codes]}
    columns |= {
        f"probability_{label}": proba[:, position] for position, label in enumerate(fitted.classes_)
    }
    return pd.DataFrame(columns, index=index)


def _beside(cells: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Put what was predicted beside the columns of the file."""
    if taken := [name for name in scored if name in cells]:
        raise InputError(
            f"The table already has a column {taken[0]!r}: rename it, or leave out the option keep."
        )
    return pd.concat([cells, scored], axis=1)
