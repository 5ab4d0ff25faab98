import logging
import warnings

import pytest

from rarebit._common.lightning import quiet_lightning


def test_warnings_are_hidden_and_levels_restored(recwarn):
    logger = logging.getLogger("lightning.pytorch")
    before = logger.level
    with quiet_lightning():
        assert not logger.isEnabledFor(logging.WARNING)
        warnings.warn_explicit("advice", UserWarning, "lightning/x.py", 1, module="lightning.x")
        warnings.warn_explicit("of mine", UserWarning, "x.py", 1, module="x")
    assert [str(warning.message) for warning in recwarn] == ["of mine"]
    assert logger.level == before


def test_levels_are_restored_after_an_error():
    logger = logging.getLogger("lightning.fabric")
    before = logger.level
    with pytest.raises(RuntimeError), quiet_lightning():
        raise RuntimeError
    assert logger.level == before
