import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rarebit.exceptions import InputError
from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.reporting.svg import INK, PALETTE


def some_ranks(k, prefix="model "):
    rng = np.random.default_rng(k)
    return pd.Series(np.sort(rng.uniform(1, k, size=k)), [f"{prefix}{i}" for i in range(k)])


def texts(figure):
    return {text.get_text(): text for text in figure.axes[0].texts}


def lines(figure):
    """Polylines as arrays of points: the models' lines have three, the others two."""
    return [line.get_xydata() for line in figure.axes[0].lines]


@pytest.mark.parametrize("k", [2, 4, 13, 25])
@pytest.mark.parametrize("prefix", ["m", "gradient boosting with treatment number "])
def test_nothing_overlaps_and_all_is_on_the_page(k, prefix):
    ranks = some_ranks(k, prefix)
    names = list(ranks.index)
    groups = [names[: k // 2 + 1], names[k // 2 :]] if k > 2 else [names]
    figure = critical_difference_diagram(ranks, groups, critical_difference=1.5)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    page = figure.bbox
    assert all(
        page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 and b.y1 <= page.y1 for b in boxes
    )
    assert sum(prefix in text for text in texts(figure)) == k


def test_lines_lead_from_rank_to_name_in_scale():
    ranks = pd.Series({"a": 1.5, "b": 2.0, "c": 3.5, "d": 4.0})
    paths = [points for points in lines(critical_difference_diagram(ranks, [])) if len(points) == 3]
    x = [points[0, 0] for points in paths]
    np.testing.assert_allclose(np.diff(x) / (x[1] - x[0]), [1, 3, 1])
    shown = critical_difference_diagram(ranks, [])
    for name, points in zip(ranks.index, paths, strict=True):
        text = next(t for label, t in texts(shown).items() if name in label)
        assert text.get_position()[1] == points[-1, 1]
        assert f"{ranks[name]:.2f}" in text.get_text()


@pytest.mark.parametrize("k", [5, 12, 25])
def test_no_line_crosses_another(k):
    figure = critical_difference_diagram(some_ranks(k), [])
    paths = [points for points in lines(figure) if len(points) == 3]
    for (start, corner, end), (other, _, foot) in combinations(paths + paths[::-1], 2):
        low, high = sorted((corner[0], end[0]))
        through = low < other[0] < high and foot[1] < corner[1]
        assert start[0] == other[0] or not through


def test_bars_span_their_models_and_those_that_touch_lie_apart():
    ranks = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0})
    figure = critical_difference_diagram(ranks, [["b", "a"], ["b", "c"], ["d", "e"]])
    stems = [points[0, 0] for points in lines(figure) if len(points) == 3]
    place = dict(zip(ranks.index, stems, strict=True))
    wide = [line for line in figure.axes[0].lines if line.get_linewidth() > 3]
    (first, second, third) = (line.get_xydata() for line in wide)
    for bar, (low, high) in ((first, "ab"), (second, "bc"), (third, "de")):
        assert bar[0, 0] == pytest.approx(place[low], abs=0.06)
        assert bar[1, 0] == pytest.approx(place[high], abs=0.06)
    assert first[0, 1] == third[0, 1] > second[0, 1]


def test_the_critical_difference_is_drawn_to_scale():
    ranks = pd.Series({"a": 1.0, "b": 4.0})
    figure = critical_difference_diagram(ranks, [], critical_difference=1.5)
    left, right = (points[0, 0] for points in lines(figure) if len(points) == 3)
    measure = next(p for p in lines(figure) if p[0, 1] == p[1, 1] > 0)
    assert np.ptp(measure[:, 0]) == pytest.approx((right - left) / 2)
    assert "critical difference 1.50" in texts(figure)


def test_names_for_people_and_colour():
    ranks = pd.Series({"rf": 1.2, "lr": 1.8})
    figure = critical_difference_diagram(
        ranks, [], labels={"rf": "Random $forest"}, highlight=["lr"]
    )
    assert texts(figure)["Random $forest  1.20"].get_color() == INK
    assert texts(figure)["1.80  lr"].get_color() == PALETTE[1]


def test_equal_ranks_share_a_place_and_the_figure_can_be_saved():
    figure = critical_difference_diagram(pd.Series({"a": 2.0, "b": 2.0, "c": 2.0}), [["a", "c"]])
    stems = [points[0, 0] for points in lines(figure) if len(points) == 3]
    assert len(stems) == 3
    assert len(set(stems)) == 1
    for kind in ("png", "svg"):
        file = io.BytesIO()
        figure.savefig(file, format=kind)
        assert file.tell() > 1000


@pytest.mark.parametrize(
    ("ranks", "groups", "message"),
    [
        ({"a": 1.0}, [], "at least two models"),
        ({"a": 1.0, "b": np.nan}, [], "not missing"),
        ({"a": 1.0, "b": 2.0}, [["a", "z"]], "'z'"),
        ({"a": 1.0, "b": 2.0}, [[]], "no model"),
    ],
)
def test_bad_input_is_named(ranks, groups, message):
    with pytest.raises(InputError, match=message):
        critical_difference_diagram(pd.Series(ranks), groups)
