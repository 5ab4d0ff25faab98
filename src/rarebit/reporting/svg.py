"""A Matplotlib figure as inline SVG with the colours, fonts and width of the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from markupsafe import Markup, escape
from matplotlib import style
from matplotlib.figure import Figure

Arguments = ParamSpec("Arguments")

# Okabe and Ito's colours, which colour-blind readers can distinguish. Each becomes a variable of
# the style sheet, which lightens it in dark mode.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
# Text and lines, used for nothing else: the page replaces them by its own colours.
INK, FAINT = "#24292f", "#d8dee4"

_STYLE: dict[str, Any] = {
    "text.parse_math": False,  # a name such as "$\\frac{$" is a name
    "svg.fonttype": "none",
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "legend.fontsize": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": FAINT,
    "grid.color": FAINT,
    "axes.grid": True,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "white",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}
_COLORS = {INK: "currentColor", FAINT: "var(--faint)"} | {
    color: f"var(--series-{i}, {color})" for i, color in enumerate(PALETTE, start=1)
}


def styled(plot: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Draw in the style of the report, independent of the user's Matplotlib settings."""

    @wraps(plot)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with style.context(["default", _STYLE]):
            return plot(*args, **kwargs)

    return drawn


def inline_svg(figure: Figure, name: str, title: str) -> Markup:
    """Turn a figure into an ``<svg>`` element; equal figures give equal elements.

    ``name`` is unique on the page, and the ids within the element begin with it; ``title``
    describes the figure to those who cannot see it.

    >>> str(inline_svg(Figure(figsize=(1, 1)), "empty", "Nothing <here>"))[:77]
    '<svg id="empty" role="img" aria-label="Nothing &lt;here&gt;" viewBox="0 0 72 '
    """
    file = io.StringIO()
    settings = {**_STYLE, "svg.hashsalt": name}
    with style.context(["default", settings]), warnings.catch_warnings():
        # The reader's fonts have the glyphs that Matplotlib's font misses.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    head, body = re.split(r"<svg\b", file.getvalue(), maxsplit=1)[1].split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'xlink:href="#', f'href="#{name}-', body)
    body = body.replace("url(#", f"url(#{name}-")
    for color, variable in _COLORS.items():
        body = re.sub(rf"(?<=: ){color}(?=[;\"])", variable, body)
    opening = (
        f'<svg id="{name}" role="img" aria-label="{escape(title)}" '
        f"{box.group() if box else ''}><title>{escape(title)}</title>"
    )
    return Markup(opening + body.strip())  # noqa: S704 - all text in it is escaped
