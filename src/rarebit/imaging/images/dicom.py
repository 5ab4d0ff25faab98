"""DICOM files as 8-bit pictures, shown as their own tags say (PS3.3 C.11)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from rarebit._common.optional import import_extra
from rarebit.imaging.images.pixels import stretch

# Beyond every stored value: shows where a window ends.
_FAR = 1e30


def read_dicom(path: Path) -> tuple[np.ndarray, set[str]]:
    """Read the first frame, (height, width) or (height, width, 3); name what is special about it.

    Values are rescaled, shown in the first window that the file gives, else stretched from the
    darkest to the brightest pixel; MONOCHROME1 is inverted, so that bright is bright everywhere.
    """
    import_extra("pydicom")
    from pydicom import dcmread
    from pydicom.pixels import pixel_array

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values in tags that are not used
        record = dcmread(path, force=True)
        _check(record)
        remarks = {"frames"} if int(record.get("NumberOfFrames") or 1) > 1 else set()
        pixels, remark = _shown(pixel_array(record, index=0), record)
    return pixels, remarks | {remark} - {""}


def _check(record: Any) -> None:
    """Refuse pixels that are too many, or compressed in a way that nothing here can undo."""
    from PIL import Image
    from pydicom.pixels import get_decoder
    from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and record.Rows * record.Columns > 2 * limit:
        raise Image.DecompressionBombError
    if "TransferSyntaxUID" not in record.file_meta:  # an old file without a preamble
        implicit = record.original_encoding[0]
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        record.file_meta.TransferSyntaxUID = syntax
    syntax = record.file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return
    decoder = get_decoder(syntax)
    if not decoder.is_available:
        needed = [line.partition(" requires ")[2] for line in decoder.missing_dependencies]
        raise ValueError(f"compressed as {syntax.name}: install {', or '.join(needed)}")


def _shown(values: np.ndarray, record: Any) -> tuple[np.ndarray, str]:
    """Pixels of 8 bits as they are meant to be seen, and what was done; empty if nothing was."""
    from pydicom.pixels import apply_color_lut, apply_modality_lut

    kind = record.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        values = apply_color_lut(values, record)
    if values.ndim == 3:
        return (values, "") if values.dtype == np.uint8 else (stretch(values), "deep")
    rescaled = apply_modality_lut(values, record)
    share = _windowed(rescaled, record)
    if share is not None:
        pixels, remark = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8), "window"
    elif values.dtype == np.uint8 and record.BitsStored == 8 and np.array_equal(rescaled, values):
        pixels, remark = values, ""
    else:
        pixels, remark = stretch(rescaled), "deep"
    return np.uint8(255) - pixels if kind == "MONOCHROME1" else pixels, remark


def _windowed(values: np.ndarray, record: Any) -> np.ndarray | None:
    """Values as shares of the first window or look-up table of a file; None without one."""
    from pydicom.pixels import apply_voi, apply_windowing

    if record.get("VOILUTSequence"):
        bits = record.VOILUTSequence[0].LUTDescriptor[2]
        return apply_voi(values, record) / (2**bits - 1)
    if record.get("WindowCenter") is None or record.get("WindowWidth") is None:
        return None
    dark, bright = apply_windowing(np.array([-_FAR, _FAR]), record)
    return (apply_windowing(values, record) - dark) / (bright - dark)
