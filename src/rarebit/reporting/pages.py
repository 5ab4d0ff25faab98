"""HTML pages from the package's templates."""

from __future__ import annotations

from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rarebit._common import wording


def render_template(name: str, context: dict[str, Any]) -> str:
    """Fill a template with plain values; every text in them is escaped."""
    environment = Environment(
        loader=PackageLoader("rarebit.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": wording.count,
        "in_a_sentence": wording.in_a_sentence,
        "thousands": "{:,}".format,
        "share": partial(wording.percent, digits=1),
        "percent": wording.percent,
    }
    return environment.get_template(name).render(context)
