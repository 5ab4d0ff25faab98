"""`rarebit imaging` as its users call it."""

import importlib
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.dummy import DummyClassifier

pytest.importorskip("lightning")
from rarebit.imaging.evaluation import ImageEvaluation, score_predictions
from rarebit.persistence import save

main = importlib.import_module("rarebit.cli.app").main


def run(capsys, *arguments):
    code = 0
    try:
        main(["imaging", *map(str, arguments)])
    except SystemExit as stop:
        code = stop.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def scans(tmp_path):
    rng = np.random.default_rng(0)
    for label, n in (("ill", 6), ("well", 18)):
        for i in range(n):
            pixels = rng.integers(0, 120, (16, 16), dtype=np.uint8)
            if label == "ill":
                pixels[4:9, 4:9] += 120
            path = tmp_path / "scans" / label / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return tmp_path / "scans"


QUICK = ("--backbone", "resnet18", "--epochs", 1, "--image-size", 16, "--json")


@pytest.mark.slow
def test_train_then_predict(scans, tmp_path, capsys):
    out = tmp_path / "model"
    (scans / "ill" / "volume.npy").write_bytes(b"x")
    left_out = "Files left out, since they are not read as images: 1 .npy."
    code, text, err = run(capsys, "train", scans, "--out", out, *QUICK)
    assert code == 0, err
    found = json.loads(text)
    assert left_out in found["notes"]
    assert found["classes"] == ["ill", "well"]
    assert found["positive"] == "ill"
    assert found["n_synthetic"] > 0
    assert (out / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert not (tmp_path / "model.checkpoints").exists()

    # A broken image among those to score.
    (scans / "ill" / "bad.png").write_bytes(b"rubbish")
    scored = tmp_path / "scored.csv"
    code, _, err = run(capsys, "predict", out, scans, "--out", scored)
    assert (code, scored.exists()) == (2, False)
    assert "ill/bad.png" in err
    code, _, err = run(capsys, "predict", out, scans, "--out", scored, "--skip-broken")
    assert code == 0, err
    assert f"note: {left_out}" in " ".join(err.split())
    table = pd.read_csv(scored)
    assert table.columns.tolist() == ["image", "label", "probability_ill", "probability_well"]
    assert len(table) == 24
    np.testing.assert_allclose(table.iloc[:, 2:].sum(axis=1), 1)
    code, _, _ = run(capsys, "predict", out, scans / "ill" / "0.png", "--out", scored)
    assert code == 0
    assert len(pd.read_csv(scored)) == 1

    # The same folder again is replaced in one step.
    (scans / "ill" / "bad.png").unlink()
    code, _, err = run(capsys, "train", scans, "--out", out, "--augment", "none", *QUICK)
    assert code == 0, err


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: (s / "ill" / "bad.png").write_bytes(b"x"), "1 of 25 images cannot be opened"),
        (lambda s: [p.unlink() for p in (s / "ill").iterdir()], "one class"),
        (lambda s: [p.unlink() for p in s.rglob("*.png")], "has no image"),
    ],
)
def test_bad_folders_are_one_line_and_nothing_is_written(scans, tmp_path, capsys, change, what):
    change(scans)
    code, out, err = run(capsys, "train", scans, "--out", tmp_path / "model", *QUICK)
    assert (code, out) == (2, "")
    assert what in " ".join(err.split())
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--backbone", "alexnet"), "--backbone is 'alexnet': give 'mobilenet_v2',"),
        (("--backbone", "x"), "'densenet121' or 'vgg16'."),
        (("--head", "qubits"), "'classical' or 'direct'."),
        (("--augment", "flip"), "or 'none'."),
        (("--image-size", 0), "--image-size is 0: give an integer from 1 to 4,096."),
        (("--max-megapixels", 0), "--max-megapixels is 0.0: give a number above 0"),
        (("--weights", "none.pth"), "none.pth"),
        (("--device", "abacus"), "abacus"),
        (("--test-fraction", 0.9), "0.9"),
        (("--seed", -1), "seed is -1"),
        (("--groups", "none.csv"), "none.csv"),
    ],
)
def test_bad_options_are_one_line(scans, tmp_path, capsys, options, what):
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK, *options)
    assert code == 2
    assert what in err


def test_a_folder_that_is_not_ours_is_left_alone(scans, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "mine", *QUICK)
    assert code == 2
    assert "did not write" in err
    code, _, err = run(capsys, "predict", tmp_path / "mine", scans, "--out", tmp_path / "x.csv")
    assert code == 2


@pytest.mark.parametrize(
    ("metadata", "what"),
    [
        (
            {"dataset": "patients.csv"},
            "is the model of patients.csv; the model of {scans} will replace",
        ),
        (
            {"source": "other scans"},
            "is the model of other scans; the model of {scans} will replace",
        ),
        ({}, "is a DummyClassifier; the model of {scans} will replace"),
        ({"source": "{scans}"}, None),
    ],
)
def test_a_model_of_other_data_is_not_replaced_unsaid(
    scans, tmp_path, capsys, monkeypatch, metadata, what
):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("rarebit.imaging.fit_and_evaluate", stop)
    out = tmp_path / "model"
    noted = {key: value.format(scans=scans) for key, value in metadata.items()}
    save(DummyClassifier().fit([[0], [1]], [0, 1]), out, metadata=noted)
    said = " ".join(run(capsys, "train", scans, "--out", out, *QUICK)[2].split())
    assert ("will replace" in said) == (what is not None)
    # A terminal breaks the long paths of a test anywhere.
    assert what is None or what.format(scans=scans).replace(" ", "") in said.replace(" ", "")


@pytest.mark.parametrize("guesses", [True, False])
def test_a_model_that_only_guesses_is_called_so(capsys, guesses):
    y = np.repeat([0, 1], 30)
    share = np.full(60, 0.5) if guesses else np.linspace(0.1, 0.9, 60)
    proba = np.column_stack([1 - share, share])
    labels = proba.argmax(axis=1)
    scores = score_predictions(y, labels, proba, 1, n_resamples=50)
    evaluation = ImageEvaluation(("well", "ill"), 1, y, labels, proba, scores, 60)
    trained = SimpleNamespace(evaluation=evaluation, notes=["One image is grey."])
    importlib.import_module("rarebit.cli.imaging")._print(trained, {})
    said = " ".join(capsys.readouterr().out.split())
    assert "note: One image is grey." in said
    assert ("than random guessing: its ROC-AUC is 0.500 (95 % interval 0.5" in said) == guesses


def test_ctrl_c_says_how_to_go_on(scans, tmp_path, capsys, monkeypatch):
    def stop(*args, **kwargs):
        (tmp_path / "m.checkpoints").mkdir()
        (tmp_path / "m.checkpoints" / "last.ckpt").write_text("an epoch")
        raise KeyboardInterrupt

    monkeypatch.setattr("rarebit.imaging.training.fit.train", stop)
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK)
    assert code == 130
    assert "--resume" in err


@pytest.mark.slow
def test_the_demo_runs_without_anything(tmp_path, capsys):
    code, text, err = run(capsys, "demo", "--out", tmp_path / "demo", "--epochs", 1, "--json")
    assert code == 0, err
    assert json.loads(text)["positive"] == "8"
    assert (tmp_path / "demo" / "report.html").exists()


def test_checkpoints_of_an_interrupted_training_are_not_lost(scans, tmp_path, capsys, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("rarebit.imaging.fit_and_evaluate", stop)
    folder = tmp_path / "m.checkpoints"
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK)
    assert code == 130
    assert "No epoch was finished." in err
    folder.mkdir()
    (folder / "last.ckpt").write_text("epochs")
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK)
    assert code == 2
    assert "add --resume" in err
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK, "--resume")
    assert code == 130
    (folder / "thesis.txt").write_text("precious")
    code, _, err = run(capsys, "train", scans, "--out", tmp_path / "m", *QUICK, "--resume")
    assert code == 2
    assert "thesis.txt" in err
    assert (folder / "thesis.txt").read_text() == "precious"


def test_options_without_effect_are_refused(scans, tmp_path, capsys):
    for part in ("train", "test"):
        for label in ("ill", "well"):
            folder = tmp_path / "split" / part / label
            folder.mkdir(parents=True)
            for i in range(2):
                (scans / label / f"{i + 2 * (part == 'test')}.png").rename(folder / f"{i}.png")
    out = ("--out", tmp_path / "m")
    code, _, err = run(capsys, "train", tmp_path / "split", *out, *QUICK, "--test-fraction", 0.3)
    assert code == 2
    assert "--test-fraction 0.3 has no effect" in err
    np.savez(tmp_path / "s.npz", images=np.zeros((4, 8, 8), np.uint8), labels=[0, 0, 1, 1])
    for command in ("train", "predict"):
        model = [tmp_path / "m"] * (command == "predict")
        code, _, err = run(capsys, command, *model, tmp_path / "s.npz", *out, "--skip-broken")
        assert code == 2
        assert "--skip-broken has no effect" in err


def test_every_choice_is_on_the_help_page(capsys):
    from rarebit.imaging.augmentation import AUGMENTERS
    from rarebit.imaging.backbones import BACKBONES
    from rarebit.imaging.heads import HEADS

    page = " ".join(run(capsys, "train", "--help")[1].split())
    for name in (*BACKBONES, *HEADS, *AUGMENTERS):
        assert f" {name}" in page


@pytest.mark.slow
def test_a_device_and_a_seed_reach_training_and_prediction(scans, tmp_path, capsys, monkeypatch):
    from rarebit.imaging import SDAQECClassifier

    out, seen = tmp_path / "m", []
    real = SDAQECClassifier.predict_proba

    def spy(self, images):
        seen.append(self.device)
        return real(self, images)

    monkeypatch.setattr(SDAQECClassifier, "predict_proba", spy)
    train = ("train", scans, "--out", out, *QUICK, "--head", "linear", "--augment", "none")
    scores = [json.loads(run(capsys, *train, "--seed", seed)[1])["scores"] for seed in (1, 1, 2)]
    assert scores[0] == scores[1] != scores[2]
    places = (out, scans, "--out", tmp_path / "s.csv")
    assert run(capsys, "predict", *places, "--device", "auto")[0] == 0
    assert seen[-1] in ("cpu", "cuda", "mps", "xpu")
    code, _, err = run(capsys, "predict", *places, "--device", "cuda:99")
    assert code == 2
    assert "is not available on this machine" in err
