"""SDAQECClassifier: no leaks, exact resuming, storing, and errors."""

import errno
import os
import pickle
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone
from torch.utils.data import Dataset

import rarebit
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging import ForwardDiffusionAugmenter, Hardware, MixupAugmenter, SDAQECClassifier
from rarebit.imaging.training.batches import EpochShuffle
from rarebit.quantum.noise import NoiseModel

FAST = {"epochs": 1, "random_state": 0, "batch_size": 16}


def make_images(n_common=20, n_rare=6, size=10, seed=0):
    """Noise, with a bright square where the label says so."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 120, (n_common + n_rare, size, size), dtype=np.uint8)
    images[n_common:, 2:6, 2:6] += 130
    return images, np.array(["well"] * n_common + ["ill"] * n_rare)


@pytest.fixture(scope="module")
def fitted():
    return SDAQECClassifier(**FAST).fit(*make_images())


def test_fit_predict_and_fitted_attributes(fitted):
    images, labels = make_images()
    proba = fitted.predict_proba(images)
    with torch.no_grad():
        logits = fitted.network_(torch.from_numpy(images)[:, None].float() / 255)
    np.testing.assert_allclose(proba, logits.double().softmax(dim=1), atol=1e-6)
    assert fitted.classes_.tolist() == ["ill", "well"]
    assert fitted.class_counts_.tolist() == [6, 20]
    assert fitted.predict(images).tolist() == fitted.classes_[proba.argmax(axis=1)].tolist()
    assert set(fitted.history_) == {"train_loss", "val_loss", "val_balanced_accuracy"}
    assert all(len(values) == 1 for values in fitted.history_.values())
    assert len(fitted.validation_) == 5
    assert (labels[fitted.validation_] == "ill").sum() == 1


def test_only_training_images_are_augmented(fitted):
    table = fitted.synthetic_
    # 16 common and 5 rare images are trained on: 12 rare ones are wanted, 7 are made.
    assert len(table) == 7
    assert not set(table["parent"]) & set(fitted.validation_)
    assert (table["label"] == "ill").all()
    images, _ = make_images()
    assert fitted.examples_.shape == (7, 2, 10, 10)
    shown = table["parent"].to_numpy()
    np.testing.assert_array_equal(fitted.examples_[:, 0], images[shown])


@pytest.mark.slow
def test_a_bright_square_is_learned():
    images, labels = make_images(60, 15, seed=1)
    model = SDAQECClassifier("resnet18", epochs=14, patience=None, random_state=0)
    model.fit(images, labels)
    others, truth = make_images(60, 15, seed=2)
    score = np.mean([(model.predict(others) == truth)[truth == c].mean() for c in model.classes_])
    assert score > 0.9


def test_same_seed_same_model(fitted):
    again = clone(fitted).fit(*make_images())
    for a, b in zip(
        again.network_.state_dict().values(), fitted.network_.state_dict().values(), strict=True
    ):
        assert torch.equal(a, b)


def test_mixed_precision_only_in_training():
    images, labels = make_images()
    model = SDAQECClassifier(**FAST, trainer_options={"precision": "bf16-mixed"})
    model.fit(images, labels)
    assert {w.dtype for w in model.network_.parameters()} == {torch.float32}
    usual = SDAQECClassifier(**FAST).fit(images, labels).history_["train_loss"]
    assert model.history_["train_loss"] == pytest.approx(usual, rel=0.05)
    assert model.history_["train_loss"] != usual
    proba = model.predict_proba(images)
    assert not np.array_equal(proba, torch.from_numpy(proba).bfloat16().double().numpy())


def test_without_a_folder_only_weights_are_kept(monkeypatch):
    from lightning.pytorch import Trainer

    kept = []
    save = Trainer.save_checkpoint
    monkeypatch.setattr(
        Trainer, "save_checkpoint",
        lambda self, path, weights_only: kept.append(weights_only)
        or save(self, path, weights_only),
    )  # fmt: skip
    SDAQECClassifier(**FAST).fit(*make_images())
    assert kept == [True]


@pytest.mark.slow
def test_resume_equals_an_uninterrupted_fit(tmp_path):
    images, labels = make_images()
    whole = SDAQECClassifier(**FAST | {"epochs": 3}, checkpoint_dir=tmp_path / "whole")
    whole.fit(images, labels)
    first = SDAQECClassifier(**FAST, checkpoint_dir=tmp_path / "part").fit(images, labels)
    assert len(first.history_["val_loss"]) == 1
    second = clone(first).set_params(epochs=3, resume=True).fit(images, labels)
    assert second.history_ == whole.history_
    for a, b in zip(
        second.network_.state_dict().values(), whole.network_.state_dict().values(), strict=True
    ):
        assert torch.equal(a, b)
    # Nothing left to do: the same again, without training.
    third = clone(second).fit(images, labels)
    assert third.history_ == whole.history_


def test_resume_refuses_other_images_and_settings(tmp_path):
    images, labels = make_images()
    model = SDAQECClassifier(**FAST, checkpoint_dir=tmp_path).fit(images, labels)
    again = clone(model).set_params(resume=True, epochs=2)
    with pytest.raises(InputError, match="other images or settings"):
        clone(again).set_params(learning_rate=0.5).fit(images, labels)
    with pytest.raises(InputError, match="other images or settings"):
        clone(again).fit(images[::-1], labels[::-1])
    with pytest.raises(InputError, match="give the same integer as before"):
        clone(again).set_params(random_state=None).fit(images, labels)
    (tmp_path / "last.ckpt").write_bytes(b"half a checkpoint")
    with pytest.raises(InputError, match="cannot be resumed"):
        clone(again).fit(images, labels)


class _Trap:
    def __reduce__(self):
        return os.system, ("touch trapped",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_checkpoint_with_code_is_refused_and_not_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "last.ckpt").write_bytes(pickle.dumps(_Trap()))
    model = SDAQECClassifier(**FAST, checkpoint_dir=tmp_path, resume=True)
    with pytest.raises(InputError, match="cannot be resumed"):
        model.fit(*make_images())
    assert not (tmp_path / "trapped").exists()


def test_resume_without_a_checkpoint_starts(tmp_path):
    model = SDAQECClassifier(**FAST, checkpoint_dir=tmp_path / "new", resume=True)
    model.fit(*make_images())
    assert (tmp_path / "new" / "last.ckpt").exists()


def test_a_full_disk_is_an_input_error(tmp_path, monkeypatch):
    from lightning.pytorch import Trainer

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Trainer, "save_checkpoint", full)
    model = SDAQECClassifier(**FAST, checkpoint_dir=tmp_path)
    with pytest.raises(InputError, match="disk is full"):
        model.fit(*make_images())


@pytest.mark.slow
def test_a_disk_that_fills_up_loses_no_epoch(tmp_path, monkeypatch):
    images, labels = make_images()
    whole = SDAQECClassifier(**FAST | {"epochs": 2}, checkpoint_dir=tmp_path / "whole")
    whole.fit(images, labels)
    model = clone(whole).set_params(checkpoint_dir=tmp_path / "part")
    sync, written = os.fsync, []

    def fill_up(descriptor):
        written.append(descriptor)
        if len(written) > 4:  # a file and its folder, for the best and the last epoch
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill_up)
        with pytest.raises(InputError, match=r"disk is full.*resume=True"):
            model.fit(images, labels)
    assert sorted(p.name for p in (tmp_path / "part").iterdir()) == ["best.ckpt", "last.ckpt"]
    again = clone(model).set_params(resume=True).fit(images, labels)
    assert again.history_ == whole.history_


def test_ctrl_c_is_a_keyboard_interrupt_and_can_be_resumed(tmp_path, monkeypatch):
    from rarebit.imaging.training import task as training

    images, labels = make_images()
    step = training.ImageTask.training_step

    def stop_in_second_epoch(self, batch, index):
        if self.current_epoch == 1:
            raise KeyboardInterrupt
        return step(self, batch, index)

    model = SDAQECClassifier(**FAST | {"epochs": 2}, checkpoint_dir=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(training.ImageTask, "training_step", stop_in_second_epoch)
        with pytest.raises(KeyboardInterrupt):
            model.fit(images, labels)
    resumed = clone(model).set_params(resume=True).fit(images, labels)
    assert len(resumed.history_["train_loss"]) == 2


def test_groups_and_duplicates_stay_on_one_side_of_the_validation_split():
    images, labels = make_images(16, 8)
    images[1], images[20] = images[0], images[17]
    groups = np.arange(24) // 2
    groups[9] = groups[0]
    for seed in range(3):
        model = SDAQECClassifier(**FAST | {"random_state": seed}, validation_fraction=0.3)
        kept, aside = model._split(images, (labels == "ill").astype(int), groups, seed)
        assert not set(groups[kept]) & set(groups[aside])
        for pair in ((0, 1), (17, 20), (0, 9)):
            assert len(set(pair) & set(aside)) in (0, 2)


def test_a_stored_model_predicts_the_same(fitted, tmp_path):
    images, _ = make_images()
    folder = rarebit.save(fitted, tmp_path / "model")
    opened = rarebit.load(folder)
    np.testing.assert_array_equal(opened.predict_proba(images), fitted.predict_proba(images))
    assert opened.history_ == fitted.history_
    assert opened.synthetic_.equals(fitted.synthetic_)
    np.testing.assert_array_equal(opened.class_counts_, [6, 20])
    assert opened.get_params(deep=False) == fitted.get_params(deep=False)
    assert not any(file.suffix in (".pkl", ".pt", ".ckpt") for file in folder.rglob("*"))


@pytest.mark.slow
def test_an_own_augmenter_is_stored(tmp_path):
    model = SDAQECClassifier(
        "resnet18", "lqer", MixupAugmenter(rho=0.5), checkpoint_dir=tmp_path / "c", **FAST
    ).fit(*make_images())
    opened = rarebit.load(rarebit.save(model, tmp_path / "model"))
    assert opened.augmenter.rho == 0.5
    assert opened.checkpoint_dir == str(tmp_path / "c")
    assert "share" in opened.synthetic_


class _Pairs(Dataset):
    def __init__(self, form):
        self.images, labels = make_images()
        self.labels, self.form = (labels == "ill").astype(int), form

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = self.images[i]
        if self.form == "tensor":
            return torch.from_numpy(image[None] / 255), torch.tensor(self.labels[i])
        if self.form == "pillow":
            return Image.fromarray(image), self.labels[i : i + 1]
        return image, int(self.labels[i])


@pytest.mark.parametrize("form", ["tensor", "pillow", "array"])
def test_torch_data_sets(form):
    pairs = _Pairs(form)
    model = SDAQECClassifier(**FAST, augmenter=None).fit(pairs)
    arrays = SDAQECClassifier(**FAST, augmenter=None).fit(pairs.images, pairs.labels)
    assert model.classes_.tolist() == [0, 1]
    np.testing.assert_allclose(
        model.predict_proba(pairs), arrays.predict_proba(pairs.images), atol=1e-6
    )
    assert len(model.synthetic_) == 0


def test_colour_sizes_and_floats():
    images, labels = make_images()
    colour = np.repeat(images[..., None], 3, axis=-1) / 255
    model = SDAQECClassifier(**FAST, image_size=32).fit(colour, labels)
    assert model.image_shape_ == (32, 32)
    # Grey images of another size are brought to what the network knows.
    np.testing.assert_allclose(
        model.predict_proba(images[:3]), model.predict_proba(colour[:3]), atol=0.02
    )


@pytest.mark.parametrize("n_common", [16, 17])
def test_a_last_batch_of_one_image(n_common):
    images, labels = make_images(n_common, 4)
    model = SDAQECClassifier(
        **FAST | {"batch_size": 4}, augmenter=None, validation_fraction=0, backbone="mobilenet_v2"
    )
    model.fit(images, labels)
    first_norm = model.network_.backbone.features[0][1]
    assert int(first_norm.num_batches_tracked) == 5  # of four images each, the last one left out
    assert set(model.history_) == {"train_loss"}


def test_a_class_with_one_image_and_nothing_to_validate_on():
    images, labels = make_images(8, 1)
    with pytest.warns(RarebitWarning, match="'ill' has one image"):
        model = SDAQECClassifier(**FAST).fit(images, labels)
    assert 8 not in model.validation_
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = SDAQECClassifier(**FAST).fit(images[-3:], labels[-3:], groups=[0, 0, 1])
    assert any("too few images or groups" in str(w.message) for w in caught)
    assert len(model.validation_) == 0


def test_a_diverged_training_is_refused():
    images, labels = make_images()
    model = SDAQECClassifier(**FAST, head="direct").fit(images, labels)
    model.network_.head.classify.bias.data[0] = torch.nan
    with pytest.raises(InputError, match="lower learning_rate"):
        model.predict(images)


def test_hardware_applies_to_one_prediction(fitted):
    images, _ = make_images()
    exact = fitted.predict_proba(images)
    noisy = fitted.predict_proba(images, hardware=Hardware(NoiseModel(depolarizing=0.75)))
    assert np.ptp(noisy[:, 0]) < 1e-6  # nothing but noise is left
    shots = Hardware(shots=10, random_state=0)
    assert not np.array_equal(fitted.predict_proba(images, hardware=shots), exact)
    np.testing.assert_array_equal(fitted.predict_proba(images), exact)
    direct = SDAQECClassifier(head="direct", **FAST).fit(images, make_images()[1])
    with pytest.raises(InputError, match="no circuit"):
        direct.predict_proba(images, hardware=shots)


def test_the_order_of_an_epoch_depends_on_its_number():
    order = EpochShuffle(10, seed=3)
    first = list(order)
    order.set_epoch(1)
    second = list(order)
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    order.set_epoch(0)
    assert list(order) == first


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"backbone": "alexnet"}, "backbone is 'alexnet'"),
        ({"head": "qubits"}, "head is 'qubits'"),
        ({"augmenter": "flip"}, "augmenter is 'flip'"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 1}, "batch_size is 1"),
        ({"image_size": 0}, "image_size is 0"),
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"validation_fraction": 0.9}, r"0\.9"),
        ({"resume": True}, "checkpoint_dir"),
        ({"device": "abacus"}, "abacus"),
        ({"device": "cuda:99"}, "not available on this machine"),
        ({"weights": "nowhere.pth"}, "does not exist"),
        ({"augmenter": ForwardDiffusionAugmenter(T=0)}, "T is 0"),
    ],
)
def test_invalid_parameters(parameters, what):
    with pytest.raises(InputError, match=what):
        SDAQECClassifier(**FAST | parameters).fit(*make_images())


@pytest.mark.parametrize(
    ("X", "y", "groups", "what"),
    [
        (np.zeros((4, 8, 8)), None, None, "y is missing"),
        (np.zeros((4, 8, 8)), [0, 1], None, "4 images"),
        (np.zeros((4, 8, 8)), [0, 0, 0, 0], None, "one class"),
        (np.zeros((4, 8, 8)), [0, 1, np.nan, 0], None, "missing"),
        (np.zeros((4, 8)), [0, 1, 0, 1], None, "shape"),
        ([np.zeros((8, 8)), np.zeros((9, 8))], [0, 1], None, "different sizes"),
        ([], [], None, "shape"),
        (np.zeros((4, 8, 8)), [0, 1, 0, 1], [1, 2], "groups"),
        (np.zeros((4, 8, 8)), [0, 1, 0, 1], [1, 2, None, 3], "groups has 1 of 4 values missing"),
    ],
)
def test_invalid_images_and_labels(X, y, groups, what):
    with pytest.raises(InputError, match=what):
        SDAQECClassifier(**FAST).fit(X, y, groups=groups)
