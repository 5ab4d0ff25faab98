"""Text files, plain or compressed, opened for reading and writing."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO, cast

from rarebit.datasets.files.paths import TEXT_SUFFIXES
from rarebit.exceptions import InputError

BUFFER = 2**20
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BoundedBytes(io.RawIOBase):
    """A stream of bytes that raises InputError once more than ``most`` of them were read."""

    def __init__(self, stream: IO[bytes], most: int, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._most = self._left = most
        self._name = name

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes into a buffer."""
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        self._left -= len(found)
        if self._left < 0:
            raise InputError(
                f"{self._name!r} holds more than {self._most / 2**30:,.0f} GiB of text, the most "
                "that is read into memory; take a sample of its rows first"
            )
        return len(found)


@contextmanager
def open_text(file: Path, most_bytes: int | None = None) -> Iterator[TextIO]:
    """Open a text file for reading, decompressed by its suffix; UTF-8, or UTF-16 with a mark.

    Reading more than ``most_bytes`` decompressed bytes raises InputError.
    """
    encoding = "utf-16" if first_bytes(file, 2) in UTF_16_MARKS else "utf-8-sig"
    with _open_bytes(file) as stream:
        raw = cast("IO[bytes]", stream)
        if most_bytes is not None:
            bounded = BoundedBytes(raw, most_bytes, str(file))
            raw = cast("IO[bytes]", io.BufferedReader(bounded, BUFFER))
        with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
            yield text


def first_bytes(file: Path, count: int) -> bytes:
    """Read the first bytes of a file, decompressed by its suffix."""
    with _open_bytes(file) as stream:
        return cast("IO[bytes]", stream).read(count)


@contextmanager
def create_text(file: Path, suffix: str) -> Iterator[TextIO]:
    """Open a UTF-8 text file for writing, compressed according to ``suffix``."""
    with file.open("wb") as raw:
        stream = cast("IO[bytes]", _compressed(raw, suffix))
        with io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
            yield text


def _compressed(raw: IO[bytes], suffix: str) -> object:
    """Wrap a file so that its content is compressed."""
    match suffix:
        case ".gz":
            # Without name and time in the header, the same table gives the same bytes.
            return gzip.GzipFile("", "wb", fileobj=raw, mtime=0)
        case ".bz2":
            return bz2.BZ2File(raw, "wb")
        case ".xz":
            return lzma.LZMAFile(raw, "wb")
        case ".zip":
            raise InputError("a table cannot be written into a .zip archive; use .csv.gz")
        case _:
            return raw


@contextmanager
def _open_bytes(file: Path) -> Iterator[object]:
    """Open a file for reading bytes, decompressed by its suffix."""
    suffix = file.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if not _is_side_file(name)]
            if len(names) != 1:
                raise InputError(f"{str(file)!r} holds {len(names)} files; it must hold one table")
            if not names[0].lower().endswith(TEXT_SUFFIXES):
                raise InputError(
                    f"{str(file)!r} holds {names[0]!r}; put a text table (.csv) into it"
                )
            with archive.open(names[0]) as member:
                yield member
        return
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    with openers.get(suffix, open)(file, "rb") as stream:
        yield stream


def _is_side_file(name: str) -> bool:
    """Tell whether a member of an archive is a folder, or was added by the system."""
    return name.endswith("/") or name.startswith("__MACOSX/") or Path(name).name.startswith(".")
