"""DICOM files, made here, as pictures."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging.images.data import read_images
from rarebit.imaging.images.dicom import read_dicom

RAMP = np.arange(0, 4096, 64, dtype=np.uint16).reshape(8, 8)


def write(path, pixels, *, bits=None, syntax=ExplicitVRLittleEndian, bare=False, **tags):
    """Write pixels (height, width), (height, width, 3) or (frames, height, width, 1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = syntax
    record = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    if pixels.ndim == 4:
        record.NumberOfFrames = len(pixels)
    record.Rows, record.Columns = pixels.shape[-3:-1] if pixels.ndim > 2 else pixels.shape
    record.SamplesPerPixel = pixels.shape[-1] if pixels.ndim > 2 else 1
    record.PhotometricInterpretation = "RGB" if pixels.shape[-1] == 3 else "MONOCHROME2"
    if record.SamplesPerPixel == 3:
        record.PlanarConfiguration = 0
    record.BitsAllocated = 8 * pixels.itemsize
    record.BitsStored = bits or record.BitsAllocated
    record.HighBit = record.BitsStored - 1
    record.PixelRepresentation = int(pixels.dtype.kind == "i")
    for name, value in tags.items():
        setattr(record, name, value)
    packed = syntax == JPEGLosslessSV1  # not truly: no decoder comes to see it
    record.PixelData = encapsulate([pixels.tobytes()]) if packed else pixels.tobytes()
    record["PixelData"].VR = "OB" if packed or pixels.itemsize == 1 else "OW"
    path.parent.mkdir(parents=True, exist_ok=True)
    if syntax == RLELossless:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        record.compress(RLELossless)
    if bare:
        record.preamble = None
        del record.file_meta
        pydicom.dcmwrite(path, record, implicit_vr=True, little_endian=True)
    else:
        record.save_as(path, enforce_file_format=True)
    return path


def test_eight_bits_are_kept(tmp_path):
    pixels = (RAMP // 64 + 100).astype(np.uint8)
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless):
        found, remarks = read_dicom(write(tmp_path / "a", pixels, syntax=syntax))
        np.testing.assert_array_equal(found, pixels)
        assert remarks == set()


def test_deep_pixels_are_stretched(tmp_path):
    found, remarks = read_dicom(write(tmp_path / "a", RAMP, bits=12))
    np.testing.assert_array_equal(found, np.rint(RAMP / 4032 * 255))
    assert remarks == {"deep"}
    signed = RAMP.astype(np.int16) - 2048
    np.testing.assert_array_equal(read_dicom(write(tmp_path / "b", signed, bits=12))[0], found)


def test_a_window_cuts_after_rescaling(tmp_path):
    """PS3.3 C.11.2.1.2.1: from center - 0.5 - (width - 1) / 2 on, over width - 1."""
    path = write(
        tmp_path / "a", RAMP, bits=12, RescaleSlope=2, RescaleIntercept=-1024,
        WindowCenter=[1000.5, 40], WindowWidth=[2001, 400],
    )  # fmt: skip
    found, remarks = read_dicom(path)
    np.testing.assert_array_equal(found, np.rint(255 * np.clip((2.0 * RAMP - 1024) / 2000, 0, 1)))
    assert remarks == {"window"}


def test_a_sigmoid_window(tmp_path):
    tags = {"WindowCenter": 2000, "WindowWidth": 1000, "VOILUTFunction": "SIGMOID"}
    found = read_dicom(write(tmp_path / "a", RAMP, bits=12, **tags))[0]
    np.testing.assert_array_equal(found, np.rint(255 / (1 + np.exp(-4 * (RAMP - 2000.0) / 1000))))


def test_a_look_up_table_instead_of_a_window(tmp_path):
    table = pydicom.Dataset()
    table.LUTDescriptor = [64, 0, 8]
    table.LUTData = list(range(0, 256, 4))
    table["LUTData"].VR = "US"
    pixels = (RAMP // 64).astype(np.uint8)
    found = read_dicom(write(tmp_path / "a", pixels, VOILUTSequence=[table]))[0]
    np.testing.assert_array_equal(found, 4 * pixels)


def test_monochrome1_is_inverted(tmp_path):
    tags = {"PhotometricInterpretation": "MONOCHROME1"}
    dark = read_dicom(write(tmp_path / "a", RAMP, bits=12, **tags))[0]
    bright = read_dicom(write(tmp_path / "b", RAMP, bits=12))[0]
    np.testing.assert_array_equal(dark, 255 - bright)
    tags |= {"WindowCenter": 2016.5, "WindowWidth": 4033}
    np.testing.assert_array_equal(read_dicom(write(tmp_path / "c", RAMP, bits=12, **tags))[0], dark)


def test_colour_and_frames(tmp_path):
    colour = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    found, remarks = read_dicom(write(tmp_path / "a", colour))
    np.testing.assert_array_equal(found, colour)
    frames = np.stack([RAMP[..., None].astype(np.uint8) % 199, np.full((8, 8, 1), 7, np.uint8)])
    found, remarks = read_dicom(write(tmp_path / "b", frames))
    np.testing.assert_array_equal(found, frames[0, ..., 0])
    assert remarks == {"frames"}


def test_a_palette(tmp_path):
    ramp = np.arange(256, dtype=np.uint8)
    tags = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, values in (("Red", ramp), ("Green", ramp[::-1]), ("Blue", ramp // 2)):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        tags[f"{name}PaletteColorLookupTableData"] = values.tobytes()
    pixels = (RAMP // 64).astype(np.uint8)
    found = read_dicom(write(tmp_path / "a", pixels, **tags))[0]
    np.testing.assert_array_equal(found, np.stack([pixels, 255 - pixels, pixels // 2], axis=-1))


def test_a_file_without_a_preamble(tmp_path):
    found = read_dicom(write(tmp_path / "a.dcm", RAMP, bits=12, bare=True))[0]
    assert found[-1, -1] == 255


@pytest.fixture
def scans(tmp_path):
    for i, label in enumerate(["ill", "well"] * 2):
        write(tmp_path / label / f"IM000{i}", np.roll(RAMP, 8 * i), bits=12)
    return tmp_path


def test_a_folder_of_dicom_files_without_endings(scans):
    write(scans / "well" / "1.2.840.5", RAMP, bits=12, WindowCenter=500, WindowWidth=100)
    write(scans / "well" / "b.DCM", RAMP.astype(np.uint8))
    with pytest.warns(RarebitWarning) as told:
        data = read_images(scans, image_size=8)
    assert data.labels.tolist() == ["ill"] * 2 + ["well"] * 4
    notes = [str(warning.message) for warning in told]
    assert notes[0].startswith("4 images with more than 8 bits a pixel: each was stretched")
    shown = "1 image shown in the window that the DICOM file gives: well/1.2.840.5."
    assert notes[1] == f"{shown} [RB305]"


def test_what_a_compressed_file_needs_is_named(scans):
    write(scans / "ill" / "a.dcm", RAMP, bits=12, syntax=JPEGLosslessSV1)
    with pytest.raises(InputError) as refused:
        read_images(scans, image_size=8)
    said = str(refused.value)
    assert said.startswith("1 of 5 images cannot be opened: ill/a.dcm (compressed as JPEG Lossless")
    assert "pylibjpeg>=2.0 and pylibjpeg-libjpeg>=2.1" in said
    assert "\n" not in said


def test_a_large_dicom_file_is_refused_before_it_is_decoded(scans):
    path = write(scans / "ill" / "slide.dcm", RAMP, bits=12)
    record = pydicom.dcmread(path)
    record.Rows = record.Columns = 20_000
    record.save_as(path)
    with pytest.raises(InputError, match=r"Larger than 178 megapixels: ill/slide\.dcm"):
        read_images(scans, image_size=8)


def test_without_pydicom_the_files_are_counted_or_the_extra_named(scans, monkeypatch):
    from PIL import Image

    from rarebit.exceptions import MissingExtraError

    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with pytest.raises(MissingExtraError, match="extra 'dicom'"):
        read_images(scans, image_size=8)
    for label in ("ill", "well"):
        for i in range(2):
            Image.fromarray(np.roll(RAMP, i).astype(np.uint8)).save(scans / label / f"{i}.png")
    with pytest.warns(RarebitWarning):
        data = read_images(scans, image_size=8)
    assert len(data) == 4
    assert data.notes[0].endswith("not read as images: 4 DICOM.")
    assert "extra 'dicom'" in data.notes[1]
