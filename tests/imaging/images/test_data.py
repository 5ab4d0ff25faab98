"""Reading images: every kind of file and folder, and every error."""

import os
import warnings

import numpy as np
import pytest
from pictures import noise, write
from PIL import Image

from rarebit._common.checks import coded
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging.images.data import read_images


@pytest.fixture
def scans(tmp_path):
    root = tmp_path / "scans"
    for label, n in (("ill", 2), ("well", 4)):
        for i in range(n):
            write(root / label / f"{i}.png", noise(12, 12, seed=10 * n + i))
    return root


def test_a_folder_is_read_in_order(scans):
    data = read_images(scans, image_size=12)
    assert data.images.shape == (6, 12, 12)
    assert data.images.dtype == np.uint8
    assert data.labels.tolist() == ["ill"] * 2 + ["well"] * 4
    assert data.names.tolist()[:3] == ["ill/0.png", "ill/1.png", "well/0.png"]
    np.testing.assert_array_equal(data.images[2], noise(12, 12, seed=40))
    assert data.split is None
    assert read_images(scans).images.shape == (6, 224, 224)


def test_mixed_sizes_modes_and_formats(tmp_path):
    grey, colour = noise(20, 30), noise(16, 9, 3)
    write(tmp_path / "a" / "l.png", grey)
    write(tmp_path / "a" / "rgb.JPG", colour, format="JPEG")
    write(tmp_path / "a" / "cmyk.jpeg", colour, "CMYK")
    write(tmp_path / "a" / "palette.png", colour, "P")
    write(tmp_path / "b" / "alpha.png", colour, "RGBA")
    write(tmp_path / "b" / "grey_alpha.png", grey, "LA")
    write(tmp_path / "b" / "bits.tif", grey, "1")
    write(
        tmp_path / "b" / "s" / "deep.tiff", np.arange(1000, 1600, dtype=np.uint16).reshape(20, 30)
    )
    write(tmp_path / "b" / "float.tif", grey.astype(np.float32) / 1000)
    with pytest.warns(RarebitWarning, match="2 images with more than 8 bits"):
        data = read_images(tmp_path, image_size=8)
    assert data.images.shape == (9, 8, 8, 3)
    deep = data.images[data.names.tolist().index("b/s/deep.tiff")]
    assert deep.min() < 20
    assert deep.max() > 235


def test_colour_files_of_grey_images_are_grey(scans):
    write(scans / "well" / "9.png", np.repeat(noise(12, 12)[..., None], 3, axis=-1))
    assert read_images(scans, image_size=12).images.ndim == 3


def test_exif_orientation_is_applied(tmp_path):
    pixels = np.zeros((8, 8), dtype=np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    write(tmp_path / "a" / "x.png", pixels, exif=exif)
    write(tmp_path / "b" / "y.png", pixels)
    data = read_images(tmp_path, image_size=8, labelled=False)
    assert data.images[0][:, -1].min() == 255
    assert data.images[1][0].min() == 255


def test_broken_images_are_named_and_refused_or_skipped(scans):
    (scans / "well" / "empty.png").write_bytes(b"")
    good = (scans / "well" / "0.png").read_bytes()
    (scans / "well" / "short.png").write_bytes(good[: len(good) // 2])
    (scans / "well" / "text.jpg").write_text("not an image")
    with pytest.raises(InputError, match=r"3 of 9 images cannot be opened: well/empty.png"):
        read_images(scans, image_size=8)
    with pytest.warns(RarebitWarning, match=r"3 broken images left out.*well/short.png"):
        data = read_images(scans, image_size=8, skip_broken=True)
    assert len(data) == 6
    assert "well/0.png" in data.names


def test_all_broken_is_refused_even_when_skipping(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        (tmp_path / label / "x.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match="2 of 2"):
        read_images(tmp_path, skip_broken=True)


def test_one_class_empty_folder_and_files_without_class(tmp_path, scans):
    with pytest.raises(InputError, match="has no image"):
        read_images(tmp_path / "scans" / "ill")  # images, but no class folders
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError, match="has no image"):
        read_images(tmp_path / "bare")
    with pytest.raises(InputError, match="does not exist"):
        read_images(tmp_path / "missing")
    with pytest.raises(InputError, match="one subfolder a class"):
        read_images(scans / "ill" / "0.png")
    for image in (scans / "ill").iterdir():
        image.unlink()
    with pytest.raises(InputError, match="one class, 'well'"):
        read_images(scans, image_size=8)


def test_classes_that_differ_only_in_how_they_are_written(scans):
    write(scans / "ILL" / "0.png", noise(8, 8))
    write(scans / "well " / "0.png", noise(8, 8, seed=1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        notes = read_images(scans, image_size=8).notes
    assert [str(w.message) for w in caught] == [coded(note) for note in notes]
    assert notes[0].startswith("The classes 'ILL' and 'ill' differ only in how they are written")
    assert notes[1].startswith("The classes 'well' and 'well ' differ only in how they are written")


def test_a_class_with_one_image_and_loose_files_are_noted(scans):
    (scans / "ill" / "1.png").unlink()
    (scans / "odd").mkdir()
    write(scans / "loose.png", noise(8, 8))
    (scans / "notes.txt").write_text("ignored")
    (scans / ".cache").mkdir()
    write(scans / ".cache" / "x.png", noise(8, 8))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = read_images(scans, image_size=8)
    said = " ".join(str(w.message) for w in caught)
    assert "Class 'ill' has one image" in said
    assert "1 image outside the class folders left out" in said
    assert "left out: odd" in said
    assert len(data) == 5


def test_masks_beside_their_images_are_left_out(scans):
    write(scans / "ill" / "0_mask.png", noise(12, 12))
    write(scans / "ill" / "0_mask_1.png", noise(12, 12))
    write(scans / "ill" / "protective_mask.png", noise(12, 12, seed=77))
    with pytest.warns(RarebitWarning, match="2 masks of other images left out"):
        data = read_images(scans, image_size=8)
    assert "ill/protective_mask.png" in data.names
    assert len(data) == 7


def test_train_and_test_folders_are_splits_not_classes(tmp_path):
    for part in ("train", "Test"):
        for label in ("ill", "well"):
            for i in range(2):
                write(tmp_path / part / label / f"{i}.png", noise(8, 8, seed=i))
    data = read_images(tmp_path, image_size=8)
    assert set(data.labels) == {"ill", "well"}
    assert data.split.tolist().count("test") == 4
    assert data.take(data.split == "test").names[0].startswith("Test/")


def test_only_the_first_frame_of_a_stack(scans):
    frames = [Image.fromarray(noise(8, 8, seed=i)) for i in range(3)]
    frames[0].save(scans / "ill" / "stack.tif", save_all=True, append_images=frames[1:])
    with pytest.warns(RarebitWarning, match=r"first of several frames.*stack.tif"):
        data = read_images(scans, image_size=8)
    np.testing.assert_array_equal(data.images[2], noise(8, 8, seed=0))


def test_unlabelled_images_from_any_folder_or_one_file(scans):
    data = read_images(scans, image_size=8, labelled=False)
    assert data.labels is None
    assert len(data) == 6
    one = read_images(scans / "ill" / "0.png", image_size=8, labelled=False)
    assert one.names.tolist() == ["0.png"]


@pytest.mark.parametrize("size", [0, -1, 1.5, "x", True, float("nan"), 1_000_000])
def test_invalid_sizes(scans, size):
    with pytest.raises(InputError, match=r"image_size is .* from 1 to 4,096"):
        read_images(scans, image_size=size)


@pytest.mark.parametrize("path", [None, 5, b"x", ["a"]])
def test_invalid_paths(path):
    with pytest.raises(InputError, match="path is"):
        read_images(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.timeout(20)
def test_a_named_pipe_is_refused(scans):
    os.mkfifo(scans / "ill" / "pipe.png")
    with pytest.raises(InputError, match=r"ill/pipe.png \(not a file, but a pipe"):
        read_images(scans, image_size=8)


def test_groups_from_a_csv(scans, tmp_path):
    path = tmp_path / "groups.csv"
    names = [f"ill/{i}.png" for i in range(2)] + [f"well/{i}.png" for i in range(4)]
    path.write_text("image,group\n" + "".join(f"{n},p{i // 2}\n" for i, n in enumerate(names)))
    data = read_images(scans, image_size=8, groups=path)
    assert data.groups.tolist() == ["p0", "p0", "p1", "p1", "p2", "p2"]
    path.write_text("image,group\nill/0.png,p0\nill/1.png,\n")
    with pytest.raises(InputError, match=r"no group for 5 of 6 images, such as ill/1\.png"):
        read_images(scans, image_size=8, groups=path)
    path.write_text("image,group\nill/0.png,p0\nill\\0.png,p1\n")
    with pytest.raises(InputError, match=r"several groups for ill/0\.png"):
        read_images(scans, image_size=8, groups=path)
    path.write_text("file,patient\na,b\n")
    with pytest.raises(InputError, match="give 'image' and 'group'"):
        read_images(scans, image_size=8, groups=path)
    with pytest.raises(InputError, match="cannot be read"):
        read_images(scans, image_size=8, groups=tmp_path / "none.csv")


def test_image_size_below_one(scans):
    with pytest.raises(InputError, match="image_size"):
        read_images(scans, image_size=0)


def test_links_are_followed_but_not_in_circles_nor_into_other_classes(scans, tmp_path):
    write(tmp_path / "patient" / "0.png", noise(12, 12, seed=1))
    (scans / "ill" / "patient").symlink_to(tmp_path / "patient")
    (scans / "ill" / "back").symlink_to(scans)
    data = read_images(scans, image_size=12)
    assert data.names[data.labels == "ill"].tolist() == [
        "ill/0.png", "ill/1.png", "ill/patient/0.png",
    ]  # fmt: skip
    (scans / "ill" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(InputError, match=r"1 of 8 .* ill/lost.png \(a broken link\)"):
        read_images(scans, image_size=12)


def test_everything_left_out_is_counted_by_ending(scans):
    for name in ("a.DCM", "b.nii.gz", "c.nii.gz", "README", "d.npy"):
        (scans / "ill" / name).write_bytes(b"DICM")
    (scans / "labels.csv").write_text("a,b")
    (scans / "well" / ".hidden.gif").write_bytes(b"GIF89a")
    (scans / "well" / ".DS_Store").write_bytes(b"x")
    write(scans / "__MACOSX" / "ill" / "x.png", noise(8, 8))
    write(scans / "ill" / ".ipynb_checkpoints" / "x.png", noise(8, 8))
    (scans / "docs").mkdir()
    with pytest.warns(RarebitWarning) as told:
        data = read_images(scans, image_size=8)
    assert len(data) == 6
    assert [str(w.message) for w in told] == [coded(note) for note in data.notes]
    assert data.notes == [
        "Files left out, since they are not read as images: 1 .csv, 1 .dcm, 2 .nii.gz, 1 .npy and "
        "1 without an ending.",
        "Hidden and system files and folders left out: __MACOSX, ill/.ipynb_checkpoints, "
        "well/.hidden.gif.",
        "Folders without an image left out: docs.",
    ]  # fmt: skip
    with pytest.warns(RarebitWarning):
        bare = read_images(scans, image_size=8, labelled=False)
    assert bare.notes == data.notes[:2]


def test_other_endings_and_files_without_one_are_read(scans):
    for name, kind in (("a.JFIF", "JPEG"), ("b.webp", "WEBP"), ("IM0001", "PNG"), ("1.2.3", "BMP")):
        write(scans / "ill" / name, noise(8, 8), format=kind)
    data = read_images(scans, image_size=8)
    assert (data.labels == "ill").sum() == 6


def test_a_folder_beside_the_parts_makes_no_classes_of_them(tmp_path):
    for part in ("train", "val", "test", "__MACOSX/train", "more"):
        for label in ("ill", "well"):
            write(tmp_path / part / label / "0.png", noise(8, 8, seed=len(part)))
    with pytest.warns(RarebitWarning):
        data = read_images(tmp_path, image_size=8)
    assert data.notes[1] == "Folders beside test, train and val left out: more (2 images)."
    assert data.split.tolist() == ["test"] * 2 + ["train"] * 2 + ["val"] * 2
    assert data.labels.tolist() == ["ill", "well"] * 3


@pytest.mark.parametrize(
    ("folders", "what"),
    [
        (("train/a", "train/b", "val/a", "val/c"), "no image of c, of which the val split has 1"),
        (("train/a", "test/b"), "no image of b, of which the test split has 1"),
        (("train/a", "train/b", "val/c", "test/c"), "of which the test and val split has 2"),
        (("train/ill", "train/well", "test/ILL"), "'ILL' and 'ill' differ only in how they are"),
        (("train/a", "test/a"), "one class, 'a'"),
        (("train", "test"), "hold images without class folders"),
    ],
)
def test_parts_that_hold_other_classes_are_refused(tmp_path, folders, what):
    for folder in folders:
        write(tmp_path / folder / "0.png", noise(8, 8))
    with pytest.raises(InputError, match=what):
        read_images(tmp_path, image_size=8)


def test_any_file_name(tmp_path):
    for name in ("mit leer zeichen", "日本", "[red]", "a & <b>"):
        write(tmp_path / "ü <i>" / f"{name}.PNG", noise(12, 12))
        write(tmp_path / "z" / f"{name}.png", noise(1, 1))
        write(tmp_path / "z" / f"{name} wide.bmp", noise(3, 200))
    data = read_images(tmp_path, image_size=4)
    assert np.unique(data.labels).tolist() == ["z", "ü <i>"]
    assert "ü <i>/日本.PNG" in data.names
