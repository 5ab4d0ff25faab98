"""The model card: its facts read off the comparison, what people wrote into it, hostile names."""

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit._common.wording import percent
from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.reporting import write_card
from rarebit.reporting.card import write_training_card
from rarebit.reporting.card_text import card_html, open_items, own_text, read_card, write_page
from rarebit.reporting.names import clean
from rarebit.reporting.pages import as_markdown, fenced
from rarebit.reporting.report import render_report
from rarebit.running.tasks import fit_on
from rarebit.zoo import TreatedClassifier

# The items of the checklist: Collins et al., BMJ 2024;385:e078378, table 2.
PARTS = {
    3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc",
    23: "ab", 27: "abc",
}  # fmt: skip
ITEMS = [f"{item}{part}" for item in range(1, 28) for part in PARTS.get(item, [""])]


class Shown(HTMLParser):
    """The tags of a page, and the text of its cells and list items."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.cells, self.open = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th", "li"):
            self.cells.append("")
            self.open = True

    def handle_endtag(self, tag):
        if tag in ("td", "th", "li"):
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.cells[-1] += data


def section(text, heading):
    return text.partition(f"# {heading}\n")[2].partition("\n#")[0].strip()


def table(text, heading):
    """Cells of the tables below a heading, by the first cell of their lines."""
    lines = [line for line in section(text, heading).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


@pytest.fixture(scope="module")
def folder(weighted, tmp_path_factory):
    return save(weighted.model, tmp_path_factory.mktemp("card") / "model")


def written_on(day, comparison, folder):
    """The text of a card written at noon of a day."""
    seconds = datetime.fromisoformat(f"{day}T12:00+00:00").timestamp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", f"{seconds:.0f}")
        return write_card(comparison, folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def card(weighted, folder):
    return written_on("2026-03-04", weighted, folder)


def test_facts_are_those_of_the_comparison(card, weighted):
    data = weighted.dataset
    y = data.labels
    classes = table(card, "Data")
    assert classes["sick (rare)"][0] == str((y == "sick").sum())
    weight = data.sample_weight
    share = weight[y == "well"].sum() / weight.sum()
    assert classes["well"] == ["200", percent(200 / 240), percent(share)]
    in_use = f"for {percent(1 - share)} of sick and {percent(share)} of well"
    assert in_use in section(card, "Model")
    assert "240 rows, 2 features, 2 classes; imbalance ratio 5.0" in section(card, "Data")
    assert "The rows are weighted" in section(card, "Data")
    assert "on 2026-03-04" in card
    assert "- Seed: 0" in card
    assert f"- numpy: {np.__version__}" in card
    assert "Classifier: Gaussian naive Bayes" in section(card, "Model")
    assert "3 folds, 2 repeats" in section(card, "Protocol")
    assert "3 combinations of classifier" in section(card, "How the model was chosen")
    limits = section(card, "Limits")
    assert "not on rows of another time or place" in limits
    assert "Class “sick” has 40 rows" in limits
    for warning in weighted.warnings:
        assert warning in limits


def test_figures_are_those_of_the_comparison_and_of_the_report(card, weighted):
    shown = table(card, "Performance")
    score, low, high = weighted.best_corrected
    best = weighted.ranking[weighted.ranking["treatment"] == weighted.best[1]].iloc[0]
    assert shown["Expected cost (decisions)"] == [
        f"{score:.3f}", f"{low:.3f} to {high:.3f}", f"{best.expected_cost:.3f}"
    ]  # fmt: skip
    score, low, high = weighted.probabilities.best_corrected
    assert shown["Log loss (probabilities)"][:2] == [f"{score:.3f}", f"{low:.3f} to {high:.3f}"]
    assert shown["ROC-AUC"][2] == f"{best.roc_auc:.3f}"
    assert f"calibration error {best.calibration_error:.3f}" in section(card, "Calibration")
    seen = weighted.predictions[weighted.best]
    first, rare = seen.repeat == 0, seen.y == weighted.dataset.positive
    alarm = seen.labels == weighted.dataset.positive
    found, missed = (first & rare & alarm).sum(), (first & rare & ~alarm).sum()
    assert f"of class “sick”, it found {found} and missed {missed}" in card
    costs = table(card, "Costs")
    total = (seen.weight * (10 * (rare & ~alarm) + (~rare & alarm)))[first].sum()
    assert (
        costs[f"Gaussian naive Bayes · {weighted.labels[weighted.best[1]]}"][0] == f"{total:,.2f}"
    )
    report = " ".join(re.sub("<[^>]*>", " ", render_report(weighted)).split())
    for figure in ("Calibration error", "Brier score"):
        del shown[figure]  # the report draws calibration
    for figures in (shown, table(card, "Costs"), table(card, "What the predictions depend on")):
        assert len(figures) > 3
        for cells in list(figures.values())[2:]:
            assert all(cell.replace("\\", "") in report for cell in cells if cell != "–")


def test_every_item_of_the_checklist_is_filled_in_or_open(card):
    found = re.findall(r"^### (\d+[a-g]?) (?=[A-Z])", card, re.MULTILINE)
    assert found == ITEMS
    for heading in re.findall(r"^### (\d+.*)$", card, re.MULTILINE):
        assert len(section(card, heading)) > 10, heading
    items = open_items(card)
    assert {"Intended use", "Limits", "17 Ethical approval", "18a Funding"} < set(items)
    assert not {"4 Objectives", "12c Analysis: model and its development"} & set(items)


def test_sections_that_were_asked_for(two_classes, tmp_path):
    model = fit_on(TreatedClassifier("gaussian_nb", at="recall>=0.8"), two_classes.dataset)
    write_card(replace(two_classes, model=model), tmp_path)
    text = read_card(tmp_path)
    assert "Operating point: recall>=0.8" in section(text, "Model")
    assert "decided at the operating point recall>=0.8" in section(text, "15 Model output")
    assert "the same value in every row" in table(text, "Data")["pixel 0"][1]
    for absent in ("### Operating points", "### Costs", "### Subgroups", "### Stability"):
        assert absent not in text
    with pytest.raises(InputError, match="no model, so there is no card"):
        write_card(replace(two_classes, model=None), tmp_path)


def test_a_model_without_a_comparison(weighted, tmp_path):
    data, model = weighted.dataset, weighted.model
    write_training_card(model, data, tmp_path, notes=["Take care."], command="rarebit train t.csv")
    text = read_card(tmp_path)
    assert "Its performance on new rows was not measured" in section(text, "Protocol")
    assert "- Take care." in section(text, "Limits")
    assert "rarebit train t.csv" in section(text, "How to make it again")
    assert "## Performance" not in text
    assert section(text, "23a Model performance") == "Not measured."
    assert re.findall(r"^### (\d+[a-g]?) ", text, re.MULTILINE) == ITEMS


def edited(card):
    """A card as people return it: answered, remarked on, with lines and ends of lines changed."""
    question = section(card, "Intended use")
    assert question.startswith("**(open)**")
    text = card.replace(question, "Triage.\n\n- ward\n\n  night\n- clinic")
    text = text.replace(
        "## Protocol\n", "## Contact\n\nJane\n\n~~~\n# no heading\n~~~\n\n## Protocol\n"
    )
    funding = section(card, "18a Funding")
    text = text.replace(funding, f"{funding}\n\nNobody so far.")
    return text.replace("| --- | ---: |", "|:-----|-----:|").replace("\n", "\r\n")


def test_what_people_wrote_is_kept(card, weighted, folder, tmp_path):
    assert own_text(card) == []
    (tmp_path / "card.md").write_bytes(edited(card).encode())
    kept = [each.title for each in own_text(read_card(tmp_path))]
    assert kept == ["Intended use", "Contact", "18a Funding"]
    later = replace(weighted, warnings=["A new warning."], best_corrected=(0.5, 0.4, 0.6))
    for _ in range(2):  # once more: nothing is doubled
        text = written_on("2026-05-06", later, tmp_path)
        assert section(text, "Intended use") == "Triage.\n\n- ward\n\n  night\n- clinic"
        assert text.count("Jane") == text.count("# no heading") == text.count("Triage") == 1
        assert text.index("## Data") < text.index("## Contact") < text.index("## Protocol")
        # A question that was left is open still; the answer comes after it.
        assert re.search(r"\(open\).*\n\nNobody so far\.$", section(text, "18a Funding"))
        assert "2026-03-04" not in text
        assert "2026-05-06" in text
        assert table(text, "Performance")["Expected cost (decisions)"][0] == "0.500"
        assert "A new warning." in section(text, "Limits")
        assert [each.title for each in own_text(text)] == kept
    assert "Intended use" not in open_items(text)
    assert "<p>Triage.</p>" in (tmp_path / "card.html").read_text()


def test_text_of_a_section_that_is_gone_is_kept(card, weighted, tmp_path):
    heading = "### Costs\n"
    (tmp_path / "card.md").write_text(card.replace(heading, f"{heading}\nIn euros.\n"))
    write_card(replace(weighted, cost=None), tmp_path)
    text = read_card(tmp_path)
    assert section(text, "Costs") == "In euros."
    assert text.index("### Calibration") < text.index("### Costs") < text.index("## Limits")


def test_a_card_without_its_record_loses_nothing(card, weighted, tmp_path):
    text = edited(card).partition("[//]: # (rarebit")[0]
    (tmp_path / "card.md").write_text(text)
    write_card(weighted, tmp_path)
    again = read_card(tmp_path)
    assert section(again, "Contact").startswith("Jane")
    assert again.count("In every fold") == 1


def test_a_card_stays_when_its_model_is_replaced(card, weighted, folder, tmp_path):
    place = save(weighted.model, tmp_path / "model")
    (place / "card.md").write_text("Mine.")
    (place / "card.html").write_text("Old.")
    save(weighted.model, place)
    assert (place / "card.md").read_text() == "Mine."
    assert not (place / "card.html").exists()
    load(place)


HOSTILE = (
    "[x](javascript:alert(1))", "![x](http://example.org/x.png)", "**bold** _a_ __b__ ~~c~~",
    "a|b \\| c", "`code` ``", "# head", "- item", "+ item", "1. item", "> quote", "&lt;b&gt; &amp;",
    "<http://example.org>", "<script>alert(1)</script>", "---", "===", "\\", "[//]: # (rarebit 0)",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_names_is_text(name):
    shown = as_markdown(name)
    page = Shown(card_html(f"- {shown}\n\n| {shown} | x |\n| --- | --- |\n| {shown} | y |"))
    assert page.cells == [name, name, "x", name, "y"]
    assert not {"a", "img", "script", "em", "strong", "code", "blockquote"} & set(page.tags)


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_any_name_is_shown_as_it_is(text):
    name = clean(text).strip() or "x"
    shown = as_markdown(name)
    page = Shown(card_html(f"- a {shown} z\n\n| {shown} |\n| --- |\n| {shown} |"))
    assert page.cells == [f"a {name} z", name, name]


def test_hostile_comparison(hostile, weighted, tmp_path):
    columns = hostile.dataset.columns
    columns = (*columns, *(replace(columns[0], name=name, reason=name) for name in HOSTILE))
    data = replace(hostile.dataset, columns=columns)
    write_card(replace(hostile, dataset=data, model=weighted.model), tmp_path)
    page = Shown((tmp_path / "card.html").read_text(encoding="utf-8"))
    assert not {"script", "a", "img", "em", "blockquote", "svg"} & set(page.tags)
    for name in (*HOSTILE, "<script>alert(1)</script>", r"$\frac{$"):
        assert name in page.cells
    text = read_card(tmp_path)
    assert own_text(text) == []
    assert not set("\x00\x1b\u202e") & set(text)


def test_code_cannot_end_its_block():
    code = "rarebit compare '```' '## Mine'"
    page = card_html(fenced(code))
    assert "<h2>" not in page
    assert "## Mine" in page


def test_a_card_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"There is no card\.md in"):
        write_page(tmp_path)
    (tmp_path / "card.md").write_bytes(b"caf\xe9")
    with pytest.raises(InputError, match="is not UTF-8 text: save it as UTF-8"):
        write_page(tmp_path)
    (tmp_path / "card.md").write_text("\ufeff# Caf\u00e9\n")
    write_page(tmp_path)
    assert "<h1>Caf\u00e9</h1>" in (tmp_path / "card.html").read_text(encoding="utf-8")
