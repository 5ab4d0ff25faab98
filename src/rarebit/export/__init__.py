"""Fitted models outside of Python programs: as one ONNX file, and as a web service."""

from rarebit.export.model import to_onnx
from rarebit.export.serving import make_app

__all__ = ["make_app", "to_onnx"]
