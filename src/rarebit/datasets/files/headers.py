"""Headers repeated inside a text table, as in files that were put together: they are left out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rarebit._common.wording import first_few
from rarebit.datasets.files.layout import Layout, null_character

# The key of DataFrame.attrs for what was found in the file of a frame.
NOTES = "notes"


class WithoutRepeats:
    """A text stream in which each line that repeats the header is empty: readers skip it.

    What is asked for is read up to the end of a line; whole blocks are searched, which is fast.
    """

    def __init__(self, stream: TextIO, layout: Layout, file: Path) -> None:
        self._stream, self._file = stream, file
        skipped = [stream.readline() for _ in range(layout.n_skipped)]
        header = stream.readline()
        self._head = "".join(skipped) + header
        self._n_lines = layout.n_skipped + 1
        self._header = header.rstrip("\r\n")
        self._repeat = re.compile(rf"^\ufeff?{re.escape(self._header)}(?=\r?$)", re.MULTILINE)
        # In a table of one column, or with a name over two lines, a line proves nothing.
        cells = next(csv.reader([self._header], delimiter=layout.separator), [])
        self._searches = len(cells) == len(layout.names) > 1
        self.lines: list[int] = []

    def read(self, size: int = -1) -> str:
        """Read about so many characters."""
        head, self._head = self._head, ""
        block = self._stream.read(size)
        if size >= 0:
            block += self._stream.readline()
        if "\0" in block:
            n_before = block.count("\n", 0, block.index("\0"))
            raise null_character(self._file, self._n_lines + 1 + n_before)
        if self._searches and self._header in block:
            found = list(self._repeat.finditer(block))
            before = (block.count("\n", 0, repeat.start()) for repeat in found)
            self.lines += [self._n_lines + 1 + n for n in before]
            block = self._repeat.sub("", block)
        self._n_lines += block.count("\n")
        return head + block

    def __iter__(self) -> Iterator[str]:
        """Yield line by line; pandas asks whether a stream can."""
        return iter(self.read().splitlines(keepends=True))

    def notes(self) -> list[str]:
        """Say which lines were left out."""
        if not self.lines:
            return []
        one = len(self.lines) == 1
        lines = f"Line {self.lines[0]} repeats" if one else f"Lines {first_few(self.lines)} repeat"
        return [f"{lines} the header: left out."]
