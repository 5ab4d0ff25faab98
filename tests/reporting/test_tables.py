import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from rarebit.datasets._dataset import ColumnReport
from rarebit.reporting import print_comparison, rows
from rarebit.reporting.tables import effects_table, ranking_table


def printed(thing, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    if hasattr(thing, "dataset"):
        print_comparison(thing, console)
    else:
        console.print(thing)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_ranking_fits_the_terminal_with_its_intervals(two_classes, width):
    shown = printed(ranking_table(two_classes, width=width), width)
    lines = shown.rstrip().splitlines()
    assert len(lines) == 16
    assert ("…" in shown) == (width == 60)  # names make room for the interval
    assert "Macro F1" in lines[0]
    assert "95 % interval" in lines[0]
    assert max(map(len, lines)) <= width
    assert ("MCC" in lines[0]) == (width == 140)
    best = two_classes.ranking.iloc[0]
    assert f"{best.score:.3f}" in lines[1]


def test_long_rankings_are_cut_and_say_so(two_classes):
    shown = printed(ranking_table(two_classes, limit=4), 120)
    assert "and 11 more" in shown
    assert "more" not in printed(ranking_table(two_classes, limit=None), 120)


def test_failed_folds_are_shown_where_there_are_any(two_classes):
    assert "Failed" not in printed(ranking_table(two_classes), 120)
    table = two_classes.ranking.assign(n_failed=[0] * 14 + [2], n_done=4)
    shown = printed(ranking_table(replace(two_classes, ranking=table)), 120)
    assert "2 of 6" in shown


def test_columns_without_a_value_are_left_out(two_classes):
    no_p = replace(two_classes, ranking=two_classes.ranking.assign(p_best=np.nan))
    header = printed(ranking_table(no_p), 120).splitlines()[0]
    assert ("p vs. best" in header, "95 % interval" in header) == (False, True)
    one_open = two_classes.ranking.copy()
    one_open.loc[0, ["low", "high"]] = np.nan
    shown = printed(ranking_table(replace(two_classes, ranking=one_open)), 120)
    assert shown.count("not estimated") == 1
    assert "p vs. best" in shown
    effects = two_classes.effects.assign(low=np.nan, high=np.nan, p=np.nan)
    (answer,) = replace(two_classes, effects=effects).answers
    header = printed(effects_table(two_classes, answer), 120).splitlines()[0]
    assert header.split() == ["Treatment", "Difference", "Wins", "/", "ties", "/", "losses"]


def test_effects(two_classes):
    shown = printed(effects_table(two_classes, *two_classes.answers), 100)
    top = two_classes.effects.iloc[0]
    assert f"{top.difference:+.3f}".replace("-", "−") in shown
    assert f"{top.wins} / {top.ties} / {top.losses}" in shown


def test_everything_is_printed_once(two_classes):
    shown = " ".join(printed(two_classes, 300).split())
    for text in (*two_classes.finding, *two_classes.warnings, *two_classes.left_out):
        assert shown.count(" ".join(text.split())) == 1
    assert 'test rows of class "8", the recommended model found' in shown


def test_counts_beside_weighted_scores_say_that_they_are_not_weighted(weighted, two_classes):
    text = "Row weights are applied to all scores, but not to these counts."
    assert text in printed(weighted, 100)
    assert text not in printed(two_classes, 100)


def test_columns_that_were_dropped_unasked_are_named(two_classes):
    columns = (
        ColumnReport("eur", "dropped", "dropped: free text"),
        ColumnReport("x", "dropped", "dropped: as asked for"),
        ColumnReport("age", "numeric", "7 different numbers"),
    )
    changed = replace(two_classes, dataset=replace(two_classes.dataset, columns=columns))
    shown = printed(changed, 300)
    assert "dropped column: eur (free text).\n" in shown
    assert "as asked for" not in shown


def test_what_a_column_is_used_as_is_not_repeated_as_the_reason(two_classes):
    columns = (
        ColumnReport("eur", "dropped", "dropped: free text"),
        ColumnReport("day", "time", "time"),
        ColumnReport("age", "numeric", "7 different numbers"),
    )
    changed = replace(two_classes, dataset=replace(two_classes.dataset, columns=columns))
    assert [(row["used_as"], row["reason"]) for row in rows.column_rows(changed.dataset)] == [
        ("dropped", "free text"),
        ("time", ""),
        ("numeric", "7 different numbers"),
    ]


def test_one_is_written_in_the_singular(two_classes):
    best = two_classes.predictions[two_classes.best]
    y = np.zeros_like(best.y)
    y[0] = labels = 1
    alone = replace(best, y=y, labels=np.where(np.arange(len(y)) < 2, labels, 0))
    predictions = {**two_classes.predictions, two_classes.best: alone}
    shown = " ".join(printed(replace(two_classes, predictions=predictions), 300).split())
    assert "Of 1 test row of class" in shown
    assert "1 false alarm on the other" in shown


def test_markup_and_terminal_codes_in_names_are_only_text(hostile):
    shown = printed(hostile, 200)
    assert "[bold red]markup[/bold red] [/]" in shown
    assert "\x1b" not in shown
    assert "\x00" not in shown


def test_a_recommended_model_that_is_not_the_first_is_marked(two_classes):
    assert "recommended" not in printed(ranking_table(two_classes), 120)
    second = tuple(two_classes.ranking.loc[1, ["classifier", "treatment"]])
    shown = printed(ranking_table(replace(two_classes, best=second), limit=5), 120)
    assert "* recommended; and 10 more" in shown
    assert [line.split()[0] for line in shown.splitlines()[1:4]] == ["1", "*", "3"]


def test_both_answers_are_printed(two_answers):
    shown = printed(two_answers, 120)
    for heading in ("Difference in macro F1 from", "Difference in log loss (lower is better) from"):
        assert heading in shown
    best = two_answers.ranking.iloc[0]
    line = next(line for line in shown.splitlines() if line.lstrip(" *").startswith("1 "))
    assert f"{best.score:.3f}" in line
    assert f"{best.log_loss:.3f}" in line
