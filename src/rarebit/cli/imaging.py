"""`rarebit imaging`: train an image classifier on rare classes, predict, run a demo."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import rarebit
from rarebit.cli.options import AsJson, Device, Interrupted, ScoredRows, Seed, SkipBroken
from rarebit.cli.output import (
    announce_replacement,
    check_model_folder,
    make_console,
    print_json,
    print_remarks,
    print_written,
    rows_file,
)
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.imaging import HoldoutResult, ImageData

TEST_FRACTION = 0.2

Scans = Annotated[
    Path, typer.Argument(help="Folder with one subfolder per class, or a MedMNIST .npz file.")
]
Out = Annotated[Path, typer.Option(help="Folder for the model and its report.")]
GroupsFile = Annotated[
    Path | None,
    typer.Option(
        help="CSV with columns image and group, such as patients; groups are never split."
    ),
]
Backbone = Annotated[str, typer.Option(help="mobilenet_v2, resnet18, densenet121 or vgg16.")]
Head = Annotated[
    str,
    typer.Option(
        help="quantum, quantum_full, quantum_compact, quantum_unentangled, lqer, classical, linear "
        "or direct."
    ),
]
Augment = Annotated[str, typer.Option(help="diffusion, noise, affine, mixup, ddpm or none.")]
BackboneWeights = Annotated[
    str | None, typer.Option(help="Pretrained weights of the backbone: a file, or torchvision.")
]
Epochs = Annotated[int, typer.Option(help="Maximum number of epochs.")]
BatchSize = Annotated[int, typer.Option(help="Images per batch.")]
LearningRate = Annotated[float, typer.Option(help="Learning rate of Adam.")]
ImageSize = Annotated[
    int | None,
    typer.Option(
        help="Side length to resize images to; 224 by default, unchanged for an .npz file."
    ),
]
MaxMegapixels = Annotated[
    float | None,
    typer.Option(help="Maximum size of an image file in millions of pixels; 178 by default."),
]
TestFraction = Annotated[
    float | None,
    typer.Option(
        help="Share of images held out for testing; 0.2 by default. Not for data with a test split."
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Resume from the last finished epoch.")]


def train_command(
    scans: Scans,
    out: Out,
    groups: GroupsFile = None,
    backbone: Backbone = "mobilenet_v2",
    head: Head = "quantum",
    augment: Augment = "diffusion",
    weights: BackboneWeights = None,
    epochs: Epochs = 30,
    batch_size: BatchSize = 32,
    learning_rate: LearningRate = 1e-3,
    image_size: ImageSize = None,
    test_fraction: TestFraction = None,
    device: Device = "cpu",
    seed: Seed = 0,
    resume: Resume = False,
    skip_broken: SkipBroken = False,
    max_megapixels: MaxMegapixels = None,
    as_json: AsJson = False,
) -> None:
    """Train an image classifier.

    The folder may already be split into train, val and test folders with the class folders inside.
    """
    from rarebit.imaging import read_images

    check_model_folder(out)
    _check_choices(backbone, head, augment, image_size)
    reading = _reading_options(scans, skip_broken, max_megapixels)
    data = read_images(scans, image_size=image_size, groups=groups, **reading)
    if test_fraction is not None and data.split is not None and "test" in data.split:
        raise InputError(
            f"--test-fraction {test_fraction} has no effect: {scans} has a test split of its own. "
            "Leave it out."
        )
    settings = {
        "backbone": backbone, "head": head, "augmenter": None if augment == "none" else augment,
        "weights": weights, "epochs": epochs, "batch_size": batch_size, "device": device,
        "learning_rate": learning_rate, "random_state": seed, "resume": resume,
        "verbose": not as_json,
    }  # fmt: skip
    fraction = TEST_FRACTION if test_fraction is None else test_fraction
    _finish(_train(data, out, settings, fraction), data, out, scans.name, as_json)


def predict_command(
    model: Annotated[Path, typer.Argument(help="Model folder written by `imaging train`.")],
    images: Annotated[Path, typer.Argument(help="Folder of images, one image, or an .npz file.")],
    out: ScoredRows = None,
    device: Device = "cpu",
    skip_broken: SkipBroken = False,
    max_megapixels: MaxMegapixels = None,
    as_json: AsJson = False,
) -> None:
    """Predict labels and probabilities for images.

    The output contains a label and a probability of each class for every image.
    """
    import pandas as pd

    from rarebit._common.devices import find_device
    from rarebit._common.wording import count
    from rarebit.datasets.files.writer import table_writer
    from rarebit.imaging import read_images

    reading = _reading_options(images, skip_broken, max_megapixels)
    fitted = rarebit.load(model)
    if not isinstance(fitted, rarebit.SDAQECClassifier):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `imaging train`."
        )
    fitted.set_params(device=str(find_device(device)))
    size = max(fitted.image_shape_) if images.suffix.lower() != ".npz" else None
    data = read_images(images, image_size=size, labelled=False, **reading)
    # Opened first, to fail before the prediction
    with rows_file(out, as_json=as_json) as file, table_writer(file) as writer:
        proba = fitted.predict_proba(data.images)
        scored = pd.DataFrame({"image": data.names, "label": fitted.classes_[proba.argmax(axis=1)]})
        for position, label in enumerate(fitted.classes_):
            scored[f"probability_{label}"] = proba[:, position]
        writer.write(scored)
    if as_json:
        labels = scored["label"].astype(str).value_counts().to_dict()
        found = {"images": len(scored), "labels": labels, "notes": data.notes}
        print_json(found | {"out": str(out)})
        return
    console = make_console(stderr=True)
    print_remarks(console, "note", data.notes)
    console.print(f"{count(len(scored), 'image')} scored{'' if out is None else f': {out}'}")


def demo_command(
    out: Out = Path("imaging-demo"),
    epochs: Epochs = 8,
    device: Device = "cpu",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train on images that come with scikit-learn; nothing is downloaded."""
    from rarebit.imaging import digit_images

    check_model_folder(out)
    data = digit_images()
    settings = {
        "epochs": epochs, "batch_size": 64, "learning_rate": 2e-3, "device": device,
        "random_state": seed, "verbose": not as_json,
    }  # fmt: skip
    _finish(_train(data, out, settings, 0.25), data, out, "Digit 8 or another", as_json)


def _reading_options(
    images: Path, skip_broken: bool, max_megapixels: float | None
) -> dict[str, Any]:
    """Arguments of read_images; refuses options that have no effect on an .npz file."""
    from rarebit._common.parameters import POSITIVE, check_value

    options = {"skip_broken": skip_broken or None, "max_megapixels": max_megapixels}
    given = {name: value for name, value in options.items() if value is not None}
    if given and images.suffix.lower() == ".npz":
        option = next(iter(given)).replace("_", "-")
        raise InputError(f"--{option} has no effect: {images} is one .npz file. Leave it out.")
    if max_megapixels is not None:
        check_value("--max-megapixels", max_megapixels, *POSITIVE)
    return given


def _check_choices(backbone: str, head: str, augment: str, image_size: int | None) -> None:
    """Refuse values that only the Python interface supports, before images are read."""
    from rarebit._common.parameters import check_value
    from rarebit.imaging.augmentation import AUGMENTERS
    from rarebit.imaging.backbones import BACKBONES
    from rarebit.imaging.heads import HEADS
    from rarebit.imaging.images.pixels import SIDE

    check_value("--backbone", backbone, *BACKBONES)
    check_value("--head", head, *HEADS)
    check_value("--augment", augment, *AUGMENTERS, "none")
    if image_size is not None:
        check_value("--image-size", image_size, SIDE)


def _train(
    data: ImageData, out: Path, settings: dict[str, Any], test_fraction: float
) -> HoldoutResult:
    """Train with checkpoints beside the output folder, and score the test images."""
    from rarebit.imaging import fit_and_evaluate

    console = make_console(stderr=not settings["verbose"])
    announce_replacement(out, data.source, console, "everything else in the folder")
    checkpoints = out.parent / f"{out.name}.checkpoints"
    _check_checkpoints(checkpoints, settings.get("resume", False))
    model = rarebit.SDAQECClassifier(
        **settings,
        # Duplicates are found once, before the test images are held out.
        keep_duplicates_together=False,
        checkpoint_dir=checkpoints,
    )
    seed = settings["random_state"]
    try:
        trained = fit_and_evaluate(model, data, test_fraction=test_fraction, seed=seed)
    except KeyboardInterrupt:
        kept = (
            f"Finished epochs are kept in {checkpoints}: run the same command with --resume to "
            "resume."
        )
        none = "No epoch was finished."
        raise Interrupted(f"Interrupted. {kept if checkpoints.exists() else none}") from None
    model.set_params(resume=False, checkpoint_dir=None, verbose=False)
    return trained


def _finish(trained: HoldoutResult, data: ImageData, out: Path, title: str, as_json: bool) -> None:
    """Write the model and the report, delete the checkpoints, and print the scores."""
    from rarebit.reporting.imaging import write_imaging_report

    outcome = _as_dict(trained)
    rarebit.save(trained.model, out, metadata={"source": data.source, "scores": outcome["scores"]})
    report = write_imaging_report(
        trained.model,
        trained.evaluation,
        trained.test.images,
        out / "report.html",
        title=title,
        image_names=trained.test.names.tolist(),
        notes=outcome["notes"],
    )
    shutil.rmtree(out.parent / f"{out.name}.checkpoints", ignore_errors=True)
    written = {"model": str(out), "report": str(report)}
    if as_json:
        print_json(outcome | {"files": written})
    else:
        _print(trained, written)


def _as_dict(trained: HoldoutResult) -> dict[str, Any]:
    """The outcome as plain values; undefined values are null."""
    from rarebit.reporting.exports import plain_values

    evaluation = trained.evaluation
    positive = None if evaluation.positive is None else evaluation.classes[evaluation.positive]
    outcome = {
        "classes": list(evaluation.classes),
        "positive": positive,
        "n_test": len(evaluation.y),
        "scores": {
            name: {"value": score.estimate, "low": score.low, "high": score.high}
            for name, score in evaluation.scores.items()
        },
        "confusion": evaluation.confusion,
        "n_synthetic": len(trained.model.synthetic_),
        "epochs": len(trained.model.history_["train_loss"]),
        "finding": _finding(trained),
        "notes": _notes(trained),
    }
    return dict(plain_values(outcome))


def _print(trained: HoldoutResult, written: dict[str, str]) -> None:
    """Print the scores for people."""
    from rarebit._common.wording import count, interval, number
    from rarebit.metrics import METRICS
    from rarebit.reporting.terminal import terminal_table

    console = make_console()
    evaluation = trained.evaluation
    for sentence in _finding(trained):
        console.print(sentence)
    console.print(f"{count(len(evaluation.y), 'held-out test image')}")
    lines = [
        (METRICS[name].label, number(score.estimate), interval(score.low, score.high))
        for name, score in evaluation.scores.items()
    ]
    console.print(terminal_table(("Score", "Value", "95 % interval"), lines))
    print_remarks(console, "note", _notes(trained))
    print_written(console, written)


def _notes(trained: HoldoutResult) -> list[str]:
    """Notes on the scores, and a note if the model is no better than chance."""
    from rarebit.evaluation.cautions import no_better_than_chance

    roc_auc = trained.evaluation.scores["roc_auc"]
    chance = no_better_than_chance("The model", roc_auc.estimate, roc_auc.low, roc_auc.high)
    return [*trained.notes, *chance]


def _finding(trained: HoldoutResult) -> list[str]:
    """Say first if the decisions are useless."""
    from rarebit.evaluation.cautions import useless_decisions

    found = trained.evaluation
    return useless_decisions("the model", found.confusion, found.classes, found.positive)


def _check_checkpoints(folder: Path, resume: bool) -> None:
    """Refuse a folder of checkpoints with other files in it, or whose epochs would be lost."""
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if foreign := sorted(found - {"last.ckpt", "best.ckpt"}):
        raise InputError(
            f"{folder} is where checkpoints are kept, and contains {foreign[0]!r}, which Rarebit "
            "did not write: move it, or name another folder with --out."
        )
    if found and not resume:
        raise InputError(
            f"{folder} holds checkpoints of an interrupted training: add --resume to resume it, or "
            "delete the folder to start again."
        )
