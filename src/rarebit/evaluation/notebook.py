"""How results are shown in a notebook: a heading, sentences and a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd


def as_html(heading: str, sentences: Sequence[str], table: pd.DataFrame) -> str:
    """HTML in which every text is escaped."""
    return "".join(
        (
            f"<h4>{escape(heading)}</h4>",
            *(f"<p>{escape(sentence)}</p>" for sentence in sentences),
            table.to_html(index=False, border=0, escape=True, max_rows=None),
        )
    )
