"""The reproduction of SDA-QEC: every cell once, resumable; nothing crosses to test images."""

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.reproduce import sda_qec


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    arrays = {}
    for part, n in (("train", 60), ("val", 10), ("test", 14)):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, 12, 12), dtype=np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % 4 > 0).astype(np.uint8)[:, None]
    arrays["test_images"][0] = arrays["train_images"][7]
    np.savez(tmp_path / "images" / "pneumoniamnist.npz", **arrays)
    np.savez(
        tmp_path / "images" / "busi_128.npz",
        images=rng.integers(0, 256, (40, 12, 12), dtype=np.uint8),
        labels=(np.arange(40) % 3)[:, None].astype(np.uint8),
        names=np.array([f"b{i}" for i in range(40)]),
    )
    return tmp_path


def test_arms_are_unique_and_named_by_what_differs():
    arms = sda_qec.all_arms()
    assert len({(arm.study, arm.name) for arm in arms}) == len(arms)
    assert [arm.name for arm in arms if arm.study == "schedule"][:2] == ["T = 1", "T = 3"]


def test_the_rare_class_is_cut_in_training_only(folder):
    whole = sda_qec.pneumonia(folder, False, 12)
    cut = sda_qec.pneumonia(folder, True, 12)
    training = cut.split != "test"
    common, rare = (cut.labels[training] == 1).sum(), (cut.labels[training] == 0).sum()
    assert rare == common // 10
    assert (cut.split == "test").sum() == (whole.split == "test").sum() == 14


def test_no_duplicate_of_a_test_image_is_trained_on(folder):
    data = sda_qec.pneumonia(folder, False, 12)
    rest, test, _ = sda_qec.split(data, 0)
    assert 7 not in rest
    assert len(rest) == 69
    assert len(test) == 14


@pytest.mark.slow
def test_cells_are_run_once_and_resumed(folder, monkeypatch):
    options = {
        "datasets": ["busi malignant"], "studies": ["main"], "seeds": [0], "image_size": 12,
        "steps": 1,
    }  # fmt: skip
    arms = [arm for arm in sda_qec.all_arms() if arm.name in ("SDA-QEC", "mobilenet_v2")]
    monkeypatch.setattr(sda_qec, "all_arms", lambda: arms[:1])
    first = sda_qec.run_cells(folder / "out", folder, **options)
    assert set(first["arm"]) == {"SDA-QEC"}
    assert set(first["test"]) == {"original", "balanced"}
    assert len(first) == 2 * (1 + len(sda_qec.HARDWARE))
    monkeypatch.setattr(sda_qec, "all_arms", lambda: arms)
    ran = []
    cell = sda_qec.run_cell
    monkeypatch.setattr(sda_qec, "run_cell", lambda arm, *a: ran.append(arm.name) or cell(arm, *a))
    both = sda_qec.run_cells(folder / "out", folder, **options)
    assert ran == ["mobilenet_v2"]
    pd.testing.assert_frame_equal(both.iloc[: len(first)], first)
    assert len(both) == len(first) + 2
    with pytest.raises(InputError, match="other settings"):
        sda_qec.run_cells(folder / "out", folder, **options | {"steps": 2})


def test_fidelity_has_a_line_for_every_augmenter(folder, monkeypatch):
    arms = [arm for arm in sda_qec.all_arms() if arm.name in ("noise", "T = 1")]
    monkeypatch.setattr(sda_qec, "all_arms", lambda: arms)
    found = sda_qec.fidelity_table(sda_qec.busi(folder, 12), None)
    assert found["augmenter"].tolist() == ["real", "diffusion", "noise", "T = 1"]
    assert (found["frechet_distance"] > 0).all()


def test_gradients_of_more_wires_vary_less():
    found = sda_qec.gradient_variance(depths=(8,), n_draws=40).set_index("reading")["variance"]
    assert found["full"] < found["embedded"]
