"""Optional dependencies: imported where they are used, named by the extra that installs them."""

from importlib import import_module, util
from types import ModuleType

from rarebit.exceptions import MissingExtraError

# Which extra of pyproject.toml brings which module.
EXTRA_OF_MODULE = {
    "torch": "torch",
    "lightning": "imaging",
    "PIL": "imaging",
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
    "polars": "polars",
    "pyarrow": "polars",
}


def is_installed(module: str) -> bool:
    """Say whether ``module`` could be imported, without importing it.

    Examples
    --------
    >>> is_installed("numpy"), is_installed("no_such_module")
    (True, False)
    """
    return util.find_spec(module) is not None


def import_extra(module: str) -> ModuleType:
    """Import an optional module, or say in one line which extra brings it.

    Parameters
    ----------
    module : str
        Name of a module, such as ``"xgboost"`` or ``"torch.nn"``.

    Returns
    -------
    types.ModuleType
        The imported module.

    Raises
    ------
    MissingExtraError
        If the module is not installed.

    Examples
    --------
    >>> import_extra("json").__name__
    'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        root = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise
        extra = EXTRA_OF_MODULE.get(root, "all")
        raise MissingExtraError(
            f"{root} is not installed; it comes with the extra '{extra}': "
            f'pip install -e ".[{extra}]" in a clone of the repository'
        ) from None
