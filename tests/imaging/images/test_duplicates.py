"""Duplicates are found, and stay with their group."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.pixels import resize


def smooth(n, seed=0, size=40):
    rng = np.random.default_rng(seed)
    return resize(rng.integers(0, 256, (n, 8, 8), dtype=np.uint8), size, size)


def test_duplicates_are_found_despite_changes_of_light_size_and_noise():
    images = smooth(6)
    rng = np.random.default_rng(1)
    dark = (images[0] // 2 + 20)[None]
    noisy = np.clip(images[1] + rng.normal(0, 4, (40, 40)), 0, 255).astype(np.uint8)[None]
    rescaled = resize(resize(images[2:3], 20, 20), 40, 40)
    mirrored = images[3:4, :, ::-1]
    found = find_duplicates(np.concatenate([images, dark, noisy, rescaled, mirrored, images[5:]]))
    pairs = set(zip(found["first"], found["second"], strict=True))
    assert pairs == {(0, 6), (1, 7), (2, 8), (5, 10)}
    assert found["exact"].tolist() == [False, False, False, True]


def test_colour_images_and_blank_ones():
    images = np.repeat(smooth(3)[..., None], 3, axis=-1)
    blank = np.zeros((2, 40, 40, 3), dtype=np.uint8)
    found = find_duplicates(np.concatenate([images, images[:1], blank, blank[:1] + 9]))
    assert found[["first", "second"]].to_numpy().tolist() == [[0, 3], [4, 5]]
    assert found["exact"].all()
    assert len(find_duplicates(images[:1])) == 0


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8))
def test_sets_are_the_components_of_a_graph(ties):
    pairs = pd.DataFrame(ties, columns=["first", "second"], dtype=np.int64)
    groups = np.array([0, 0, 1, 1, 2, 3, 4, 5])
    label = list(range(8))
    for _ in range(8):  # brute force: spread the smallest label
        for i, j in [*ties, (0, 1), (2, 3)]:
            label[i] = label[j] = min(label[i], label[j])
    found = keep_together(8, pairs, groups)
    same = np.array(label)[:, None] == np.array(label)
    np.testing.assert_array_equal(found[:, None] == found, same)


@pytest.mark.needs_data
def test_exact_repeats_of_pneumoniamnist_are_found():
    folder = os.environ.get("RAREBIT_DATA")
    path = Path(folder or "") / "images" / "pneumoniamnist.npz"
    if not folder or not path.is_file():
        pytest.skip("RAREBIT_DATA names no folder with PneumoniaMNIST")
    images = np.load(path)["train_images"]
    repeats = len(images) - len({image.tobytes() for image in images})
    found = find_duplicates(images)
    assert len(set(found.loc[found["exact"], "second"])) == repeats > 0
