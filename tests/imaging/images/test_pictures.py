"""Files as 8-bit pictures: deep colour, transparency, frames, limits."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging.images.data import read_images
from rarebit.imaging.images.pictures import read_picture

RNG = np.random.default_rng(0)
# Twelve bits in sixteen, as microscopes and cameras write them.
DEEP = RNG.integers(100, 4096, (5, 7, 4), dtype=np.uint16)


def stretched(samples):
    samples = samples.astype(float)
    return np.rint(255 * (samples - samples.min()) / (samples.max() - samples.min()))


def write_png(path, samples):
    """Write 16-bit samples (height, width, channels) as a PNG, which Pillow cannot."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    height, width, channels = samples.shape
    head = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def write_tiff(path, samples, *, order="<", deflate=False, planar=False):
    """Write 16-bit RGB samples as a TIFF of one strip, or of one strip a channel."""
    height, width, channels = samples.shape
    planes = np.moveaxis(samples, -1, 0) if planar else samples[None]
    strips = [plane.astype(f"{order}u2").tobytes() for plane in planes]
    strips = [zlib.compress(strip) for strip in strips] if deflate else strips
    offsets = 8 + np.cumsum([0] + [len(strip) for strip in strips])
    tags = [
        (256, [width]), (257, [height]), (258, [16] * channels), (259, [8 if deflate else 1]),
        (262, [2]), (273, offsets[:-1].tolist()), (277, [channels]), (278, [height]),
        (279, [len(strip) for strip in strips]), (284, [2 if planar else 1]),
    ]  # fmt: skip
    end = int(offsets[-1])
    table, values = struct.pack(f"{order}H", len(tags)), b""
    room = end + 2 + 12 * len(tags) + 4
    for tag, numbers in tags:
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        table += struct.pack(f"{order}HHI", tag, 4, len(numbers))
        table += packed if len(packed) == 4 else struct.pack(f"{order}I", room + len(values))
        values += packed if len(packed) > 4 else b""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", end)
    path.write_bytes(head + b"".join(strips) + table + b"\0" * 4 + values)


def test_deep_colour_in_a_png(tmp_path):
    write_png(tmp_path / "a.png", DEEP[..., :3])
    image, remarks = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(image), stretched(DEEP[..., :3]))
    assert remarks == {"deep"}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("deflate", "planar"), [(False, False), (True, False), (False, True)])
def test_deep_colour_in_a_tiff(tmp_path, order, deflate, planar):
    write_tiff(tmp_path / "a.tif", DEEP[..., :3], order=order, deflate=deflate, planar=planar)
    image, remarks = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.asarray(image), stretched(DEEP[..., :3]))
    assert remarks == {"deep"}


@pytest.mark.parametrize("channels", [2, 4])
def test_deep_pixels_with_transparency(tmp_path, channels):
    samples = DEEP[..., :channels].copy()
    samples[..., -1] = 65535
    samples[0, 0, -1] = 0
    write_png(tmp_path / "a.png", samples)
    image, remarks = read_picture(tmp_path / "a.png")
    expected = stretched(samples[..., :-1])
    expected[0, 0] = 0
    np.testing.assert_array_equal(np.asarray(image), np.broadcast_to(expected, (5, 7, 3)))
    assert remarks == {"deep", "transparent"}


def test_deep_colour_that_pillow_reduces_is_told(tmp_path):
    write_tiff(tmp_path / "a.tif", DEEP[..., :3], deflate=True, planar=True)
    image, remarks = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.asarray(image), DEEP[..., :3] >> 8)
    assert remarks == {"reduced"}
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P6 7 5 4095\n" + DEEP[..., :3].astype(">u2").tobytes())
    assert read_picture(path)[1] == {"reduced"}
    path.write_bytes(b"P6 7 5 255\n" + DEEP[..., :3].astype(np.uint8).tobytes())
    assert read_picture(path)[1] == set()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_black(tmp_path, mode):
    pixels = np.full((4, 4, len(mode)), 200, dtype=np.uint8)
    pixels[..., -1] = [[255], [255], [51], [0]]
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image, remarks = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(image)[:, 0, 0], [200, 200, 40, 0])
    assert remarks == {"transparent"}


def test_a_palette_with_a_transparent_colour(tmp_path):
    image = Image.fromarray(np.array([[0, 1], [1, 0]], dtype=np.uint8))
    image.putpalette([255, 0, 0, 0, 255, 0])
    for name, transparency in (("a.png", 1), ("b.gif", 1), ("c.png", b"\xff\x00")):
        image.save(tmp_path / name, transparency=transparency)
        found, remarks = read_picture(tmp_path / name)
        assert found.getpixel((0, 0)) == (255, 0, 0)
        assert found.getpixel((1, 0)) == (0, 0, 0)
        assert remarks == {"transparent"}


def test_full_alpha_is_not_worth_a_note(tmp_path):
    Image.new("RGBA", (4, 4), (1, 2, 3, 255)).save(tmp_path / "a.png")
    image, remarks = read_picture(tmp_path / "a.png")
    assert image.getpixel((0, 0)) == (1, 2, 3)
    assert remarks == set()


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif"])
def test_the_first_frame(tmp_path, name):
    frames = [Image.new("RGB", (8, 8), (shade, shade, shade)) for shade in (250, 0, 100)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
    image, remarks = read_picture(tmp_path / name)
    assert image.getpixel((4, 4)) == (250, 250, 250)
    assert remarks == {"frames"}


def test_an_image_on_its_side(tmp_path):
    samples = np.full((4, 6, 3), 1000, dtype=np.uint16)
    samples[0] = 3000
    write_png(tmp_path / "a.png", samples)
    body = (tmp_path / "a.png").read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    tag = b"eXIf" + exif.tobytes()[6:]
    chunk = struct.pack(">I", len(tag) - 4) + tag + struct.pack(">I", zlib.crc32(tag))
    (tmp_path / "a.png").write_bytes(body[:33] + chunk + body[33:])
    image = np.asarray(read_picture(tmp_path / "a.png")[0])
    assert image.shape == (6, 4, 3)
    assert image[:, -1].min() == 255


def large(path, kind):
    """Write a picture of 2 megapixels in a few KB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("1", (2000, 1000)).save(path, kind, compression="group4" if kind == "TIFF" else None)


@pytest.fixture
def scans(tmp_path):
    for label in ("ill", "well"):
        (tmp_path / label).mkdir()
        for i in range(2):
            Image.fromarray(RNG.integers(0, 256, (8, 8), dtype=np.uint8)).save(
                tmp_path / label / f"{i}.png"
            )
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.tif", "TIFF"), ("a", "PNG"), ("a.webp", "WEBP")]
)
def test_a_large_picture(scans, name, kind):
    large(scans / "ill" / name, kind)
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(InputError) as refused:
        read_images(scans, image_size=8, max_megapixels=1)
    assert str(refused.value).startswith(f"Larger than 1 megapixels: ill/{name}. Scale such images")
    assert before == Image.MAX_IMAGE_PIXELS
    with pytest.warns(RarebitWarning, match="1 image larger than 1 megapixels left out"):
        assert len(read_images(scans, image_size=8, max_megapixels=1, skip_broken=True)) == 4
    assert len(read_images(scans, image_size=8, max_megapixels=2)) == 5


@pytest.mark.parametrize("limit", [0, -1, float("nan"), "many", None])
def test_no_limit_at_all(scans, limit):
    with pytest.raises(InputError, match=r"max_megapixels is .*: give a number above 0"):
        read_images(scans, max_megapixels=limit)
