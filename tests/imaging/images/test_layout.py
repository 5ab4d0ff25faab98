"""Which folders are classes and which are parts of the data, over the trees that people have."""

import itertools
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.imaging.images.layout import arrange, find_parts


def images(*folders, n=2):
    return [PurePath(folder, f"{i}.png") for folder in folders for i in range(n)]


def tree(parts, classes=("ill", "well"), n=2):
    return images(*("/".join(pair) for pair in itertools.product(parts, classes)), n=n)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *((name, "train") for name in ("train", "Training", "TRAIN ", "1_train", "train_set")),
        *((name, "train") for name in ("trainset", "TrainImages", "train2017", "training data")),
        *((name, "val") for name in ("val", "valid", "Validation", "val_set", "02-validation")),
        *((name, "test") for name in ("test", "Testing", "testset", "test1", "3.test imgs")),
    ],
)  # fmt: skip
def test_names_of_parts(name, split):
    assert find_parts([name, "ill"]) == {name: split}


@pytest.mark.parametrize(
    "names",
    [
        ["test_positive", "test_negative"],
        ["contest", "trained", "invalid", "restraint", "interval", "latest"],
        ["pre_training", "post_training"],
        ["train_test", "ill", "42", "", "日本"],
    ],
)
def test_names_of_classes(names):
    assert find_parts(names) == {}


def test_a_word_that_all_parts_share():
    assert find_parts(["seg_train", "seg_test"]) == {"seg_train": "train", "seg_test": "test"}
    assert find_parts(["seg_valid", "seg_test"]) == {}


spellings = st.sampled_from(
    [str, str.upper, str.title, "1_{}".format, "{}_set".format, "{} ".format]
)


@given(
    st.sampled_from(["train", "training"]),
    st.sampled_from(["val", "valid", "validation"]),
    st.sampled_from(["test", "testing"]),
    spellings,
    st.sampled_from([(), ("other",), ("z_docs/x",)]),
)
def test_parts_are_splits_in_any_spelling(train, val, test, spell, beside):
    names = [spell(part) for part in (train, val, test)]
    places, notes = arrange(tree(names) + images(*beside))
    expected = [(c, s) for s in ("train", "val", "test") for c in ("ill", "ill", "well", "well")]
    assert places == [*expected, *[None] * (2 * len(beside))]
    assert any("beside" in note for note in notes) == bool(beside)


def test_class_folders_alone():
    places, notes = arrange([*images("ill", "well/patient1"), PurePath("loose.png")])
    assert places == [("ill", None)] * 2 + [("well", None)] * 2 + [None]
    assert notes == ["1 image outside the class folders left out."]


def test_what_lies_beside_parts_is_named_and_counted():
    _, notes = arrange(tree(["1_train", "2_test"]) + images("sketches", "more", n=3))
    assert notes == [
        "Folders beside 1_train and 2_test left out: sketches (3 images), more (3 images).",
        "Folders read as parts of the data: 1_train (train) and 2_test (test).",
    ]


def test_a_test_part_without_classes_is_left_out():
    places, notes = arrange(tree(["train"]) + images("test", n=5))
    assert places.count(None) == 5
    assert notes == ["5 images outside the class folders left out."]


def test_parts_in_class_folders():
    paths = images("ill/train/patient1", "well/Test")
    assert arrange(paths)[0] == [("ill", "train")] * 2 + [("well", "test")] * 2


def test_the_same_subfolders_in_every_class_are_named():
    places, (note,) = arrange(tree(["clinic_a", "clinic_b"], ["ill", "well", "unsure"]))
    assert {place[0] for place in places} == {"clinic_a", "clinic_b"}
    assert "each with the same subfolders (ill, unsure, well)" in note
    assert arrange(tree(["ill", "well"], ["p1"]))[1] == []


@pytest.mark.parametrize(
    ("paths", "what"),
    [
        (images("train", "test"), "test and train are named like parts of the data, but hold"),
        (images("train", "test", "labels"), "hold images without class folders"),
        (images("ill", "well", "test"), "test is named like parts of the data, but hold"),
        (tree(["val", "test"]), "no training part has images in class folders"),
        (tree(["test"]) + images("ill", "well"), "ill, well both inside test and beside"),
        (tree(["train", "test"]) + images("ill"), "folders named ill both inside"),
        (tree(["train", "test"], ["train", "val"]), "stand where class folders are expected"),
        (tree(["train"], ["test", "control"]), "stand where class folders are expected"),
        (images("ill_train", "ill_test", "well_train", "well_test"), "without class folders"),
        (images("ill/train", "ill/test", "well"), "well/0.png is in none of them"),
        (images("ill/val", "well/test"), "no training part"),
        (
            tree(["clinic_a/train", "clinic_b/train"]),
            r"same folders inside \(ill, well\) and several outside \(clinic_a, clinic_b\)",
        ),
        (tree(["scans/train", "scans/test"]), "All images are in one folder, scans: if"),
        (tree(["scans"]), "All images are in one folder, scans"),
    ],
)
def test_what_could_pass_for_classes_is_refused(paths, what):
    with pytest.raises(InputError, match=what):
        arrange(paths)
