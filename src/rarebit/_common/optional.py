"""Optional dependencies: imported where they are used; errors name the extra to install."""

from importlib import import_module, util
from types import ModuleType

from rarebit.exceptions import MissingExtraError

# The extra of pyproject.toml that installs each module.
EXTRA_OF_MODULE = {
    "torch": "torch",
    "lightning": "imaging",
    "PIL": "imaging",
    "pydicom": "dicom",
    "torch_geometric": "gnn",
    "pytabkit": "peers",
    "tabm": "peers",
    "xgboost": "boosting",
    "lightgbm": "boosting",
    "catboost": "boosting",
    "pennylane": "pennylane",
    "dask": "distributed",
    "distributed": "distributed",
    "numba": "fast",
    "shap": "explain",
    "openpyxl": "excel",
    "skrub": "text",
    "onnx": "onnx",
    "skl2onnx": "onnx",
    "onnxmltools": "onnx",
    "fastapi": "serve",
    "uvicorn": "serve",
    "polars": "polars",
    "pyarrow": "polars",
}


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return util.find_spec(module) is not None
    except (ImportError, ValueError):  # an import hook, or a module put in place by hand
        return False


def import_extra(module: str, extra: str | None = None) -> ModuleType:
    """Import an optional module, or raise MissingExtraError naming the extra that installs it.

    ``extra`` names another one, for a package that needs more than this module.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        root = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise
        extra = extra or EXTRA_OF_MODULE.get(root, "all")
        raise MissingExtraError(
            f"{root} is not installed; it comes with the extra '{extra}': "
            f'pip install -e ".[{extra}]" in a clone of the repository'
        ) from None
