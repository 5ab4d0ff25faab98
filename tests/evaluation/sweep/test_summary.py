"""Conclusions over data sets: the right means, the right tests, the right words."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rarebit.evaluation.sweep.level import compare_entries
from rarebit.evaluation.sweep.run import PlannedDataset, SweepRecord
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.exceptions import InputError
from rarebit.running import CellKey, CellResult, Store
from rarebit.statistics import holm

TREATMENTS = {
    "untouched": "none",
    "class_weights": "weights",
    "smote": "resampling",
    "tuned_threshold": "threshold",
}
N_FOLDS = 2


def make_record(n_datasets, classifiers=("a", "b"), treatments=tuple(TREATMENTS), **changes):
    pairs = tuple(itertools.product(classifiers, treatments))
    datasets = tuple(
        PlannedDataset(f"set{i}", f"hash{i}", 100, 5, 2, 9.0, N_FOLDS, pairs)
        for i in range(n_datasets)
    )
    labels = {name: name.capitalize() for name in (*classifiers, *treatments)}
    kinds = {name: TREATMENTS[name] for name in treatments}
    values = {"name": "made", "metric": "macro_f1", "datasets": datasets, "labels": labels,
              "kinds": kinds}  # fmt: skip
    return SweepRecord(**values | changes)


def put(store, planned, pair, fold, score, status="done"):
    key = CellKey(planned.name, *pair, "strict", 0, 0, fold, planned.config_hash)
    scores = {"macro_f1": score} if status == "done" else {}
    error = "" if status == "done" else "Given up after 60 s."
    store.put(CellResult(key, status, scores=scores, fit_seconds=1.0 + fold, error=error))


def fill(record, score_of, failed=()):
    """A store with the score ``score_of(data set, pair)``, the folds spread around it."""
    store = Store()
    for i, planned in enumerate(record.datasets):
        for pair in planned.candidates:
            for fold in range(N_FOLDS):
                status = "timeout" if (i, pair, fold) in failed else "done"
                put(store, planned, pair, fold, score_of(i, pair) + 0.01 * (-1) ** fold, status)
    return store


def by_chance(effects, seed=0, noise=0.02):
    """Scores with an effect of each treatment and a chance of its own for every cell."""
    rng = np.random.default_rng(seed)
    table = {}

    def score(i, pair):
        if (i, pair) not in table:
            table[i, pair] = 0.6 + effects.get(pair[1], 0.0) + rng.normal(0, noise)
        return table[i, pair]

    return score


def test_a_hand_worked_example():
    """Three treatments on four data sets, one classifier: ranks as in a textbook.

    untouched 1 1 1 2, tuned 2 2 2 1, smote 3 3 3 3: sums 5, 7, 12; chi2 = 12 / (4 * 3 * 4) *
    (25 + 49 + 144) - 3 * 4 * 4 = 6.5.
    """
    values = {
        "untouched": [0.9, 0.8, 0.7, 0.5],
        "tuned_threshold": [0.8, 0.7, 0.6, 0.6],
        "smote": [0.5, 0.4, 0.3, 0.2],
    }
    record = make_record(4, classifiers=("a",), treatments=tuple(values))
    summary = summarise_sweep(fill(record, lambda i, pair: values[pair[1]][i]), record)
    level = summary.treatments
    assert level.test.chi2 == pytest.approx(6.5)
    assert level.test.f == pytest.approx(3 * 6.5 / (4 * 2 - 6.5))
    table = level.table.set_index("entry")
    assert table["average_rank"].to_dict() == {
        "untouched": 1.25, "tuned_threshold": 1.75, "smote": 3.0,
    }  # fmt: skip
    assert table["firsts"].to_dict() == {"untouched": 3, "tuned_threshold": 1, "smote": 0}
    assert level.reference == "tuned_threshold"
    row = table.loc["untouched"]
    assert row["difference"] == pytest.approx(0.05)
    assert (row["wins"], row["ties"], row["losses"]) == (3, 0, 1)
    # Four differences of size 0.1, so all of rank 2.5: (7.5 - 2.5) / 10.
    assert row["rank_biserial"] == pytest.approx(0.5)
    assert table.loc["smote", "score"] == pytest.approx(0.35)
    np.testing.assert_allclose(summary.gains["smote"], [-0.4, -0.4, -0.4, -0.3])
    assert summary.classifiers is None


def test_the_tests_are_scipys():
    record = make_record(12, classifiers=("a", "b", "c"))
    summary = summarise_sweep(fill(record, by_chance({"smote": 0.01})), record)
    for level in (summary.candidates, summary.treatments, summary.classifiers):
        expected = stats.friedmanchisquare(*level.scores.to_numpy().T)
        assert level.test.chi2 == pytest.approx(expected.statistic)
        assert level.test.p == pytest.approx(expected.pvalue)
        names = list(level.scores)
        pairs = list(itertools.combinations(names, 2))
        raw = [stats.wilcoxon(level.scores[a] - level.scores[b]).pvalue for a, b in pairs]
        for (a, b), p in zip(pairs, holm(raw), strict=True):
            assert level.wilcoxon.loc[a, b] == pytest.approx(p)


def test_against_a_reference_only_its_own_pairs_are_adjusted_for():
    record = make_record(12)
    level = summarise_sweep(fill(record, by_chance({"smote": 0.02})), record).treatments
    others = ["untouched", "class_weights", "smote"]
    raw = [
        stats.wilcoxon(level.scores[name] - level.scores["tuned_threshold"]).pvalue
        for name in others
    ]
    table = level.table.set_index("entry")
    np.testing.assert_allclose(table.loc[others, "p"], holm(raw))


def test_a_picked_best_is_adjusted_for_all_pairs():
    record = make_record(8, classifiers=("a", "b", "c"))
    level = summarise_sweep(fill(record, by_chance({})), record).classifiers
    best = level.table["entry"][0]
    table = level.table.set_index("entry")["p"].drop(best)
    np.testing.assert_allclose(table, level.wilcoxon.loc[table.index, best])


def test_a_failed_candidate_ranks_last_with_a_mark():
    record = make_record(3)
    lost = ("a", "smote")
    store = fill(record, by_chance({"smote": 0.3}), failed={(1, lost, 0)})
    summary = summarise_sweep(store, record)
    level = summary.candidates
    assert np.isnan(level.scores.loc["set1", "a + smote"])
    assert level.ranks.loc["set1", "a + smote"] == 8
    assert level.ranks.loc["set0", "a + smote"] <= 2
    assert level.table.set_index("entry").loc["a + smote", "failed"] == 1
    [row] = summary.failures.to_dict("records")
    assert (row["dataset"], row["classifier"], row["n_cells"], row["n_timeout"]) == (
        "set1", "a", 2, 1,
    )  # fmt: skip
    assert row["error"] == "Given up after 60 s."
    assert any("1 of 48 fits has no score (1 ran out of time)" in w for w in summary.warnings)
    # Treatments stay comparable: on that data set the mean of all is that of the other classifier.
    np.testing.assert_allclose(
        summary.treatments.scores.loc["set1"],
        [level.scores.loc["set1", f"b + {name}"] for name in summary.treatments.scores],
    )
    assert np.isnan(summary.classifiers.scores.loc["set1", "a"])


def test_a_candidate_without_any_score_is_last_everywhere():
    record = make_record(3)
    failed = {(i, ("a", "smote"), fold) for i in range(3) for fold in range(N_FOLDS)}
    level = summarise_sweep(fill(record, by_chance({}), failed), record).candidates
    assert level.table["entry"].iloc[-1] == "a + smote"
    assert level.table["average_rank"].iloc[-1] == 8


def test_treatments_average_over_the_classifiers_that_take_all_of_them():
    record = make_record(3)
    planned = tuple(
        PlannedDataset(
            d.name, d.config_hash, 1, 1, 2, 1.0, N_FOLDS,
            (*d.candidates, ("balanced", "untouched"), ("balanced", "tuned_threshold")),
        )
        for d in record.datasets
    )  # fmt: skip
    record = make_record(3, datasets=planned, labels={**record.labels, "balanced": "Balanced"})
    scores = by_chance({})
    summary = summarise_sweep(fill(record, scores), record)
    assert summary.averaged_over == {
        "treatments": ["a", "b"],
        "classifiers": ["untouched", "tuned_threshold"],
    }
    expected = np.mean([scores(0, ("a", "smote")), scores(0, ("b", "smote"))])
    assert summary.treatments.scores.loc["set0", "smote"] == pytest.approx(expected)
    expected = np.mean([scores(2, ("balanced", t)) for t in ("untouched", "tuned_threshold")])
    assert summary.classifiers.scores.loc["set2", "balanced"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        (0.1, "Resampling helps across 12 data sets"),
        (-0.1, "Resampling hurts across 12 data sets"),
        (0.0, "Resampling shows no gain across 12 data sets"),
    ],
)
def test_the_finding_says_what_resampling_does(effect, says):
    record = make_record(12)
    summary = summarise_sweep(fill(record, by_chance({"smote": effect})), record)
    assert summary.finding[0].startswith(says)
    assert any("With 12 data sets, a true difference of" in text for text in summary.finding)


def test_for_a_loss_less_is_better():
    record = make_record(12, metric="brier")
    store = Store()
    for planned in record.datasets:
        for pair in planned.candidates:
            for fold in range(N_FOLDS):
                key = CellKey(planned.name, *pair, "strict", 0, 0, fold, planned.config_hash)
                loss = {"untouched": 0.3, "smote": 0.1}.get(pair[1], 0.2)
                store.put(CellResult(key, "done", scores={"brier": loss}))
    summary = summarise_sweep(store, record)
    assert summary.treatments.table["entry"][0] == "smote"
    assert (summary.gains["smote"] > 0).all()
    assert summary.finding[0].startswith("Resampling helps")
    assert "changes Brier score by −0.100" in summary.finding[0]


def test_a_single_data_set_says_that_nothing_can_be_said():
    record = make_record(1, classifiers=("a", "b", "c"))
    summary = summarise_sweep(fill(record, by_chance({})), record)
    assert "single data set" in summary.finding[0]
    for level in (summary.candidates, summary.treatments, summary.classifiers):
        assert np.isnan([level.test.chi2, level.test.p, level.test.f, level.test.f_p]).all()
        assert level.wilcoxon.isna().all(axis=None)
        assert level.table["p"].isna().all()
        assert np.isnan(level.critical_difference)
        assert level.cliques == []


def test_few_data_sets_cannot_show_anything():
    record = make_record(4)
    summary = summarise_sweep(fill(record, by_chance({})), record)
    assert "With 4 data sets, no difference can be significant" in summary.finding[0]
    # The smallest p-value that four data sets can have, 0.125, would only mislead.
    for level in (summary.candidates, summary.treatments, summary.classifiers):
        assert level.table["p"].isna().all()
    said = " ".join(summary.finding)
    assert "Whether resampling helps could not be tested across 4 data sets: compared" in said
    assert "Holm" not in said


def test_a_tie_for_the_best_rank_is_named():
    scores = {"a": 0.7, "b": 0.7, "c": 0.6}
    record = make_record(6, classifiers=tuple(scores))
    summary = summarise_sweep(fill(record, lambda i, pair: scores[pair[0]]), record)
    [sentence] = [text for text in summary.finding if "of 3 classifiers" in text]
    assert "A and B in a tie (rank 1.5, mean macro F1 0.700 and 0.700); " in sentence
    assert sentence.endswith("significantly from A (Holm-adjusted p ≥ 0.05).")


def test_a_data_set_counts_once_it_is_finished():
    record = make_record(3)
    store = fill(record, by_chance({}))
    whole = summarise_sweep(store, make_record(2)).candidates.scores
    store._connection.execute(
        "DELETE FROM cells WHERE dataset = 'set2' AND fold = 0 AND classifier = 'a' "
        "AND treatment = 'smote'"
    )
    summary = summarise_sweep(store, record)
    pd.testing.assert_frame_equal(summary.candidates.scores, whole)
    assert summary.warnings[0] == "set2 is not finished (15 of 16 fits) and is ignored."


def test_nothing_finished_is_said():
    with pytest.raises(InputError, match="no finished data set"):
        summarise_sweep(Store(), make_record(2))


def test_cells_of_other_settings_are_left_aside():
    record = make_record(2)
    store = fill(record, by_chance({}))
    before = summarise_sweep(store, record).candidates.scores
    other = PlannedDataset("set0", "other", 1, 1, 2, 1.0, 2, ())
    put(store, other, ("a", "smote"), 0, 0.99)
    summary = summarise_sweep(store, record)
    pd.testing.assert_frame_equal(summary.candidates.scores, before)
    assert summary.warnings[0].startswith("1 fit in the store has other settings")


def test_what_is_possible_on_some_data_sets_only_is_not_ranked():
    record = make_record(2)
    first, second = record.datasets
    more = PlannedDataset(**{**vars(first), "candidates": (*first.candidates, ("a", "smotenc"))})
    record = make_record(
        2,
        datasets=(more, second),
        labels={**record.labels, "smotenc": "SMOTENC"},
        kinds={**TREATMENTS, "smotenc": "resampling"},
    )
    summary = summarise_sweep(fill(record, by_chance({})), record)
    assert "a + smotenc" not in summary.candidates.scores
    assert any("every data set: A · SMOTENC" in text for text in summary.warnings)


def test_cells_of_several_versions_are_said():
    runs = ({"command": "x", "versions": {"numpy": "2.1"}},
            {"command": "x", "versions": {"numpy": "2.2"}})  # fmt: skip
    record = make_record(2, runs=runs)
    summary = summarise_sweep(fill(record, by_chance({})), record)
    assert any("several versions of numpy: 2.1, 2.2" in text for text in summary.warnings)


def test_entries_that_always_tie():
    level = compare_entries(pd.DataFrame(0.5, index=range(7), columns=["a", "b", "c"]))
    assert (level.test.chi2, level.test.p) == (0.0, 1.0)
    assert level.cliques == [("a", "b", "c")]
    assert (level.table["average_rank"] == 2).all()


def test_fewer_than_two_entries_are_no_comparison():
    assert compare_entries(pd.DataFrame({"a": [0.5, 0.6]})) is None
    assert compare_entries(pd.DataFrame({"a": [np.nan], "b": [np.nan]})) is None
    assert compare_entries(pd.DataFrame({"a": [], "b": []})) is None


def test_a_note_on_several_data_sets_is_said_once():
    record = make_record(3)
    noted = tuple(
        PlannedDataset(**{**vars(planned), "notes": ("Rows repeat.",)})
        for planned in record.datasets[:2]
    )
    record = make_record(3, datasets=(*noted, record.datasets[2]))
    summary = summarise_sweep(fill(record, by_chance({})), record)
    assert summary.warnings == ["set0, set1: Rows repeat."]
