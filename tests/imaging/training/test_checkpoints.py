"""Unusable checkpoints and folders are refused before training."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from rarebit.exceptions import InputError
from rarebit.imaging import SDAQECClassifier
from rarebit.imaging.augmentation import ForwardDiffusionAugmenter
from rarebit.imaging.training.checkpoints import check_folder


@pytest.fixture
def images():
    return np.random.default_rng(0).random((8, 8, 8))


LABELS = [0, 0, 0, 0, 0, 0, 1, 1]


class Counting(ForwardDiffusionAugmenter):
    """Says that images were made."""

    made = 0

    def fit_resample(self, images, labels):
        Counting.made += 1
        return super().fit_resample(images, labels)


@pytest.fixture
def trained(tmp_path, images):
    model = SDAQECClassifier(
        "resnet18", "direct", Counting(random_state=0), epochs=1, random_state=0,
        checkpoint_dir=tmp_path / "kept",
    ).fit(images, LABELS)  # fmt: skip
    Counting.made = 0
    return clone(model).set_params(epochs=2, resume=True)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("last.ckpt", b"half a checkpoint"),
        ("last.ckpt", b""),
        ("last.ckpt", None),
        ("best.ckpt", b"half a checkpoint"),
        ("best.ckpt", None),
    ],
)
def test_a_damaged_checkpoint_is_refused_in_one_line(trained, images, file, content):
    path = trained.checkpoint_dir / file
    if content is not None:
        path.write_bytes(content)
    elif file == "last.ckpt":
        torch.save({"rarebit": {}}, path)
    else:
        path.unlink()
    with pytest.raises(InputError, match=r"it is damaged.*Delete it and start again") as refusal:
        trained.fit(images, LABELS)
    said = str(refusal.value)
    assert str(trained.checkpoint_dir) in said
    assert "weights_only" not in said
    assert "torch.load" not in said
    assert Counting.made == 0


def test_the_best_epoch_of_another_network_is_refused(trained, images):
    torch.save({"network.x": torch.zeros(2)}, trained.checkpoint_dir / "best.ckpt")
    with pytest.raises(InputError, match=r"best\.ckpt cannot be resumed from"):
        trained.set_params(epochs=1).fit(images, LABELS)


@pytest.mark.parametrize("below", ["file", "file/x", "null\0byte"])
def test_a_checkpoint_dir_that_is_not_a_folder(tmp_path, images, below):
    (tmp_path / "file").write_text("not a folder")
    model = SDAQECClassifier("resnet18", checkpoint_dir=tmp_path / below)
    with pytest.raises(InputError, match=r"checkpoint_dir is .* give another folder"):
        model.fit(images, LABELS)


def test_checking_a_folder_leaves_nothing_behind(tmp_path):
    check_folder(tmp_path / "a" / "b")
    check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *args: False)
    with pytest.raises(InputError, match="no permission to write"):
        check_folder(tmp_path)
