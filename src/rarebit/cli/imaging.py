"""`rarebit imaging`: train an image classifier on rare classes, use it, try it out."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common.random_state import LARGEST_SEED
from rarebit.cli.options import Interrupted
from rarebit.cli.replacement import announce_replacement
from rarebit.evaluation.finding import GUESS
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.persistence import check_replaceable

if TYPE_CHECKING:
    from rarebit.imaging import ImageData
    from rarebit.imaging.training.holdout import Trained

app = typer.Typer(
    help="Rare classes in medical images: train, predict, or see a demo.", no_args_is_help=True
)


@app.command("train")
def train_command(
    scans: Annotated[
        Path, typer.Argument(help="Folder with one subfolder a class, or a MedMNIST .npz.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the model and its report.")],
    groups: Annotated[
        Path | None,
        typer.Option(help="CSV with columns image, group: one patient's images stay together."),
    ] = None,
    backbone: Annotated[
        str, typer.Option(help="mobilenet_v2, resnet18, densenet121 or vgg16.")
    ] = "mobilenet_v2",
    head: Annotated[
        str,
        typer.Option(
            help="quantum, quantum_full, quantum_compact, quantum_unentangled, lqer, classical, "
            "linear or direct."
        ),
    ] = "quantum",
    augment: Annotated[
        str, typer.Option(help="diffusion, noise, affine, mixup, ddpm or none.")
    ] = "diffusion",
    weights: Annotated[
        str | None, typer.Option(help="Backbone weights: a file, or torchvision.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Epochs at most.")] = 30,
    batch_size: Annotated[int, typer.Option(help="Images in a batch.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Learning rate of Adam.")] = 1e-3,
    image_size: Annotated[
        int | None, typer.Option(help="Side of the images (224 for folders, else as they are).")
    ] = None,
    test_fraction: Annotated[
        float, typer.Option(help="Share to test on, where the data bring no test part.")
    ] = 0.2,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or auto.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Seed of everything.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last finished epoch.")
    ] = False,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out images that cannot be opened.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Train a classifier on images; write the model and a report on images it has not seen."""
    from rarebit.imaging import read_images

    check_replaceable(out)
    _check_seed(seed)
    data = read_images(scans, image_size=image_size, groups=groups, skip_broken=skip_broken)
    settings = {
        "backbone": backbone,
        "head": head,
        "augmenter": None if augment == "none" else augment,
        "weights": weights,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "device": device,
    }
    _train(data, out, settings, test_fraction, seed, resume, as_json, title=scans.name)


@app.command("predict")
def predict_command(
    model: Annotated[Path, typer.Argument(help="Folder of a model, as `imaging train` writes it.")],
    images: Annotated[Path, typer.Argument(help="Folder of images, one image, or an .npz.")],
    out: Annotated[Path, typer.Option(help="Where to write labels and probabilities.")],
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out images that cannot be opened.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Decide a label and a probability of each class for every image."""
    from rarebit.datasets import table_writer
    from rarebit.imaging import SDAQECClassifier, read_images
    from rarebit.persistence import load

    fitted = load(model)
    if not isinstance(fitted, SDAQECClassifier):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `imaging train`."
        )
    size = max(fitted.image_shape_) if images.suffix.lower() != ".npz" else None
    data = read_images(images, image_size=size, labelled=False, skip_broken=skip_broken)
    with table_writer(out) as writer:  # opened first: an unusable place costs no work
        proba = fitted.predict_proba(data.images)
        scored = pd.DataFrame({"image": data.names, "label": fitted.classes_[proba.argmax(axis=1)]})
        for position, label in enumerate(fitted.classes_):
            scored[f"probability_{label}"] = proba[:, position]
        writer.write(scored)
    if as_json:
        labels = scored["label"].astype(str).value_counts().to_dict()
        outcome = {"images": len(scored), "labels": labels, "notes": data.notes, "out": str(out)}
        typer.echo(json.dumps(outcome))
        return
    console = _console(stderr=True)
    for note in data.notes:
        console.print(Text.assemble(("note: ", "yellow"), note))
    console.print(f"{len(scored):,} images scored: {out}")


@app.command("demo")
def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for the model and its report.")] = Path(
        "imaging-demo"
    ),
    epochs: Annotated[int, typer.Option(help="Epochs at most.")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of everything.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Train on scikit-learn's 8 x 8 digits, "8" against the rest; no network, a minute or two."""
    from rarebit.imaging.demo import digit_images

    check_replaceable(out)
    _check_seed(seed)
    settings = {"epochs": epochs, "batch_size": 64, "learning_rate": 2e-3}
    _train(digit_images(), out, settings, 0.25, seed, False, as_json, title="Digit 8 or another")


def _train(
    data: ImageData,
    out: Path,
    settings: dict[str, Any],
    test_fraction: float,
    seed: int,
    resume: bool,
    as_json: bool,
    title: str,
) -> None:
    """Train, score, write and print."""
    from rarebit.imaging import SDAQECClassifier
    from rarebit.imaging.training.holdout import fit_and_evaluate

    announce_replacement(out, data.source, _console(stderr=as_json), "all that the folder holds")
    checkpoints = out.parent / f"{out.name}.checkpoints"
    _check_checkpoints(checkpoints, resume)
    model = SDAQECClassifier(
        **settings,
        # Duplicates are found once, before the test images are set aside.
        keep_duplicates_together=False,
        checkpoint_dir=checkpoints,
        resume=resume,
        verbose=not as_json,
        random_state=seed,
    )
    try:
        trained = fit_and_evaluate(model, data, test_fraction=test_fraction, seed=seed)
    except KeyboardInterrupt:
        kept = (
            f"Finished epochs are kept in {checkpoints}: the same command with --resume goes on "
            "from there."
        )
        none = "No epoch was finished yet."
        raise Interrupted(f"Interrupted. {kept if checkpoints.exists() else none}") from None
    written = _write(trained, data, out, title)
    shutil.rmtree(checkpoints, ignore_errors=True)
    if as_json:
        typer.echo(json.dumps(_as_dict(trained) | {"files": written}, allow_nan=False))
    else:
        _print(trained, written)


def _write(trained: Trained, data: ImageData, out: Path, title: str) -> dict[str, str]:
    """Write the model and the report; return what is where."""
    from rarebit.persistence import save
    from rarebit.reporting.imaging import write_imaging_report

    metadata = {"source": data.source, "scores": _as_dict(trained)["scores"]}
    trained.model.set_params(resume=False, checkpoint_dir=None, verbose=False)
    save(trained.model, out, metadata=metadata)
    report = write_imaging_report(
        trained.model,
        trained.evaluation,
        trained.test.images,
        out / "report.html",
        title=title,
        image_names=trained.test.names.tolist(),
        notes=_notes(trained),
    )
    return {"model": str(out), "report": str(report)}


def _as_dict(trained: Trained) -> dict[str, Any]:
    """Return the outcome as plain values; what is not defined is null."""

    def plain(value: float) -> float | None:
        return value if math.isfinite(value) else None

    evaluation = trained.evaluation
    return {
        "classes": list(evaluation.classes),
        "positive": None
        if evaluation.positive is None
        else evaluation.classes[evaluation.positive],
        "n_test": len(evaluation.y),
        "scores": {
            name: {key: plain(value) for key, value in asdict(score).items()}
            for name, score in evaluation.scores.items()
        },
        "confusion": evaluation.confusion.tolist(),
        "n_synthetic": len(trained.model.synthetic_),
        "epochs": len(trained.model.history_["train_loss"]),
        "notes": _notes(trained),
    }


def _print(trained: Trained, written: dict[str, str]) -> None:
    """Print the scores for people."""
    console = _console()
    evaluation = trained.evaluation
    console.print(f"{len(evaluation.y):,} test images, none of them trained on")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Score")
    table.add_column("Value", justify="right")
    table.add_column("95 % interval", justify="right")
    for name, score in evaluation.scores.items():
        bounds = f"{score.low:.3f} to {score.high:.3f}"
        table.add_row(METRICS[name].label, f"{score.value:.3f}", bounds)
    console.print(table)
    for note in _notes(trained):
        console.print(Text.assemble(("note: ", "yellow"), note))
    console.print("\nWritten:", *(f"  {what}: {path}" for what, path in written.items()), sep="\n")


def _notes(trained: Trained) -> list[str]:
    """What should be known before the scores are trusted, a model that only guesses included."""
    roc_auc = trained.evaluation.scores["roc_auc"]
    if not roc_auc.low <= GUESS:
        return trained.notes
    return [
        *trained.notes,
        "These test images do not show that the model knows more than a guess: its ROC-AUC is "
        f"{roc_auc.value:.3f} (95 % interval {roc_auc.low:.3f} to {roc_auc.high:.3f}), and a guess "
        f"has {GUESS}.",
    ]


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False)


def _check_checkpoints(folder: Path, resume: bool) -> None:
    """Refuse a folder of checkpoints that is another's, or whose epochs would be lost."""
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if foreign := sorted(found - {"last.ckpt", "best.ckpt"}):
        raise InputError(
            f"{folder} is where epochs are kept, and holds {foreign[0]!r}, which Rarebit did not "
            "write; move it, or name another folder with --out."
        )
    if found and not resume:
        raise InputError(
            f"{folder} holds epochs of a training that was interrupted: add --resume to go on from "
            "there, or delete it to start anew."
        )


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"--seed {seed}: give a number from 0 to {LARGEST_SEED:,}.")
