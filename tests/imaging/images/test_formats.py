"""Which files are images, by ending and by content."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rarebit.exceptions import MissingExtraError
from rarebit.imaging.images.formats import ending_of, is_dicom, is_image


def save(path, kind):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).convert("RGB").save(path, kind)
    return path


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.png", ".png"),
        ("B.JFIF", ".jfif"),
        ("scan.nii.gz", ".nii.gz"),
        ("table.csv.BZ2", ".csv.bz2"),
        ("x.tar.png", ".png"),
        ("IM000001", ""),
        ("1.2.840.113619.2.55", ""),
        ("image.0001", ""),
        ("scan v1.2 final", ""),
        (".png", ""),
        ("ends.", ""),
        ("x.h5", ".h5"),
        ("x.7z", ".7z"),
    ],
)
def test_endings(name, ending):
    assert ending_of(Path("folder.d") / name) == ending


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jfif", "JPEG"),
        ("a.JPE", "JPEG"),
        ("a.Tiff", "TIFF"),
        ("a.webp", "WEBP"),
        ("a.jp2", "JPEG2000"),
        ("a.avif", "AVIF"),
        ("a.GIF", "GIF"),
        ("a.ppm", "PPM"),
        ("a.tga", "TGA"),
        ("a.png", "JPEG"),  # the wrong ending
        ("a", "PNG"),
        ("1.2.3", "TIFF"),
        ("IM0001", "JPEG"),
    ],
)
def test_images(tmp_path, name, kind):
    assert is_image(save(tmp_path / name, kind))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", b"\x93NUMPY"),
        ("a.nii.gz", b"\x1f\x8b"),
        ("a.txt", b"text"),
        ("a.avif", b"x"),
        ("a.webp", b"RIFFxxxxWAVE"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.h5", b"\x89HDF\r\n\x1a\n"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"),
        ("README", b"Some words about the data."),
        ("empty", b""),
        ("plan.dcm", b"\0" * 128 + b"DICM"),
        ("DICOMDIR", b"\0" * 128 + b"DICM"),
    ],
)
def test_other_files(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert not is_image(tmp_path / name)


def test_what_is_damaged_is_still_an_image(tmp_path):
    whole = save(tmp_path / "a", "PNG").read_bytes()
    for name in ("b.png", "b", "c.jfif"):
        (tmp_path / name).write_bytes(whole[:60])
        assert is_image(tmp_path / name)
    (tmp_path / "d.png").write_bytes(b"")
    assert is_image(tmp_path / "d.png")


def test_dicom_needs_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    path = tmp_path / "IM0001"
    path.write_bytes(b"\0" * 128 + b"DICM")
    assert is_dicom(path)
    with pytest.raises(MissingExtraError, match="extra 'dicom'"):
        is_image(path)
