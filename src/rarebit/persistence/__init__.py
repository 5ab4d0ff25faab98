"""Save and load without pickle; atomic writes.

A model is a folder: ``config.json`` (format, class, versions, metadata, checksums), ``model.skops``
(scikit-learn parts and plain values) and ``parts/`` (boosters in their own formats, networks as
safetensors). Nothing in the folder is executed, and only types on a list are built from it.
"""

from rarebit.persistence._model import BESIDE_A_MODEL, load, read_config, save
from rarebit.persistence.atomic import atomic_write_bytes

__all__ = ["BESIDE_A_MODEL", "atomic_write_bytes", "load", "read_config", "save"]
