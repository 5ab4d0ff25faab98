"""Fitted models outside of Python programs: as one ONNX file."""

from rarebit.export.model import to_onnx

__all__ = ["to_onnx"]
