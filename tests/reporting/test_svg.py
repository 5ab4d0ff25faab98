import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from rarebit.reporting.svg import FAINT, INK, PALETTE, inline_svg, styled


@styled
def labelled(label):
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], label=label, color=PALETTE[1])
    axes.set(title=label, xlabel=label)
    axes.legend()
    return figure


@pytest.mark.parametrize("label", [r"$\frac{$", "$a$ and $b$", "<b>&amp;</b>", "日本語", "a\nb"])
def test_labels_are_drawn_as_they_are_written(label):
    drawn = str(inline_svg(labelled(label), "plot", label))
    escaped = label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for line in escaped.split("\n"):
        assert f">{line}</text>" in drawn


def test_colors_follow_the_page():
    drawn = str(inline_svg(labelled("x"), "plot", "x"))
    assert INK not in drawn
    assert FAINT not in drawn
    assert "currentColor" in drawn
    assert f"var(--series-2, {PALETTE[1]})" in drawn


def test_no_date_no_metadata_no_fixed_size():
    drawn = str(inline_svg(labelled("x"), "plot", "x"))
    opening = drawn[: drawn.index(">")]
    assert "<metadata" not in drawn
    assert "width" not in opening
    assert "viewBox" in opening
    assert drawn == str(inline_svg(labelled("x"), "plot", "x"))


def test_two_plots_share_no_id():
    def ids(drawn):
        return {part.split('"')[0] for part in str(drawn).split('id="')[1:]}

    one, other = (inline_svg(labelled("x"), name, "x") for name in ("one", "other"))
    assert ids(one)
    assert not ids(one) & ids(other)


def settings():
    """Every setting but the backend, which Matplotlib would pick on being asked."""
    return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}


def test_the_users_own_settings_neither_matter_nor_change():
    plain = str(inline_svg(labelled("x"), "plot", "x"))
    backend = dict.__getitem__(mpl.rcParams, "backend")
    before = settings()
    with mpl.rc_context({"lines.linewidth": 20, "axes.facecolor": "red", "font.size": 40}):
        assert str(inline_svg(labelled("x"), "plot", "x")) == plain
    assert settings() == before
    assert dict.__getitem__(mpl.rcParams, "backend") == backend
