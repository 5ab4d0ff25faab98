import logging
import warnings

import pytest

from rarebit._common.lightning import quiet_lightning


def test_advice_is_kept_back_and_levels_come_back(recwarn):
    logger = logging.getLogger("lightning.pytorch")
    before = logger.level
    with quiet_lightning():
        assert not logger.isEnabledFor(logging.WARNING)
        warnings.warn_explicit("advice", UserWarning, "lightning/x.py", 1, module="lightning.x")
        warnings.warn_explicit("of mine", UserWarning, "x.py", 1, module="x")
    assert [str(warning.message) for warning in recwarn] == ["of mine"]
    assert logger.level == before


def test_levels_come_back_after_a_failure():
    logger = logging.getLogger("lightning.fabric")
    before = logger.level
    with pytest.raises(RuntimeError), quiet_lightning():
        raise RuntimeError
    assert logger.level == before
