"""Figures printed in the papers, as printed: to be compared with, never to be trusted.

=========================  =======================================================================
``qcl_mixnet_table2_3``    arXiv 2506.13987, Tables 2 and 3: 21 models on 18 data sets. The lines
                           of "model" DIFF are QCL-MixNet less its best rival.
``qcl_mixnet_ablation``    arXiv 2506.13987, Tables 4 and 5: parts of QCL-MixNet taken out.
``qcl_mixnet_table6``      arXiv 2506.13987, Table 6: average ranks and Friedman tests.
``qcl_mixnet_leads``       arXiv 2506.13987, section 5: on how many data sets QCL-MixNet is said to
                           lead.
``sda_qec_results``        arXiv 2601.18556: SDA-QEC and four networks on coronary angiographies.
=========================  =======================================================================
"""

from __future__ import annotations

from importlib import resources

import pandas as pd

from rarebit.exceptions import InputError


def published_table(name: str) -> pd.DataFrame:
    """Read a table that a paper printed.

    Parameters
    ----------
    name : str
        One of those listed in :mod:`rarebit_papers.published`.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If there is no such table; the message lists those there are.

    Examples
    --------
    >>> published_table("sda_qec_results")["model"].tolist()
    ['SDA-QEC', 'ResNet18', 'MobileNetV2', 'DenseNet121', 'VGG16']
    """
    folder = resources.files("rarebit_papers.published")
    names = sorted(f.name[: -len(".csv")] for f in folder.iterdir() if f.name.endswith(".csv"))
    if name not in names:
        raise InputError(f"there is no published table {name!r}: choose one of {', '.join(names)}")
    with (folder / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)
