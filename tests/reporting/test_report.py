import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests._support.pages import Page

from rarebit.evaluation.outcome import confusion, found_by_best
from rarebit.exceptions import InputError
from rarebit.reporting import write_report
from rarebit.reporting.report import render_report


@pytest.fixture(scope="module")
def two(two_classes):
    return Page(render_report(two_classes))


@pytest.fixture(scope="module")
def four(four_classes):
    return Page(render_report(four_classes))


@pytest.mark.parametrize("page", ["two", "four"])
def test_page_needs_nothing_from_outside(page, request):
    page = request.getfixturevalue(page)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "src", "xlink:href"):
                assert value.startswith("#"), (tag, value)
            assert not re.search(r"url\((?!#)", value or ""), (tag, value)
    style = "".join(data for tag, data in page.text if tag == "style")
    assert "@import" not in style
    assert "url(" not in style


@pytest.mark.parametrize("page", ["two", "four"])
def test_ids_are_unique_and_references_lead_to_one(page, request):
    page = request.getfixturevalue(page)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for name, value in attrs.items():
            found = re.findall(r"url\(#([^)]*)\)", value or "")
            found += [value[1:]] if name.endswith("href") else []
            found += value.split() if name == "aria-labelledby" else []
            assert set(found) <= set(ids)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "two",
            {"precision-recall", "roc", "calibration", "decision-curve", "threshold-cost", "time"},
        ),
        (
            "four",
            {"precision-recall", "roc", "rarest-classes", "calibration", "decision-curve", "time"},
        ),
    ],
)
def test_every_plot_is_there_with_words_for_those_who_cannot_see_it(page, expected, request):
    page = request.getfixturevalue(page)
    plots = [attrs for attrs in page.all("svg") if attrs.get("role") == "img"]
    assert {attrs["id"] for attrs in plots} == expected
    assert all(len(attrs["aria-label"]) > 40 for attrs in plots)
    assert len(page.all("figcaption")) == len(page.all("figure"))


def test_headline_counts_are_those_of_the_first_repeat(two, two_classes):
    seen = two_classes.predictions[two_classes.best]
    first = seen.repeat == 0
    rare, alarm = seen.y[first] == 1, seen.labels[first] == 1
    found, false_alarms = (rare & alarm).sum(), (~rare & alarm).sum()
    words = two.words()
    missed = (rare & ~alarm).sum()
    assert f"Of {rare.sum()} rows of class “8”, it found {found} and missed {missed}" in words
    assert f"{false_alarms} false alarm" in words
    assert f"on the other {(~rare).sum()} rows" in words
    precision = 100 * found / (found + false_alarms)
    assert f"; {precision:.0f} % of its alarms were correct" in words
    assert "Row weights" not in words


def test_score_with_its_correction_is_said_first(two, two_classes):
    score, low, high = two_classes.best_corrected
    words = two.words()
    assert f"{score:.3f} 95 % interval {low:.3f} to {high:.3f}, corrected for selection" in words
    order = [words.index(title) for title in ("Findings", "Warnings", "All models")]
    assert order == sorted(order)


def test_everything_promised_is_said(two, two_classes):
    words = two.words()
    assert words.count("Decision tree") > 1
    told = (*two_classes.finding, *two_classes.warnings, *two_classes.left_out)
    for text in told:
        # The recommendation has a place of its own, with the same figures.
        assert words.count(text) == (text != two_classes.recommendation)
    for text in ("pixel 0", "the same value in every row", "0123456789abcdef", "scikit-learn"):
        assert text in words
    for citation in ("Nadeau & Bengio", "Holm", "Tsamardinos"):
        assert citation in words
    assert "seed=0" in words
    assert "the imbalance ratio" in words
    missing = two_classes.dataset.frame["pixel 2"].isna().sum()
    assert f"{missing} (" in words


def test_many_classes_are_summed_up(many_classes):
    page = Page(render_report(many_classes))
    words = page.words()
    counts = many_classes.dataset.counts
    assert f"26 classes, with between {counts.min()} and {counts.max()} rows" in words
    seen = many_classes.predictions[many_classes.best]
    wrong = [
        (y, label)
        for y, label, repeat in zip(seen.y, seen.labels, seen.repeat, strict=True)
        if y != label and repeat == 0
    ]
    (true, decided), count = Counter(wrong).most_common(1)[0]
    share = 100 * count / counts[true]
    assert f"Letter number {true}Letter number {decided}{count}{share:.1f} %" in words


def test_given_costs_are_used_and_said(two_classes):
    costs = [[0.0, 2.0], [30.0, 0.0]]
    given = replace(two_classes, settings={**two_classes.settings, "cost_matrix": costs})
    words = Page(render_report(given)).words()
    assert "The costs are those given." in words
    assert "the imbalance ratio" not in words
    assert str(costs) in words


def test_with_weights_the_figures_are_those_of_the_ranking(weighted):
    page = Page(render_report(weighted))
    words = page.words()
    in_plots = " ".join(data for tag, data in page.text if tag == "text")
    best = weighted.ranking.iloc[0]
    assert f"cost in the folds: {best.expected_cost:.3f}" in in_plots
    for metric in ("pr_auc", "roc_auc", "calibration_error"):
        assert f"({best[metric]:.3f})" in in_plots
    for share in confusion(weighted.predictions[weighted.best]).shares.ravel():
        assert f"{100 * share:.1f} %" in words
    [found] = found_by_best(weighted)
    assert f"Of {found.total} rows of class “sick”, it found {found.found}" in words
    assert "Row weights are not applied to these counts." in words
    weight = weighted.dataset.sample_weight
    share = 100 * weight[weighted.dataset.target == 0].sum() / weight.sum()
    assert re.search(rf"40\s*17\s%\s*{share:.0f}\s%", words)


def test_methods_are_those_of_the_folds(two_classes):
    def methods(**changed):
        dataset = replace(two_classes.dataset, **changed)
        words = " ".join(render_report(replace(two_classes, dataset=dataset)).split())
        return words.partition(">Methods<")[2]

    rows = np.arange(len(two_classes.dataset.target))
    assert "Repeated stratified cross-validation. In every fold" in methods()
    assert "cross-validation; rows of one group stay in one fold" in methods(groups=rows)
    in_time = methods(time=rows)
    assert "trained on all blocks before it" in in_time
    assert "cross-validation" not in in_time
    assert "a group with test rows is left out of training" in methods(time=rows, groups=rows)


def test_columns_without_a_value_are_left_out(two_classes):
    undefined = {"low": np.nan, "high": np.nan}
    page = render_report(
        replace(
            two_classes,
            ranking=two_classes.ranking.assign(p_best=np.nan, **undefined),
            effects=two_classes.effects.assign(p=np.nan, **undefined),
        )
    )
    assert not any(text in page for text in ("95 % interval</th>", "p vs. best", 'p-value">p<'))


def test_same_comparison_same_page(two_classes):
    assert render_report(two_classes) == render_report(two_classes)


def test_hostile_names_are_text_everywhere(hostile):
    html = render_report(hostile)
    page = Page(html)
    assert not page.all("script")
    assert "<script>alert" not in html
    words = page.words()
    for name in ("<script>alert(1)</script>", "</svg><script>alert(2)</script>", r"$\frac{$"):
        assert name in words
    assert "[bold red]markup[/bold red] [/]" in words
    assert "שלום עולם" in words
    assert not set("\x00\x1b\u202e") & set(html)
    in_plots = "".join(data for tag, data in page.text if tag == "text")
    assert r"$\frac{$" in in_plots


def test_page_forbids_scripts_even_if_one_got_in(two):
    (policy,) = [a["content"] for a in two.all("meta") if "http-equiv" in a]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def broken(comparison, n_failed):
    """The last candidate failed in some of its folds, or in all of them."""
    table = comparison.ranking.copy()
    last = table.index[-1]
    table.loc[last, ["n_failed", "n_done"]] = [n_failed, 6 - n_failed]
    pair = (table.classifier[last], table.treatment[last])
    predictions = dict(comparison.predictions)
    if n_failed == 6:
        numbers = table.columns[table.dtypes == "float64"]
        table.loc[last, numbers] = np.nan
        del predictions[pair]
    return replace(comparison, ranking=table, predictions=predictions)


@pytest.mark.parametrize("n_failed", [2, 6])
def test_failed_candidates_are_marked(two_classes, n_failed):
    page = Page(render_report(broken(two_classes, n_failed)))
    assert f"no score in {n_failed} of 6 folds" in page.words()
    assert "nan" not in page.words()


def test_single_candidate(two_classes):
    best = two_classes.best
    table = two_classes.ranking.head(1)
    alone = replace(
        two_classes,
        ranking=table,
        effects=two_classes.effects.head(0),
        predictions={best: two_classes.predictions[best]},
        best_corrected=(float("nan"),) * 3,
        warnings=[],
        left_out=[],
    )
    page = Page(render_report(alone))
    assert "No treatment was compared with the untouched model" in page.words()
    assert "Warnings" not in page.words()
    assert "nan" not in page.words()


def test_comparison_of_which_only_numbers_are_left(two_classes):
    bare = replace(
        two_classes,
        predictions={},
        dataset=replace(two_classes.dataset, columns=(), source=""),
        settings={},
        versions={},
    )
    page = Page(render_report(bare))
    assert {attrs["id"] for attrs in page.all("svg") if "id" in attrs} == {"time"}


def test_folds_without_the_rare_class_are_survived(two_classes):
    seen = two_classes.predictions[two_classes.best]
    kept = seen.y == 0
    without = replace(two_classes, predictions={two_classes.best: seen.take(kept)})
    page = Page(render_report(without))
    assert "found by the recommended model" not in page.words()


def test_written_file_is_the_page(two_classes, tmp_path):
    path = write_report(two_classes, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == render_report(two_classes)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(InputError, match="does not exist"):
        write_report(two_classes, tmp_path / "nowhere" / "report.html")


def test_both_answers_are_in_the_report(two_answers, two):
    page = Page(render_report(two_answers))
    words = page.words()
    best = two_answers.ranking.set_index(["classifier", "treatment"]).loc[two_answers.best]
    assert f"(mean over the folds: {best.log_loss:.3f})" in words
    assert f"{two_answers.probabilities.best_corrected[0]:.3f}" in words
    assert "Two questions, two answers: macro F1 judges the decisions, log loss the prob" in words
    for name in ("macro F1", "log loss"):
        assert f"Difference in {name} between each treatment" in words
    assert "Two questions" not in two.words()
