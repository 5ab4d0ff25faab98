import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rarebit.exceptions import InputError
from rarebit_papers.published import published_table
from rarebit_papers.qcl_mixnet.table6 import OURS, recompute_table6, reproduce
from rarebit_papers.request import Request


@pytest.fixture(scope="module")
def table6():
    return recompute_table6()


def test_published_tables_are_whole():
    scores = published_table("qcl_mixnet_table2_3").query("model != 'DIFF'")
    assert scores["dataset"].nunique() == 18
    assert scores["model"].nunique() == 21
    assert len(scores) == 18 * 21
    assert not scores.isna().any(axis=None)
    models = published_table("sda_qec_results")["model"].tolist()
    assert models == ["SDA-QEC", "ResNet18", "MobileNetV2", "DenseNet121", "VGG16"]
    with pytest.raises(
        InputError, match="Published table 'table9' does not exist: choose qcl_mixnet_ablation"
    ):
        published_table("table9")


def test_where_nothing_is_misprinted_the_published_statistics_come_out(table6):
    # Ranks, ties and the correction for them are right: two metrics agree to the last digit.
    for metric in ("maR", "maP"):
        printed, ours = (table6.tests.loc[(metric, s)] for s in ("Table 6", "Tables 2-3"))
        assert ours["chi2"] == pytest.approx(printed["chi2"], abs=0.005)
        assert ours["p"] == pytest.approx(printed["printed_p"], rel=0.005)
        assert table6.rank_differences.loc[metric].abs().max() <= 0.05 + 1e-9


def test_ranks_by_hand(table6):
    scores = published_table("qcl_mixnet_table2_3").query("model != 'DIFF'")
    by_model = scores.pivot(index="dataset", columns="model", values="maF1").to_numpy()
    names = sorted(scores["model"].unique())
    expected = [
        np.mean([(row > row[j]).sum() + ((row == row[j]).sum() + 1) / 2 for row in by_model])
        for j in range(21)
    ]
    ours = table6.ranks.loc["maF1"].rename(str.upper)
    np.testing.assert_allclose(ours[names], expected)
    np.testing.assert_allclose(table6.ranks.mean(axis=1), 11)


def test_the_global_p_value_does_not_follow(table6):
    printed = table6.global_tests.loc["Table 6, its statistic"]
    assert printed["p"] == pytest.approx(stats.chi2.sf(29.68, 20))
    assert printed["f"] == pytest.approx(3 * 29.68 / (4 * 20 - 29.68))  # as in section 5.3.2
    assert printed["f_p"] == pytest.approx(stats.f.sf(printed["f"], 20, 60))
    assert printed["p"] > 0.05 > printed["f_p"] > printed["printed_p"]


def test_the_global_statistic_does_not_follow_from_the_ranks(table6):
    ranks = published_table("qcl_mixnet_table6").set_index("metric").loc["Average Rank"].iloc[:21]
    by_equation_25 = 12 * 4 / (21 * 22) * (ranks.astype(float) ** 2).sum() - 3 * 4 * 22
    assert table6.global_tests.loc["Table 6, its average ranks", "chi2"] == pytest.approx(
        by_equation_25
    )
    assert by_equation_25 == pytest.approx(30.84, abs=0.005)
    wrong = table6.average_ranks.index[table6.average_ranks["difference"].abs() > 1e-9]
    assert list(wrong) == ["DT", "GB"]


def test_leads(table6):
    assert (table6.leads["strictly"] < table6.leads["with_ties"]).all()
    assert table6.leads.loc["maF1"].tolist() == [12, 12, 8]
    off = table6.leads["claimed"] != table6.leads["with_ties"]
    assert list(table6.leads.index[off]) == ["maP"]


def test_the_corrected_tables_turn_one_data_set_and_leave_one_out(table6):
    sizes = table6.tests["n_datasets"].xs("Tables 2-3, corrected", level="source")
    assert sizes.to_dict() == {"Accuracy": 18, "maR": 17, "maP": 17, "maF1": 17}
    # 0.83 is the accuracy of the ablation table; 0.87, printed under accuracy, the precision.
    full = published_table("qcl_mixnet_ablation").query(
        "dataset == 'ONE-HUNDRED-PLANTS-TEXTURE' and variant == 'FULL'"
    )
    assert full[["accuracy", "maP", "maR", "maF1"]].to_numpy().tolist() == [
        [0.83, 0.87, 0.84, 0.83]
    ]
    assert "4 of 4 columns; as printed, in 1" in table6.findings()[1]
    assert "21 of 21 models" in table6.findings()[2]


def test_pairs_are_of_our_model_with_each_rival(table6):
    assert len(table6.pairs) == 4 * 20
    assert set(table6.pairs["other"]) == {OURS}
    worst = table6.pairs.query("metric == 'maF1'").set_index("model")["p_holm"]
    assert worst["SVM (SMOTE)"] > 0.05 > worst["XGBoost"]


def test_every_number_in_the_text_follows_the_tables(table6, monkeypatch):
    # Change what is published: the text must change with it, or a number in it was typed.
    def altered(name):
        table = published_table(name)
        if name == "qcl_mixnet_table6":
            table.loc[table["metric"] == "Average Rank", ["friedman_chi2", "p_value"]] = 33.33, 0.5
        if name == "qcl_mixnet_leads":
            table["leads"] = 3
        return table

    monkeypatch.setattr("rarebit_papers.qcl_mixnet.table6.published_table", altered)
    text = " ".join(recompute_table6().findings())
    assert "33.33 on 20 degrees" in text
    assert f"gives {stats.chi2.sf(33.33, 20):.3f}" in text
    assert "maF1 3 claimed" in text
    assert not re.search(r"29\.68|p-value, 0\.014|12 claimed", text)


def test_the_whole_reads_as_text(table6):
    text = str(table6.outcome())
    assert all(finding in text for finding in table6.findings())
    assert "SVM (SMOTE)" in text
    assert isinstance(table6.tests, pd.DataFrame)


def test_the_summary_comes_first_and_counts_what_the_tables_hold(table6):
    summary = table6.outcome().findings[0]
    off = int((table6.rank_differences.abs() > 0.05 + 1e-9).sum().sum())
    assert f"{84 - off} of 84 average ranks and 2 of 4 Friedman statistics follow" in summary
    assert "p-value, 0.014, does not follow from its own statistic, which gives 0.075" in summary
    assert "for 1 of 4 metrics" in summary


def test_tables_are_written_where_they_were_asked_for(tmp_path, table6):
    outcome = reproduce(Request(tmp_path))
    assert {file.parent for file in outcome.files} == {tmp_path / "table6"}
    page = (tmp_path / "table6" / "tables.md").read_text()
    assert all(f"- {finding}\n" in page for finding in outcome.findings)
    assert str(tmp_path / "table6" / "tables.md") in str(outcome)
    leads = pd.read_csv(tmp_path / "table6" / "data_sets_led_by_qcl_mixnet.csv", index_col="metric")
    pd.testing.assert_frame_equal(leads, table6.leads)
    assert len(pd.read_csv(tmp_path / "table6" / "pairs.csv")) == 80
