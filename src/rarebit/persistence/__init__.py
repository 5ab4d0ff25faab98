"""Save and load without pickle; atomic writes.

A model is a folder: ``config.json`` (format, class, versions, metadata, checksums), ``model.skops``
(scikit-learn parts and plain values) and ``parts/`` (boosters in their own formats, networks as
safetensors). Nothing in the folder is executed, and only types on a list are built from it.
"""

from rarebit.persistence._atomic import (
    atomic_file,
    atomic_folder,
    atomic_write_bytes,
    atomic_write_text,
    check_replaceable,
    write_errors,
)
from rarebit.persistence._model import load, read_config, save
from rarebit.persistence._networks import read_network, write_network

__all__ = [
    "atomic_file",
    "atomic_folder",
    "atomic_write_bytes",
    "atomic_write_text",
    "check_replaceable",
    "load",
    "read_config",
    "read_network",
    "save",
    "write_errors",
    "write_network",
]
