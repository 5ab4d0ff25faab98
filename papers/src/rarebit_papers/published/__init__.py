"""Figures printed in the papers, as printed: for comparison only.

=========================  =======================================================================
``qcl_mixnet_table2_3``    arXiv 2506.13987, Tables 2 and 3: 21 models on 18 data sets. The lines
                           of "model" DIFF are QCL-MixNet less its best rival.
``qcl_mixnet_ablation``    arXiv 2506.13987, Tables 4 and 5: parts of QCL-MixNet removed.
``qcl_mixnet_table6``      arXiv 2506.13987, Table 6: average ranks and Friedman tests.
``qcl_mixnet_leads``       arXiv 2506.13987, section 5: on how many data sets QCL-MixNet is said to
                           lead.
``sda_qec_results``        arXiv 2601.18556: SDA-QEC and four networks on coronary angiographies.
=========================  =======================================================================

Two data sets are misprinted in Table 3 of QCL-MixNet:

- *one-hundred-plants-texture* has its columns rotated: accuracy, maP, maR and maF1 hold precision,
  recall, F1 and accuracy.
- *minerals* has class-weighted averages in place of macro ones (weighted recall is accuracy). Its
  macro averages are not printed, except maF1 in Table 5.
"""

from __future__ import annotations

from importlib import resources

import pandas as pd

from rarebit.exceptions import InputError

ROTATED, WEIGHTED = "one-hundred-plants-texture", "minerals"


def published_table(name: str) -> pd.DataFrame:
    """Read one of the tables listed above."""
    folder = resources.files("rarebit_papers.published")
    names = sorted(f.name[: -len(".csv")] for f in folder.iterdir() if f.name.endswith(".csv"))
    if name not in names:
        raise InputError(f"Published table {name!r} does not exist: choose {', '.join(names)}.")
    with (folder / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)
