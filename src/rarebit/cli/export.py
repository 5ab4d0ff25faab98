"""`rarebit export`: a stored model as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rarebit.cli.options import AsJson, Trust
from rarebit.cli.output import make_console, print_json
from rarebit.exceptions import InputError


def export_command(
    model: Annotated[Path, typer.Argument(help="Model folder written by `compare` or `train`.")],
    out: Annotated[Path, typer.Argument(help="File to write, such as model.onnx.")],
    trust: Trust = None,
    as_json: AsJson = False,
) -> None:
    """Export a stored model to ONNX: preprocessing, classifier, calibration and decision.

    The file takes one input for each column, and gives labels and calibrated probabilities. Dates
    are days since 1970-01-01. Models that cannot be expressed are refused.
    """
    from rarebit.export import to_onnx
    from rarebit.persistence import atomic_write_bytes, load

    # No other file, such as one of the model itself, can then be replaced by mistake.
    if out.suffix != ".onnx":
        raise InputError(f"{out} is no name of an ONNX file: end it in .onnx.")
    converted = to_onnx(load(model, trusted=trust or ()))
    atomic_write_bytes(out, converted.SerializeToString())
    inputs = {column.name: column.doc_string for column in converted.graph.input}
    if as_json:
        print_json({"out": str(out), "inputs": inputs})
        return
    console = make_console()
    console.print(f"{model} exported: {out}", "Inputs:", sep="\n")
    for name, meaning in inputs.items():
        console.print(f"  {name}: {meaning}")
