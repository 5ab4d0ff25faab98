"""QCL-MixNet and its baselines under the strict protocol, from the cells of a sweep.

The sweep itself is one of `rarebit benchmark`; this answers the question of the publication: does
QCL-MixNet beat its baselines?
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rarebit.evaluation.sweep.run import RECORD_NAME, SweepRecord
from rarebit.evaluation.sweep.summary import SweepSummary, summarise_sweep
from rarebit.exceptions import InputError
from rarebit.running.folder import read_store
from rarebit.statistics import pairwise, power_statement, ranks
from rarebit_papers.request import Outcome, Request
from rarebit_papers.summary import ALPHA, what_holm_allows
from rarebit_papers.writing import write_outcome

CONFIG, FOLDER = "strict.toml", "strict"
OURS = "qcl_mixnet + untouched"
# Columns of a comparison, and the factor that turns each around.
SHOWN = {"difference": -1, "low": -1, "high": -1, "wins": 1, "ties": 1, "losses": 1, "p_holm": 1}
# What a user would choose today, beside the published baselines.
TODAY = ("lightgbm", "catboost", "real_mlp", "tabm")
# The published SVM is the one with SMOTE.
NOT_PUBLISHED = "svm + untouched"


def reproduce(request: Request) -> Outcome:
    """Rank QCL-MixNet among all candidates and test it against each."""
    summary = read_sweep(request.out)
    assert summary.candidates is not None
    scores = summary.candidates.scores
    table = against_ours(scores)
    tables = {"Average ranks, and QCL-MixNet minus each model": table.rename(index=summary.labels)}
    return write_outcome(
        request.out / FOLDER / "against",
        "QCL-MixNet compared with other models, strict protocol",
        Outcome([*_sentences(table, scores), *summary.warnings], tables),
        new=False,
    )


def read_sweep(out: Path) -> SweepSummary:
    """Read the sweep's conclusions from its finished cells."""
    folder = out / FOLDER
    with read_store(folder) as store:
        if not store.count():
            raise InputError(
                f"{folder} holds no cells: run them first with "
                f"`rarebit benchmark run {out / CONFIG} --out {folder}`."
            )
        return summarise_sweep(store, SweepRecord.read(folder / RECORD_NAME))


def against_ours(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare QCL-MixNet with every other candidate by macro-F1: (n_datasets, n_candidates).

    One line per candidate, best average rank first: ``average_rank``, mean ``macro_f1``, and of
    QCL-MixNet less it ``difference``, its interval ``low, high``, ``wins, ties, losses`` and
    ``p_holm`` of Wilcoxon's test.
    """
    pairs = pairwise(scores, reference=OURS, random_state=0).set_index("model")
    other_way = {"low": "high", "high": "low", "wins": "losses", "losses": "wins"}
    turned = pairs.rename(columns=other_way)[list(SHOWN)] * pd.Series(SHOWN)
    table = pd.DataFrame({"average_rank": ranks(scores).mean(), "macro_f1": scores.mean()})
    return table.join(turned).sort_values("average_rank").rename_axis("candidate")


def published_baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the published baselines' scores, without QCL-MixNet and today's models."""
    others = [
        name
        for name in scores
        if str(name).partition(" + ")[0] in (*TODAY, "qcl_mixnet") or name == NOT_PUBLISHED
    ]
    return scores.drop(columns=others)


def _sentences(table: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    place = list(table.index).index(OURS) + 1
    rivals = table.drop(index=OURS)
    sure = rivals[rivals["p_holm"] < ALPHA]
    gain = scores[OURS] - published_baselines(scores).max(axis=1)
    best = str(rivals.index[0])
    return [
        f"Strict, {len(scores)} data sets: QCL-MixNet has average rank "
        f"{table['average_rank'][OURS]:.1f}, place {place} of {len(table)}; the best other model "
        f"is {best} ({rivals['average_rank'].iloc[0]:.1f}).",
        f"It is better than all published baselines on {int((gain > 0).sum())} of {len(gain)} data "
        f"sets; its mean difference from the best baseline of each data set is {gain.mean():+.3f}.",
        f"By Wilcoxon's test with Holm's correction it is better than "
        f"{int((sure['difference'] > 0).sum())} of {len(rivals)} models and worse than "
        f"{int((sure['difference'] < 0).sum())}; the others do not differ significantly.",
        *what_holm_allows(len(scores), len(rivals)),
        f"QCL-MixNet minus {best}: {power_statement(scores[OURS] - scores[best])}",
    ]
