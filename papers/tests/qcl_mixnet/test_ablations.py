"""What is said of the parts of QCL-MixNet, from lines made by hand."""

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit_papers.qcl_mixnet import ablations
from rarebit_papers.qcl_mixnet.protocol import ARMS, FULL
from rarebit_papers.request import Request


def made_lines(names, effects, protocols=("paper", "strict")):
    """Lines of every arm, the whole network at 0.5 and an arm with an effect that much off it."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {
                "dataset": name,
                "arm": arm,
                "protocol": protocol,
                "initialisation": seed,
                "macro_f1": 0.5 + effects.get(arm, 0) + 0.01 * rng.random(),
            }
            for name in names
            for protocol in protocols
            for arm in ARMS
            for seed in (42, 43)
        ]
    )


def test_scores_are_means_and_unfinished_data_sets_do_not_count():
    lines = made_lines(["glass", "ecoli"], {})
    lines = lines[~((lines["dataset"] == "ecoli") & (lines["arm"] == "affine"))]
    scores = ablations.arm_scores(lines, "paper")
    assert list(scores.index) == ["glass"]
    chosen = lines[(lines["arm"] == FULL) & (lines["protocol"] == "paper")]
    by_hand = chosen[chosen["dataset"] == "glass"]["macro_f1"].mean()
    assert scores[FULL]["glass"] == pytest.approx(by_hand)


def test_an_arm_that_always_loses_is_told_apart(tmp_path):
    lines = made_lines(list(ablations.SMALL[:8]), {"no quantum": -0.2, "no intra": 0.1})
    outcome = ablations.summarise(lines, Request(tmp_path))
    table = outcome.tables["Difference from the whole network, strict"]
    assert table["difference"]["no quantum"] == pytest.approx(-0.2, abs=0.01)
    assert table["losses"]["no quantum"] == 8
    assert table["wins"]["no intra"] == 8
    assert FULL not in table.index
    assert "test-selected" in outcome.findings[0]
    text = " ".join(outcome.findings)
    assert "interval over data sets below 0): no quantum (-0.2" in text
    [better, _] = [line for line in outcome.findings if line.startswith("Better than")]
    assert "no intra (+0.1" in better
    assert "no quantum" not in better
    # The smallest p-value of 8 signs is 2 ** -7, times 15 arms.
    assert "p-value after Holm's correction is 0.12: nothing" in text


def test_a_few_data_sets_show_nothing(tmp_path):
    lines = made_lines(["glass", "ecoli", "vehicle"], {"no quantum": 0.2})
    text = " ".join(ablations.summarise(lines, Request(tmp_path)).findings)
    assert "no quantum +0.20" in text
    assert "(higher on 3)" in text
    assert "3 data sets are too few" in text
    assert "Better than" not in text


def test_published_differences_are_those_printed():
    table = ablations.published_differences(pd.Index(["glass", "vehicle"]))
    # Table 5: glass 0.61 / 0.34, vehicle 0.85 / 0.75.
    assert table["difference"]["no quantum"] == pytest.approx((-0.27 - 0.10) / 2)
    minerals = ablations.published_differences(pd.Index(["minerals"]))
    assert minerals["difference"]["no mixup"] == pytest.approx(0.21 - 0.43)


def test_one_data_set_is_no_ablation(tmp_path):
    with pytest.raises(InputError, match="two data sets or more"):
        ablations.summarise(made_lines(["glass"], {}), Request(tmp_path))
