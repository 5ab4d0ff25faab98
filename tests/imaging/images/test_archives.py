"""Images in the arrays of an .npz file."""

import io
import zipfile

import numpy as np
import pytest
from pictures import noise

from rarebit.exceptions import InputError
from rarebit.imaging.images.data import read_images


def test_medmnist_files(tmp_path):
    path = tmp_path / "m.npz"
    parts = {"train": 6, "val": 2, "test": 3}
    arrays = {f"{p}_images": noise(n, 28, 28, seed=n) for p, n in parts.items()}
    arrays |= {f"{p}_labels": (np.arange(n) % 2)[:, None] for p, n in parts.items()}
    np.savez(path, **arrays)
    data = read_images(path)
    assert data.images.shape == (11, 28, 28)
    assert data.labels.tolist()[:3] == [0, 1, 0]
    assert data.split.tolist() == ["train"] * 6 + ["val"] * 2 + ["test"] * 3
    assert data.names[7] == "7"
    assert read_images(path, image_size=32).images.shape == (11, 32, 32)
    assert read_images(path, labelled=False).labels is None


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        (
            {"images": noise(4, 6, 6), "labels": [0, 1, np.nan, 1]},
            r"m.npz: labels has 1 of 4 values missing",
        ),
        (
            {"images": noise(4, 6, 6), "labels": np.array(["a", "b"] * 2, dtype=object)},
            "save text as an array of str",
        ),
        (
            {"images": np.array([noise(2, 2), "x"], dtype=object), "labels": [0, 1]},
            "save text as an array of str",
        ),
        (
            {"images": noise(4, 6, 6) / 1.0, "labels": [0, 0, 1, 1]},
            r"m.npz: images have pixels from 0",
        ),
        (
            {"images": np.full((4, 6, 6), np.nan), "labels": [0, 0, 1, 1]},
            r"m.npz: images have missing pixels",
        ),
        (
            {"images": noise(4, 6, 6), "labels": [0, 0, 1, 1], "groups": [1, 2]},
            r"m.npz: groups has shape \(2,\)",
        ),
        ({"x": np.zeros(3)}, "has the arrays x"),
        ({"images": noise(3, 8, 8)}, "without labels"),
        (
            {"images": noise(3, 8, 8), "labels": np.array([0, 1])},
            r"m.npz: labels has shape \(2,\): give one label for each of the 3",
        ),
        ({"images": noise(4, 6, 6), "labels": 3}, r"labels has shape \(\)"),
        ({"images": 3, "labels": 3}, "shape"),
        (
            {"images": noise(4, 6, 6), "labels": [0, 1, np.inf, 1]},
            r"m.npz: labels has 1 of 4 values missing",
        ),
        ({"images": noise(4, 6, 6), "labels": [0, 1, 0.5, 1]}, "m.npz: labels has numbers with"),
        (
            {"images": noise(4, 6, 6), "labels": [0, 0, 1, 1], "groups": [1, 2, np.nan, 3]},
            "groups has 1 of 4 values missing",
        ),
        (
            {
                "train_images": noise(4, 6, 6),
                "train_labels": [0, 0, 1, 1],
                "test_images": noise(4, 6, 6) / 255,
                "test_labels": [0, 0, 1, 1],
            },
            r"different types \(uint8, float64\)",
        ),
        ({"images": noise(3, 8, 8), "labels": np.zeros((3, 14))}, r"labels has shape \(3, 14\)"),
        ({"images": noise(3, 28, 28, 28), "labels": np.array([0, 1, 1])}, "volumes"),
        ({"images": noise(3, 8, 8), "labels": np.array([1, 1, 1])}, "one class"),
        ({"images": np.array([{"a": 1}], dtype=object), "labels": np.array([0])}, "cannot be read"),
    ],
)
def test_npz_files_that_cannot_be_used(tmp_path, arrays, what):
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(InputError, match=what):
        read_images(tmp_path / "m.npz")


def test_arrays_that_do_not_fit_into_memory(tmp_path):
    header = io.BytesIO()
    shape = (10**8, 10**4, 10**4)  # more than there are addresses
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as file:
        file.writestr("images.npy", header.getvalue())
    with pytest.raises(InputError, match="do not fit into memory"):
        read_images(tmp_path / "m.npz")


def test_a_damaged_npz(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"PK rubbish")
    with pytest.raises(InputError, match="cannot be read"):
        read_images(tmp_path / "m.npz")


def test_an_npz_larger_than_memory_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "m.npz", images=np.zeros((300, 1024, 1024), np.uint8))
    monkeypatch.setattr("rarebit._common.memory.available_memory", lambda: 2**28)
    with pytest.raises(InputError, match=r"m.npz needs at least 0.3 GiB of memory, and 0.2 GiB"):
        read_images(tmp_path / "m.npz")


def test_labels_of_an_npz_are_text_or_numbers(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, images=noise(4, 6, 6), labels=np.array([b"ill", b"well"] * 2))
    assert read_images(path).labels.tolist() == ["ill", "well"] * 2


def test_an_empty_split_is_ignored(tmp_path):
    path = tmp_path / "a.npz"
    images, labels = noise(4, 6, 6), np.array([0, 0, 1, 1])
    np.savez(
        path, train_images=images, train_labels=labels, val_images=images[:0],
        val_labels=labels[:0], test_images=images, test_labels=labels,
    )  # fmt: skip
    assert np.unique(read_images(path).split).tolist() == ["test", "train"]


def test_a_single_array_is_refused(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, noise(4, 6, 6))
    with pytest.raises(InputError, match="a single array"):
        read_images(tmp_path / "a.npz")
