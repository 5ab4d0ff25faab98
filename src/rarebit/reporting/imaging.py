"""The report on an image classifier: one HTML file with its images inside."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps

from rarebit._common import wording
from rarebit._common.optional import import_extra
from rarebit.evaluation.cautions import useless_decisions
from rarebit.evaluation.curves import GRID, Band
from rarebit.evaluation.outcome import Found
from rarebit.metrics import METRICS, precision_at_recall, reliability_curve, sensitivity_at_fpr
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names, plots
from rarebit.reporting.curves import ReportFigure
from rarebit.reporting.pages import render_template
from rarebit.reporting.rows import Scale, confusion_cells, setting_rows

if TYPE_CHECKING:
    from rarebit.imaging import ImageEvaluation, SDAQECClassifier

# Images on the sheet of errors, and the side that larger images are reduced to.
N_ERRORS = 12
SHOWN_SIZE = 160


def write_imaging_report(
    model: SDAQECClassifier,
    evaluation: ImageEvaluation,
    images: np.ndarray,
    path: str | os.PathLike[str],
    *,
    title: str = "Image classifier",
    image_names: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write the report on an image classifier: one HTML file that needs nothing else.

    Parameters
    ----------
    model : SDAQECClassifier
        A fitted classifier.
    evaluation : ImageEvaluation
        As :func:`rarebit.imaging.evaluate` returns it.
    images : ndarray of shape (n, h, w) or (n, h, w, 3)
        The evaluated images.
    path : path
        File to write; an existing one is replaced in one step.
    title : str, default="Image classifier"
        Heading of the report.
    image_names : sequence of str, optional
        Names of the images.
    notes : sequence of str, default=()
        What to know before trusting the figures.

    Returns
    -------
    pathlib.Path
        The file written.

    Examples
    --------
    >>> import tempfile
    >>> from rarebit.imaging import SDAQECClassifier, digit_images, evaluate
    >>> data = digit_images(8).take(np.arange(60))
    >>> model = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0)
    >>> found = evaluate(model.fit(data.images, data.labels), data.images, data.labels)
    >>> path = Path(tempfile.mkdtemp()) / "report.html"
    >>> write_imaging_report(model, found, data.images, path).name
    'report.html'
    """
    labels = image_names if image_names is not None else [f"image {i}" for i in range(len(images))]
    context = _context(model, evaluation, images, labels)
    context |= {"name": names.clean(title, 120), "notes": [names.clean(note) for note in notes]}
    target = Path(path)
    atomic_write_text(target, render_template("imaging.html", context))
    return target


def _context(
    model: SDAQECClassifier, evaluation: ImageEvaluation, images: np.ndarray, labels: Sequence[str]
) -> dict[str, Any]:
    """All values that the template shows."""
    from rarebit.imaging import count_parameters
    from rarebit.imaging.parts import part_name

    counts = count_parameters(model.network_)
    parts = {"backbone": part_name(model.backbone), "head": part_name(model.head)}
    settings = {name: _plain(v) for name, v in (model.get_params(deep=False) | parts).items()}
    positive = evaluation.positive
    wrong = np.flatnonzero(evaluation.labels != evaluation.y)
    return {
        "n_test": len(evaluation.y),
        "n_groups": evaluation.n_groups,
        "n_classes": len(evaluation.classes),
        "positive": None if positive is None else names.clean(evaluation.classes[positive], 40),
        "model": {
            **{kind: names.clean(name, 60) for kind, name in parts.items()},
            "augmenter": settings["augmenter"] or "none",
        },
        "finding": [names.clean(text) for text in _finding(evaluation)],
        "scores": _score_rows(evaluation),
        "found": _found(evaluation),
        "confusion": _confusion(evaluation),
        "figures": _figures(model, evaluation),
        "n_synthetic": len(model.synthetic_),
        "by_distance": "nearest" in model.synthetic_.columns,
        "examples": _examples(model),
        "n_errors": len(wrong),
        **_errors(model, evaluation, images, labels, wrong),
        "parameters": [
            (name.replace("_", " ").capitalize(), f"{count:,}") for name, count in counts.items()
        ],
        "settings": setting_rows(settings),
    }


def _plain(value: Any) -> Any:
    """A setting as a plain value."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _finding(evaluation: ImageEvaluation) -> list[str]:
    counts, classes = evaluation.confusion, evaluation.classes
    return useless_decisions("the model", counts, classes, evaluation.positive)


def _score_rows(evaluation: ImageEvaluation) -> list[dict[str, Any]]:
    scale = Scale(0.0, 1.0)
    return [
        {
            "label": METRICS[name].label,
            "value": wording.number(score.estimate),
            "interval": wording.interval(score.low, score.high),
            "bar": scale.bar(score.low, score.estimate, score.high),
        }
        for name, score in evaluation.scores.items()
    ]


def _found(evaluation: ImageEvaluation) -> list[Found]:
    """What was found of the rare class, or of each of more than two classes."""
    codes = range(len(evaluation.classes)) if evaluation.positive is None else [evaluation.positive]
    return [
        Found.in_counts(names.clean(evaluation.classes[code], 60), evaluation.confusion, code)
        for code in codes
    ]


def _confusion(evaluation: ImageEvaluation) -> dict[str, Any]:
    """The confusion matrix with shares of the true class."""
    counts = evaluation.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return {
        "classes": [names.clean(label, 40) for label in evaluation.classes],
        "rows": confusion_cells(counts, shares),
    }


def _figures(model: SDAQECClassifier, evaluation: ImageEvaluation) -> list[ReportFigure]:
    """Curves and calibration of the rarest classes, and the training curves."""
    counts = np.bincount(evaluation.y, minlength=len(evaluation.classes))
    rare = [int(code) for code in np.argsort(counts, kind="stable")[:3]]
    codes = rare if evaluation.positive is None else [evaluation.positive]
    codes = [code for code in codes if 0 < counts[code] < counts.sum()]
    figures = []
    if codes:
        recall, alarms, calibration = [], [], {}
        for code in codes:
            label = f"{names.clean(evaluation.classes[code], 30)} against the rest"
            is_class, proba = evaluation.y == code, evaluation.proba[:, code]
            recall.append(_line(label, precision_at_recall(is_class, proba, GRID)))
            alarms.append(_line(label, sensitivity_at_fpr(is_class, proba, GRID)))
            calibration[label] = reliability_curve(is_class, proba)
        base = float(counts[codes[0]] / counts.sum())
        figures = [
            ReportFigure(
                "precision-recall",
                "Precision and recall",
                "Share of correct alarms as more rare images are found; guessing reaches "
                f"{wording.percent(base)}.",
                plots.precision_recall(recall, base),
            ),
            ReportFigure(
                "roc",
                "ROC curve",
                "Share of rare images found as more common ones raise a false alarm.",
                plots.roc(alarms),
            ),
            ReportFigure(
                "calibration",
                "Calibration",
                "On the dotted line the probabilities are right. Below it they are too high, which "
                "filling up a rare class can cause.",
                plots.reliability(calibration),
            ),
        ]
    caption = "Loss by epoch; the epoch with the lowest validation loss is kept."
    curves = plots.training_curves(model.history_)
    return [*figures, ReportFigure("training", "Training", caption, curves)]


def _line(label: str, values: np.ndarray) -> plots.Line:
    return plots.Line(label, Band(values, values, values))


def _examples(model: SDAQECClassifier) -> list[dict[str, str]]:
    """Synthetic images beside the real ones they come from."""
    table = model.synthetic_
    n = len(model.examples_)
    shown = np.linspace(0, len(table) - 1, n).astype(int)
    return [
        {
            "label": names.clean(table["label"].iloc[row], 40),
            "how": _how(table.iloc[row].to_dict()),
            "left": data_uri(real),
            "right": data_uri(made),
        }
        for row, (real, made) in zip(shown, model.examples_, strict=True)
    ]


def _how(row: dict[str, Any]) -> str:
    """The random values behind a synthetic image, in words."""
    hidden = {"row", "label", "parent", "partner", "nearest"}
    drawn = {name: value for name, value in row.items() if name not in hidden}
    return ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in drawn.items())


def _errors(
    model: SDAQECClassifier,
    evaluation: ImageEvaluation,
    images: np.ndarray,
    labels: Sequence[str],
    wrong: np.ndarray,
) -> dict[str, Any]:
    """The most confident errors with the places that mattered, and the method that found these."""
    if len(wrong) == 0:
        return {"errors": [], "method": ""}
    from rarebit.imaging.images.pixels import check_images, resize, to_tensor
    from rarebit.imaging.saliency import explain

    confidence = evaluation.proba[wrong, evaluation.labels[wrong]]
    chosen = wrong[np.argsort(-confidence, kind="stable")[:N_ERRORS]]
    shown = resize(check_images(images[chosen]), *model.image_shape_)
    pixels = to_tensor(shown, model.network_.backbone.in_channels)
    maps, method = explain(model.network_, pixels, evaluation.labels[chosen])
    errors = [
        {
            "name": names.clean(labels[row], 80),
            "truth": names.clean(evaluation.classes[evaluation.y[row]], 40),
            "predicted": names.clean(evaluation.classes[evaluation.labels[row]], 40),
            "confidence": wording.percent(float(evaluation.proba[row, evaluation.labels[row]])),
            "left": data_uri(image),
            "right": data_uri(_overlay(image, places)),
        }
        for row, image, places in zip(chosen, shown, maps, strict=True)
    ]
    return {"errors": errors, "method": method}


def _overlay(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Blend a map over an image, the more opaque the stronger it is."""
    from rarebit.imaging.images.pixels import to_unit

    pixels = to_unit(image)
    colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    share = 0.6 * places[..., None]
    mixed: np.ndarray = (1 - share) * colour + share * colormaps["inferno"](places)[..., :3]
    return mixed


def data_uri(image: np.ndarray) -> str:
    """Write an image (h, w[, 3]) as a ``data:`` URI of a PNG, at most 160 pixels wide and high."""
    import_extra("PIL")
    from PIL import Image

    from rarebit.imaging.images.pixels import from_unit, to_unit

    picture = Image.fromarray(from_unit(to_unit(image), np.dtype(np.uint8)))
    picture.thumbnail((SHOWN_SIZE, SHOWN_SIZE))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
