"""Augmenters against their formulas, and the contract they share."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from rarebit.exceptions import InputError
from rarebit.imaging.augmentation import (
    AUGMENTERS,
    DDPMAugmenter,
    ForwardDiffusionAugmenter,
    GaussianNoiseAugmenter,
    MixupAugmenter,
    RandomAffineAugmenter,
)
from rarebit.imaging.augmentation.diffusion import signal_shares
from rarebit.imaging.augmentation.unet import SmallUNet

TINY_DDPM = {"train_steps": 2, "sample_steps": 3, "width": 8, "batch_size": 4}


def make(name, **parameters):
    return AUGMENTERS[name](**(TINY_DDPM if name == "ddpm" else {}), **parameters)


@pytest.fixture
def scans():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (14, 9, 8), dtype=np.uint8), np.array(["common"] * 10 + ["r"] * 4)


def test_schedule_of_the_paper():
    betas = [1e-4, 0.005075, 0.01005, 0.015025, 0.02]
    expected = [np.prod([1 - b for b in betas[: t + 1]]) for t in range(5)]
    np.testing.assert_allclose(signal_shares(5, 1e-4, 0.02), expected)
    # The image times 0.975 plus noise of standard deviation 0.222.
    assert np.sqrt(expected[-1]) == pytest.approx(0.975, abs=5e-4)
    assert np.sqrt(1 - expected[-1]) == pytest.approx(0.222, abs=5e-4)


@pytest.mark.parametrize("step", [1, 3, 5])
def test_forward_diffusion_has_the_mean_and_spread_of_its_step(step):
    images, labels = np.full((401, 16, 16), 0.5), np.array([0] * 400 + [1])
    augmenter = ForwardDiffusionAugmenter(step=step, clip=False, rho=1.0, random_state=0)
    made = augmenter.fit_resample(images, labels)[0][401:]
    share = signal_shares(5, 1e-4, 0.02)[step - 1]
    assert made.mean() == pytest.approx(0.5 * np.sqrt(share), abs=0.005)
    assert made.std() == pytest.approx(np.sqrt(1 - share), rel=0.02)
    assert (augmenter.synthetic_["step"] == step).all()


def test_noise_lacks_only_the_shrinking(scans):
    images, labels = scans[0] / 255, scans[1]
    arguments = {"step": 4, "clip": False, "random_state": 3}
    diffused, _ = ForwardDiffusionAugmenter(**arguments).fit_resample(images, labels)
    noisy, _ = GaussianNoiseAugmenter(**arguments).fit_resample(images, labels)
    parents = images[np.arange(14)[10:]]
    gap = (noisy - diffused)[14:]
    factor = 1 - np.sqrt(signal_shares(5, 1e-4, 0.02)[3])
    assert len(parents) == 4
    assert np.abs(gap).max() <= factor + 1e-6
    assert (gap >= -1e-6).all()


def test_drawn_steps_use_every_step():
    images, labels = np.zeros((210, 4, 4)), np.array([0] * 200 + [1] * 10)
    augmenter = ForwardDiffusionAugmenter(random_state=0)
    augmenter.fit_resample(images, labels)
    assert set(augmenter.synthetic_["step"]) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("name", AUGMENTERS)
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_every_augmenter_keeps_the_contract(name, colour, dtype, scans):
    images, labels = scans
    images = np.repeat(images[..., None], 3, axis=-1) if colour else images
    images = images if dtype == np.uint8 else (images / 255).astype(dtype)
    augmenter = make(name, rho=0.7, random_state=0)
    more, more_labels = augmenter.fit_resample(images, labels)
    assert more.shape == (17, *images.shape[1:])
    assert more.dtype == images.dtype
    assert more_labels.dtype == labels.dtype
    np.testing.assert_array_equal(more[:14], images)
    np.testing.assert_array_equal(more_labels[:14], labels)
    assert (more_labels[14:] == "r").all()
    table = augmenter.synthetic_
    assert table["row"].tolist() == [14, 15, 16]
    assert table["label"].tolist() == ["r"] * 3
    origin = table["nearest" if name == "ddpm" else "parent"]
    assert origin.between(10, 13).all()
    assert more.max() <= (255 if dtype == np.uint8 else 1)
    assert more.min() >= 0
    again, _ = clone(augmenter).fit_resample(images, labels)
    np.testing.assert_array_equal(again, more)


def test_parents_are_used_evenly():
    images, labels = np.zeros((105, 4, 4)), np.array([0] * 100 + [1] * 5)
    augmenter = ForwardDiffusionAugmenter(rho=1.0, random_state=0)
    augmenter.fit_resample(images, labels)
    assert augmenter.synthetic_["parent"].value_counts().tolist() == [19] * 5


def test_every_rare_class_is_filled_and_full_ones_are_left():
    labels = np.repeat([3, 5, 9], [20, 15, 1])
    augmenter = MixupAugmenter(rho=0.7, random_state=0)
    _, more = augmenter.fit_resample(np.zeros((36, 4, 4)), labels)
    assert np.bincount(more)[[3, 5, 9]].tolist() == [20, 15, 14]
    # The class with one image can only be mixed with itself.
    assert (augmenter.synthetic_["partner"] == 35).all()


def test_nothing_to_add():
    images, labels = np.zeros((4, 4, 4)), np.array([0, 0, 1, 1])
    augmenter = ForwardDiffusionAugmenter()
    more, _ = augmenter.fit_resample(images, labels)
    assert len(more) == 4
    assert augmenter.synthetic_.columns.tolist() == ["row", "label", "parent"]
    assert len(augmenter.synthetic_) == 0


def test_mixup_is_its_formula(scans):
    images, labels = scans[0] / 255, scans[1]
    mixup = MixupAugmenter(rho=1.0, random_state=0)
    more, _ = mixup.fit_resample(images, labels)
    for _, row in mixup.synthetic_.iterrows():
        expected = row.share * images[row.parent] + (1 - row.share) * images[row.partner]
        np.testing.assert_allclose(more[row.row], expected, atol=1e-6)
        assert row.share >= 0.5
        assert row.parent != row.partner


def test_affine_without_motion_is_the_image_and_a_shift_shifts(scans):
    images, labels = scans[0] / 255, scans[1]
    still = RandomAffineAugmenter(degrees=0, shift=0, scale=0, random_state=0)
    more, _ = still.fit_resample(images, labels)
    np.testing.assert_allclose(more[14:], images[still.synthetic_["parent"]], atol=1e-5)

    spot = np.zeros((3, 21, 21))
    spot[:, 10, 10] = 1
    mover = RandomAffineAugmenter(degrees=0, shift=0.3, scale=0, rho=1.0, random_state=1)
    more, _ = mover.fit_resample(spot, np.array([0, 0, 1]))
    weight = more[3] / more[3].sum()
    row = mover.synthetic_.iloc[0]
    assert (weight * np.arange(21)).sum() - 10 == pytest.approx(row.shift_x * 21, abs=0.05)
    assert (weight * np.arange(21)[:, None]).sum() - 10 == pytest.approx(row.shift_y * 21, abs=0.05)


def test_a_quarter_turn_of_an_oblong_image_keeps_distances():
    image = np.zeros((2, 11, 41))
    image[:, 5, 24] = 1  # four pixels right of the middle
    turner = RandomAffineAugmenter(degrees=90, shift=0, scale=0, rho=1.0, random_state=0)
    more, _ = turner.fit_resample(np.concatenate([image, image[:1]]), np.array([0, 0, 1]))
    weight = more[3] / more[3].sum()
    x = (weight * np.arange(41)).sum() - 20
    y = (weight * np.arange(11)[:, None]).sum() - 5
    assert np.hypot(x, y) == pytest.approx(4, abs=0.1)


def test_the_unet_learns():
    torch.manual_seed(0)
    unet = SmallUNet(3, width=8)
    x = torch.rand(2, 3, 10, 7)
    assert unet(x, torch.tensor([0, 9])).shape == x.shape
    ddpm = DDPMAugmenter(
        train_steps=60, sample_steps=2, width=8, learning_rate=5e-3, random_state=0
    )
    ddpm.fit_resample(np.full((4, 8, 8), 0.5), np.array([0, 0, 0, 1]))
    [losses] = ddpm.losses_
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


@pytest.mark.parametrize(
    ("augmenter", "what"),
    [
        (ForwardDiffusionAugmenter(T=0), "T is 0"),
        (ForwardDiffusionAugmenter(step=6), "step is 6"),
        (ForwardDiffusionAugmenter(step="last"), "step is 'last'"),
        (ForwardDiffusionAugmenter(beta_end=1.0), "beta_end is 1.0"),
        (ForwardDiffusionAugmenter(rho=0), "rho is 0"),
        (ForwardDiffusionAugmenter(rho=1.5), "rho is 1.5"),
        (MixupAugmenter(alpha=0), "alpha is 0"),
        (RandomAffineAugmenter(shift=1), "shift is 1"),
        (DDPMAugmenter(width=12), "width is 12"),
        (DDPMAugmenter(train_steps=0), "train_steps is 0"),
    ],
)
def test_parameters_out_of_range(augmenter, what):
    with pytest.raises(InputError, match=what):
        augmenter.fit_resample(np.zeros((3, 4, 4)), np.array([0, 0, 1]))


NO_NUMBERS = ["x", None, [1], True, float("nan"), float("inf"), -float("inf"), -1]


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("name", AUGMENTERS)
def test_invalid_numbers(name, value):
    augmenter = make(name)
    for parameter in set(augmenter.get_params()) - {"clip", "device", "step", "random_state"}:
        with pytest.raises(InputError, match=f"{parameter} is "):
            clone(augmenter).set_params(**{parameter: value}).fit_resample(
                np.zeros((3, 4, 4)), [0, 0, 1]
            )


@pytest.mark.parametrize(
    ("augmenter", "what"),
    [
        (ForwardDiffusionAugmenter(T=10**9), "T is"),
        (ForwardDiffusionAugmenter(step=True), "step is True"),
        (ForwardDiffusionAugmenter(clip="x"), "clip is 'x'"),
        (MixupAugmenter(random_state="x"), "random_state is 'x'"),
        (MixupAugmenter(random_state=-1), "random_state is -1"),
        (MixupAugmenter(random_state=True), "random_state is True"),
        (DDPMAugmenter(width=0), "width is 0"),
        (DDPMAugmenter(learning_rate=0), "learning_rate is 0"),
        (DDPMAugmenter(beta_start=0, beta_end=0), "beta_end is 0"),
        (DDPMAugmenter(T=10_000, beta_end=0.5), "T is 10000"),
        (DDPMAugmenter(device="x"), "device is 'x'"),
        (DDPMAugmenter(device="cuda:99"), "not available"),
    ],
)
def test_invalid_combinations(augmenter, what):
    with pytest.raises(InputError, match=what):
        augmenter.fit_resample(np.zeros((3, 4, 4)), [0, 0, 1])


def test_a_diverged_diffusion_model_is_refused(scans, monkeypatch):
    monkeypatch.setattr(
        "rarebit.imaging.augmentation.ddpm.mse_loss", lambda found, true: (found * torch.nan).sum()
    )
    ddpm = make("ddpm", rho=1.0, random_state=0)
    with pytest.raises(InputError, match="diverged at batch 1: give a lower learning_rate"):
        ddpm.fit_resample(*scans)


def test_more_sampling_steps_than_steps(scans):
    made = [
        make("ddpm", rho=1.0, random_state=0).set_params(T=4, sample_steps=n).fit_resample(*scans)
        for n in (4, 10**9)
    ]
    np.testing.assert_array_equal(made[0][0], made[1][0])


@pytest.mark.parametrize("labels", [[0, None, 1], [0.0, np.nan, 1.0], [1, "x", "x"], np.eye(3)])
def test_invalid_labels(labels):
    with pytest.raises(InputError, match="labels"):
        MixupAugmenter().fit_resample(np.zeros((3, 4, 4)), labels)


@pytest.mark.parametrize(
    ("images", "what"),
    [
        (np.zeros((3, 4)), "shape"),
        (np.zeros((3, 4, 4, 2)), "shape"),
        (np.zeros((3, 4, 4, 4, 1)), "volumes"),
        (np.zeros((0, 4, 4)), "at least one pixel"),
        (np.zeros((3, 4, 4), dtype=np.int64), "int64"),
        (np.full((3, 4, 4), 255.0), "divide"),
        (np.full((3, 4, 4), np.nan), "NaN"),
    ],
)
def test_images_that_cannot_be_used(images, what):
    with pytest.raises(InputError, match=what):
        ForwardDiffusionAugmenter().fit_resample(images, np.array([0, 0, 1]))


def test_clip_false_is_refused_for_integers(scans):
    with pytest.raises(InputError, match="clip"):
        ForwardDiffusionAugmenter(clip=False).fit_resample(*scans)


def test_labels_of_the_wrong_length(scans):
    with pytest.raises(InputError, match="14 images"):
        ForwardDiffusionAugmenter().fit_resample(scans[0], scans[1][:5])
