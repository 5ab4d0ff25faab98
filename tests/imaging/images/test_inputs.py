"""Images from arrays and torch data sets, and what is refused."""

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, IterableDataset

from rarebit.exceptions import InputError
from rarebit.imaging import SDAQECClassifier
from rarebit.imaging.images.inputs import images_and_labels, images_of
from rarebit.imaging.images.pixels import check_images

IMAGE = np.zeros((6, 6), dtype=np.uint8)


class Items(Dataset):
    """A data set of whatever a function gives."""

    def __init__(self, item, n=4):
        self.item, self.n = item, n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return self.item(i)


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (lambda i: IMAGE, "Item 0 .* not a pair"),
        (lambda i: (IMAGE, i % 2, "more"), "not a pair"),
        (lambda i: (IMAGE, np.array([0, 1])), "give one label an image"),
        (lambda i: (IMAGE, np.array([])), "give one label an image"),
        (lambda i: (IMAGE, [0] * (1 + i % 2)), "rows of different length"),
        (lambda i: (IMAGE, None), "missing"),
        (lambda i: (IMAGE, np.nan if i == 2 else 0), "1 of 4 values missing .* position 2"),
        (lambda i: (IMAGE, [1, "x"][i % 2]), "mixes numbers and text"),
        (lambda i: (IMAGE[: 4 + i % 2], i % 2), "different sizes"),
        (lambda i: (None, i % 2), "shape"),
    ],
)
def test_invalid_torch_data_sets(item, what):
    with pytest.raises(InputError, match=what):
        images_and_labels(Items(item), None)


def test_a_data_set_without_a_length():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter([(IMAGE, 0)])

    with pytest.raises(InputError, match="no length"):
        images_of(Stream())


def test_tensors_with_a_gradient_are_images_too():
    assert check_images(torch.rand(2, 5, 5, requires_grad=True)).shape == (2, 5, 5)
    images, _ = images_and_labels(
        Items(lambda i: (torch.rand(1, 5, 5, requires_grad=True), i % 2)), None
    )
    assert images.shape == (4, 5, 5)


@pytest.mark.parametrize(
    ("images", "what"),
    [
        (np.ma.masked_array(np.zeros((2, 4, 4)), mask=np.eye(4)[None].repeat(2, 0)), "masked"),
        (torch.zeros(2, 4, 4, dtype=torch.bfloat16), "NumPy array"),
        (None, "shape"),
        ("scan.png", "shape"),
        (np.zeros((2, 4, 4), dtype=object), "type object"),
    ],
)
def test_invalid_images(images, what):
    with pytest.raises(InputError, match=what):
        check_images(images)


@pytest.mark.parametrize("images", [np.zeros((5, 1, 1)), np.full((5, 6, 6), 7, dtype=np.uint8)])
@pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")
def test_single_pixels_and_blank_images_can_be_fitted(images):
    model = SDAQECClassifier("resnet18", epochs=1, random_state=0).fit(images, [0, 0, 0, 1, 1])
    proba = model.predict_proba(images)
    np.testing.assert_allclose(proba, proba[[0, 0, 0, 0, 0]], atol=1e-6)  # the images are equal
    assert 0.1 < proba[0, 1] < 0.9


def test_hardware_of_another_type_is_refused():
    model = SDAQECClassifier("resnet18", epochs=1, random_state=0)
    model.fit(np.random.default_rng(0).random((6, 8, 8)), [0, 0, 0, 1, 1, 1])
    with pytest.raises(InputError, match="hardware is 5"):
        model.predict_proba(np.zeros((2, 8, 8)), hardware=5)
