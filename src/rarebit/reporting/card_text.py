"""The text of a model card: Markdown that people edit, and that Rarebit can write again.

A block of text that Rarebit wrote is known by its digest in the last line of the card, a link
definition that no viewer shows. Every other block is people's own, and is kept under its heading.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from rarebit.exceptions import InputError
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting.pages import render_template

CARD, PAGE = "card.md", "card.html"
# How a question begins that only people can answer.
OPEN = "**(open)**"
_RECORD = re.compile(r"^\[//\]: # \(rarebit ([0-9a-f ]*)\)$", re.MULTILINE)


@dataclass(eq=False)
class Section:
    """A heading, as its line is written, and the blocks of text below it."""

    heading: str
    blocks: list[str]

    @property
    def title(self) -> str:
        """The heading without its signs."""
        return self.heading.strip("# ") or "the first heading"


def read_card(folder: Path) -> str | None:
    """Return the text of the card in a folder; None without one."""
    path = folder / CARD
    if not path.exists():
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8, or remove it.") from error


def renewed(new: str, old: str) -> str:
    """Return a new card with what people wrote into the old one, and the record of its own text."""
    text = "\n\n".join(_pieces(_carried_over(sections(new), old)))
    return f"{text}\n\n[//]: # (rarebit {' '.join(map(_digest, _pieces(sections(new))))})\n"


def _pieces(found: Sequence[Section]) -> list[str]:
    """Headings and blocks one after another."""
    return [piece for each in found for piece in (each.heading, *each.blocks) if piece]


def sections(text: str) -> list[Section]:
    """Split a card at its headings, and the text below them into blocks such as paragraphs."""
    lines = _RECORD.sub("", text).split("\n")
    tokens = [each for each in _parser().parse("\n".join(lines)) if each.level == 0 and each.map]
    starts = [*(each.map[0] for each in tokens if each.map), len(lines)]
    found = [Section("", [])]
    for token, (start, end) in zip(tokens, pairwise([0, *starts[1:]]), strict=True):
        block = lines[start:end]
        if token.type == "heading_open" and token.map:
            heading, block = block[: token.map[1] - start], lines[token.map[1] : end]
            found.append(Section("\n".join(heading).strip(), []))
        if content := "\n".join(block).strip("\n").rstrip():
            found[-1].blocks.append(content)
    return found


def own_text(text: str) -> list[Section]:
    """What people wrote into a card: their blocks below each heading, and their own headings."""
    record = _RECORD.search(text)
    written = set(record[1].split()) if record else set()
    found = []
    for each in sections(text):
        theirs = [block for block in each.blocks if _digest(block) not in written]
        if theirs or (each.heading and _digest(each.heading) not in written):
            found.append(Section(each.heading, theirs))
    return found


def _carried_over(new: Sequence[Section], old: str) -> list[Section]:
    """Put what people wrote into the old card into the new one, in the order of the old one."""
    result = list(new)
    places, own = {each.heading: each for each in result}, own_text(old)
    after = result[0]
    for each in sections(old):
        theirs = own.pop(0) if own and own[0].heading == each.heading else None
        place = places.get(each.heading)
        if place is not None and theirs is not None:
            kept = [block for block in place.blocks if _is_kept(block, each.blocks)]
            place.blocks = kept + [block for block in theirs.blocks if block not in kept]
        elif theirs is not None:
            place = theirs
            result.insert(result.index(after) + 1, theirs)
        after = place or after
    return result


def _is_kept(block: str, before: Sequence[str]) -> bool:
    """Whether a block is no question, or one that people left in the old card."""
    return not block.startswith(OPEN) or block in before


def _digest(block: str) -> str:
    """Digest of a block; spaces and the lines of tables, which editors align, do not count."""
    return hashlib.sha256(re.sub(r"[\s|:-]", "", block).encode()).hexdigest()[:8]


def open_items(text: str) -> list[str]:
    """Headings below which a question is open."""
    return [
        each.title
        for each in sections(text)
        if any(block.startswith(OPEN) for block in each.blocks)
    ]


def write_page(folder: Path) -> str:
    """Write card.html from the card in a folder; return the text of the card."""
    text = read_card(folder)
    if text is None:
        raise InputError(
            f"There is no {CARD} in {folder}: name the folder of a model that `rarebit compare` or "
            "`rarebit train` has written."
        )
    atomic_write_text(folder / PAGE, card_html(text))
    return text


def card_html(text: str) -> str:
    """Return a card as a page; markup in it other than Markdown is shown as text."""
    parser = _parser()
    tokens = parser.parse(text)
    first = next((each for each in tokens if each.type == "inline"), None)
    words = [child.content for child in (first.children or [] if first else [])]
    body = Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - made of escaped text
    return render_template("card.html", {"title": "".join(words) or "Model card", "body": body})


def _parser() -> MarkdownIt:
    """Markdown with tables, and without HTML."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _table_open(*_: Any) -> str:
    """A table that scrolls sideways on a narrow screen."""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table, scrolls sideways">'
        "<table>\n"
    )
