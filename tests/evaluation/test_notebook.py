"""What a notebook shows of a result: its sentences and numbers, escaped."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from rarebit import TreatedClassifier, compare
from rarebit.evaluation import Protocol, evaluate
from rarebit.evaluation.notebook import as_html

HOSTILE = "<script>alert(1)</script>"


class Reader(HTMLParser):
    """The tags and texts of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data.strip())


def test_texts_are_escaped():
    read = Reader(as_html(HOSTILE, [HOSTILE], pd.DataFrame({HOSTILE: [HOSTILE]})))
    assert set(read.tags) == {"h4", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert read.texts.count(HOSTILE) == 4


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 4 == 0
    return pd.DataFrame({"x": rng.normal(size=120) + 2 * y}), np.where(y, "sick", "well")


@pytest.fixture(scope="module")
def outcome(table):
    return compare(
        *table,
        models=["gaussian_nb"],
        treatments=["untouched", "tuned_threshold"],
        protocol=Protocol(n_folds=2, n_repeats=1, n_configs=1),
        explain=False,
    )


@pytest.mark.slow
def test_a_comparison_shows_finding_and_ranking(outcome):
    read = Reader(outcome._repr_html_())
    assert all(sentence in read.texts for sentence in outcome.finding)
    assert read.tags.count("tr") == 1 + len(outcome.ranking)
    assert f"{outcome.ranking['score'].iloc[0]:.3f}" in read.texts
    assert {"Gaussian naive Bayes", "Tuned threshold"} <= set(read.texts)
    hostile = replace(outcome, finding=[HOSTILE], labels={"gaussian_nb": HOSTILE})
    assert "<script" not in hostile._repr_html_()
    long = replace(outcome, ranking=pd.concat([outcome.ranking] * 10))
    read = Reader(long._repr_html_())
    assert "The first 12 of 20 models:" in read.texts
    assert read.tags.count("tr") == 13


@pytest.mark.slow
def test_the_ranking_as_a_polars_table(outcome):
    polars = pytest.importorskip("polars")
    table = outcome.to_polars()
    assert isinstance(table, polars.DataFrame)
    assert table["score"].to_list() == outcome.ranking["score"].to_list()


def test_an_evaluation_shows_its_scores_and_a_model_its_diagram(table):
    X, y = table
    model = TreatedClassifier("gaussian_nb").fit(X.iloc[:80], y[:80])
    found = evaluate(model, X.iloc[80:], y[80:], n_resamples=10)
    read = Reader(found._repr_html_())
    assert found.finding[0] in read.texts
    score = found.metrics.set_index("metric").loc["roc_auc", "score"]
    assert f"{score:.3f}" in read.texts
    assert "sk-estimator" in model._repr_html_()
