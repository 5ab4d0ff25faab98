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
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rarebit._common import wording
from rarebit._common.optional import import_extra
from rarebit.evaluation.curves import GRID, Band
from rarebit.evaluation.outcome import Found
from rarebit.metrics import METRICS, precision_at_recall, reliability_curve, sensitivity_at_fpr
from rarebit.persistence import atomic_write_text
from rarebit.reporting import names, plots
from rarebit.reporting.figures import ReportFigure
from rarebit.reporting.pages import render_template
from rarebit.reporting.rows import Scale, setting_rows
from rarebit.reporting.svg import PALETTE, styled

if TYPE_CHECKING:
    from rarebit.imaging import ImageEvaluation, SDAQECClassifier

# Images on the sheet of errors, and the side that larger images are brought down to.
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
    """Write the report on a fitted image classifier as one HTML file that needs nothing else.

    Parameters
    ----------
    model : SDAQECClassifier
        Fitted.
    evaluation : ImageEvaluation
        What :func:`rarebit.imaging.evaluate` returned.
    images : ndarray of shape (n, h, w) or (n, h, w, 3)
        The images that it was evaluated on.
    path : path
        File to write. An existing one is replaced in one step.
    title : str, default="Image classifier"
        Heading of the report.
    image_names : sequence of str, optional
        Names of the images.
    notes : sequence of str, default=()
        What should be known before the figures are trusted.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    labels = image_names if image_names is not None else [f"image {i}" for i in range(len(images))]
    context = _context(model, evaluation, images, labels)
    context |= {"name": names.clean(title, 120), "notes": [names.clean(note) for note in notes]}
    target = Path(path)
    atomic_write_text(target, render_template("imaging.html", context))
    return target


def _context(
    model: SDAQECClassifier,
    evaluation: ImageEvaluation,
    images: np.ndarray,
    labels: Sequence[str],
) -> dict[str, Any]:
    """Everything that the template shows, as plain values."""
    from rarebit.imaging import count_parameters
    from rarebit.imaging.parts import part_name

    counts = count_parameters(model.network_)
    settings = {name: _plain(value) for name, value in model.get_params(deep=False).items()}
    positive = evaluation.positive
    wrong = np.flatnonzero(evaluation.labels != evaluation.y)
    return {
        "n_test": len(evaluation.y),
        "n_groups": evaluation.n_groups,
        "classes": [names.clean(label, 40) for label in evaluation.classes],
        "positive": None if positive is None else names.clean(evaluation.classes[positive], 40),
        "model": {
            "backbone": names.clean(part_name(model.backbone), 60),
            "head": names.clean(part_name(model.head), 60),
            "augmenter": settings["augmenter"] or "none",
        },
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
    """A setting as text, where it is no plain value."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)


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
    """What was found of the rare class, or of every class of many."""
    codes = range(len(evaluation.classes)) if evaluation.positive is None else [evaluation.positive]
    return [
        Found.in_counts(names.clean(evaluation.classes[code], 60), evaluation.confusion, code)
        for code in codes
    ]


def _confusion(evaluation: ImageEvaluation) -> list[list[dict[str, Any]]]:
    counts = evaluation.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return [
        [
            {"count": int(count), "share": round(100 * float(share), 1)}
            for count, share in zip(line, part, strict=True)
        ]
        for line, part in zip(counts, shares, strict=True)
    ]


def _figures(model: SDAQECClassifier, evaluation: ImageEvaluation) -> list[ReportFigure]:
    """Curves of the rarest classes, calibration, and how training went."""
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
            ReportFigure.draw(
                "precision-recall",
                "Precision and recall",
                "How many alarms are right as more rare images are found; guessing is right in "
                f"{wording.percent(base)}.",
                plots.precision_recall(recall, base),
            ),
            ReportFigure.draw(
                "roc",
                "ROC curve",
                "How many rare images are found as more common ones raise an alarm.",
                plots.roc(alarms),
            ),
            ReportFigure.draw(
                "calibration",
                "Probabilities against what happened",
                "On the dotted line a probability can be taken at its word. Below it the model "
                "warns too loudly, which filling up a rare class can bring about.",
                plots.reliability(calibration),
            ),
        ]
    caption = "Loss of every epoch; the weights kept are those of the lowest validation loss."
    figures.append(
        ReportFigure.draw("training", "How training went", caption, training_curves(model.history_))
    )
    return figures


def _line(label: str, values: np.ndarray) -> plots.Line:
    return plots.Line(label, Band(values, values, values))


@styled
def training_curves(history: dict[str, list[float]]) -> Figure:
    """Loss against the epoch.

    Parameters
    ----------
    history : dict of str to list of float
        ``history_`` of a fitted classifier.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(plots.WIDTH, 3.4), layout="constrained")
    axes = figure.add_subplot()
    lines = {"train_loss": "Training images", "val_loss": "Validation images"}
    for i, (name, label) in enumerate(lines.items()):
        values = history.get(name, [])
        epochs = np.arange(1, len(values) + 1)
        style = {"color": PALETTE[i], "linestyle": plots.DASHES[i], "marker": "o"}
        if values:
            axes.plot(epochs, values, label=label, markersize=3, **style)  # type: ignore[arg-type]
    axes.set(xlabel="Epoch", ylabel="Cross-entropy")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower left", ncols=1, handlelength=3, borderaxespad=0.2)
    return figure


def _examples(model: SDAQECClassifier) -> list[dict[str, str]]:
    """Synthetic images beside the real ones that they come from."""
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
    """What was drawn for a synthetic image, in words."""
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
    """The surest wrong decisions with the places that mattered, and how those are known."""
    if len(wrong) == 0:
        return {"errors": [], "method": ""}
    from rarebit.imaging.images.pixels import check_images, resize, to_tensor
    from rarebit.imaging.saliency import explain

    sure = evaluation.proba[wrong, evaluation.labels[wrong]]
    chosen = wrong[np.argsort(-sure, kind="stable")[:N_ERRORS]]
    shown = resize(check_images(images[chosen]), *model.image_shape_)
    pixels = to_tensor(shown, model.network_.backbone.in_channels)
    maps, method = explain(model.network_, pixels, evaluation.labels[chosen])
    errors = [
        {
            "name": names.clean(labels[row], 80),
            "truth": names.clean(evaluation.classes[evaluation.y[row]], 40),
            "decided": names.clean(evaluation.classes[evaluation.labels[row]], 40),
            "sure": wording.percent(float(evaluation.proba[row, evaluation.labels[row]])),
            "left": data_uri(image),
            "right": data_uri(_overlay(image, places)),
        }
        for row, image, places in zip(chosen, shown, maps, strict=True)
    ]
    return {"errors": errors, "method": method}


def _overlay(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Lay a map over an image, opaque where it is strong."""
    from rarebit.imaging.images.pixels import to_unit

    pixels = to_unit(image)
    colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    share = 0.6 * places[..., None]
    mixed: np.ndarray = (1 - share) * colour + share * colormaps["inferno"](places)[..., :3]
    return mixed


def data_uri(image: np.ndarray) -> str:
    """Write an image as a PNG inside a ``data:`` address, at most 160 pixels wide and high.

    Examples
    --------
    >>> data_uri(np.zeros((4, 4), dtype=np.uint8))[:22]
    'data:image/png;base64,'
    """
    import_extra("PIL")
    from PIL import Image

    from rarebit.imaging.images.pixels import from_unit, to_unit

    picture = Image.fromarray(from_unit(to_unit(image), np.dtype(np.uint8)))
    picture.thumbnail((SHOWN_SIZE, SHOWN_SIZE))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
