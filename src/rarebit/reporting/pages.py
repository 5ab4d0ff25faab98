"""HTML pages and Markdown from the package's templates."""

from __future__ import annotations

import os
import re
import time
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rarebit._common import wording

# What Markdown could read as more than text: signs, and what begins a line.
_MARKDOWN = re.compile(
    r"[\\`*\[\]<|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|^[-+](?=[-\s]|$)|^[#=>]|(?<=^\d)[.)](?!\S)"
)


def render_template(name: str, context: dict[str, Any]) -> str:
    """Fill a template with plain values; every text in them is escaped, for Markdown in a .md."""
    environment = Environment(
        loader=PackageLoader("rarebit.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=as_markdown if name.endswith(".md") else None,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": wording.count,
        "in_a_sentence": wording.in_a_sentence,
        "thousands": "{:,}".format,
        "share": partial(wording.percent, digits=1),
        "percent": wording.percent,
        "fenced": fenced,
    }
    environment.globals["date"] = _today()
    return environment.get_template(name).render(context)


def as_markdown(value: Any) -> Markup:
    r"""Return a value as one line of Markdown that shows it as it is.

    >>> print(as_markdown("*a|b* <i>"), as_markdown("macro_f1"))
    \*a\|b\* \<i> macro_f1
    """
    if isinstance(value, Markup):
        return value
    line = " ".join(str(value).splitlines())
    return Markup(_MARKDOWN.sub(r"\\\g<0>", line))  # noqa: S704 - escaped here


def fenced(code: str) -> Markup:
    """Return lines of code as a block of Markdown that they cannot end."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}\n{code}\n{fence}")  # noqa: S704 - Markdown shows it as it is


def _today() -> str:
    """Return the date of a page: with SOURCE_DATE_EPOCH, a page can be made again as it was."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    now = time.localtime() if seconds is None else time.gmtime(int(seconds))
    return time.strftime("%Y-%m-%d", now)
