import os
from pathlib import Path

import pytest


@pytest.fixture
def data_dir():
    """The folder of data sets, where there is one."""
    folder = os.environ.get("RAREBIT_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("RAREBIT_DATA names no folder of data sets")
    return Path(folder)
