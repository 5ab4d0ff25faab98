"""Tables of the scores: means over seeds with intervals, and what was not run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rarebit.statistics import corrected_interval
from rarebit_papers.sda_qec.arms import CONTROL
from rarebit_papers.sda_qec.cells import EXACT
from rarebit_papers.sda_qec.comparisons import FEWEST, TEST_RATIO
from rarebit_papers.sda_qec.plan import planned

SCORES = (
    "balanced_accuracy", "roc_auc", "pr_auc", "macro_f1", "sensitivity", "specificity", "accuracy",
    "brier", "calibration_error",
)  # fmt: skip
KEYS = ["dataset", "study", "arm", "test", "hardware"]


def exact_scores(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of the exact circuit on the original test part: one a cell."""
    return lines[(lines["hardware"] == EXACT) & (lines["test"] == "original")]


def score_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Average every score over seeds.

    Returns
    -------
    DataFrame
        One line a data set, study, arm, test part and hardware: ``seeds``, ``steps``, and for each
        score its mean and, from three seeds on, the ends of its 95 % interval, cut at 0 and 1.
    """
    found = []
    for key, group in lines.groupby(KEYS, sort=False):
        line = dict(zip(KEYS, key, strict=True))
        line |= {"seeds": len(group), "steps": int(group["steps"].iloc[0])}
        for metric in SCORES:
            interval = corrected_interval(
                group[metric].to_numpy(), TEST_RATIO.get(str(line["dataset"]), 0.0)
            )
            ends = (interval.low, interval.high) if len(group) >= FEWEST else (np.nan, np.nan)
            # Student's t knows no bounds, but none of these scores is below 0 or above 1.
            low, high = np.clip(ends, 0.0, 1.0)
            line |= {metric: interval.estimate, f"{metric}_low": low, f"{metric}_high": high}
        found.append(line)
    return pd.DataFrame(found)


def page_table(scores: pd.DataFrame, first: Sequence[str]) -> pd.DataFrame:
    """Scores as text, value and interval in one field."""
    shown = scores[[*first, "seeds"]].copy()
    for metric in SCORES[:7]:
        shown[metric] = [
            f"{value:.3f}" if pd.isna(low) else f"{value:.3f} [{low:.3f}, {high:.3f}]"
            for value, low, high in zip(
                scores[metric], scores[f"{metric}_low"], scores[f"{metric}_high"], strict=True
            )
        ]
    return shown.reset_index(drop=True)


def score_pages(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One table a study on the original test part, one for both parts, one for noisy hardware."""
    plain = (scores["hardware"] == EXACT) & (scores["test"] == "original")
    pages = {}
    for study, rows in scores[plain].groupby("study", sort=False):
        rows = rows.sort_values("dataset", kind="stable", key=lambda c: c.map(_order(rows)))
        pages[f"Scores of the study {study}"] = page_table(rows, ["dataset", "arm"])
    control = (scores["study"] == "main") & (scores["arm"] == CONTROL)
    exact = scores[control & (scores["hardware"] == EXACT)]
    pages["SDA-QEC on the original and on a balanced test part"] = page_table(
        exact, ["dataset", "test"]
    )
    noisy = scores[control & (scores["test"] == "original")]
    pages["SDA-QEC on noisy hardware"] = page_table(noisy, ["dataset", "hardware"])
    return pages


def _order(rows: pd.DataFrame) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(rows["dataset"]))}


def not_run(lines: pd.DataFrame) -> list[str]:
    """Say which cells of the plan are missing, study by study."""
    keys = ["dataset", "study", "arm", "seed"]
    done = set(lines[keys].itertuples(index=False, name=None))
    whole = [(dataset, study, arm.name, seed) for dataset, study, arm, seed in planned()]
    missing = pd.DataFrame([cell for cell in whole if cell not in done], columns=keys)
    if missing.empty:
        return [f"All {len(whole)} cells of the plan were run."]
    sentences = [f"Run: {len(whole) - len(missing)} of the {len(whole)} cells of the plan."]
    for (study, dataset), rows in missing.groupby(["study", "dataset"], sort=False):
        by_seeds: dict[str, list[str]] = {}
        for arm, seeds in rows.groupby("arm", sort=False)["seed"]:
            by_seeds.setdefault(", ".join(map(str, seeds)), []).append(str(arm))
        each = "; ".join(f"{', '.join(arms)} (seeds {seeds})" for seeds, arms in by_seeds.items())
        sentences.append(f"Not run of {study} on {dataset}: {each}.")
    return sentences
