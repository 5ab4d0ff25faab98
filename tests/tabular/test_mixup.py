"""kNN mixup (Eq. 7-8) against a loop, its options, and its alternatives."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.tabular.mixup import MixupSettings, choose_partners, draw_mixup, mix_batch


def possible_partners(points, labels, i, settings):
    """All rows that row ``i`` may be mixed with, by the definition."""
    others = [j for j in range(len(points)) if j != i]
    if settings.same_class:
        others = [j for j in others if labels[j] == labels[i]]
    if settings.kind == "knn":
        others.sort(key=lambda j: math.dist(points[i], points[j]))
        others = others[: settings.n_neighbors]
    return set(others) or {i}


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    n_rows=st.integers(1, 12),
    kind=st.sampled_from(["knn", "random", "uniform"]),
    same_class=st.booleans(),
)
def test_exactly_the_possible_partners_are_chosen(seed, n_rows, kind, same_class):
    torch.manual_seed(seed)
    options = MixupSettings(kind=kind, n_neighbors=3, same_class=same_class)
    points, labels = torch.randn(n_rows, 2, dtype=torch.float64), torch.randint(0, 3, (n_rows,))
    found = [set() for _ in range(n_rows)]
    for u in torch.linspace(0, 1, 101):  # with both ends: 1 is what float32 may round to
        pick = u.expand(n_rows).numpy()
        partners = choose_partners(points.numpy(), labels.numpy(), pick, options)
        for i, partner in enumerate(partners.tolist()):
            found[i].add(partner)
    expected = [
        possible_partners(points.tolist(), labels.tolist(), i, options) for i in range(n_rows)
    ]
    assert found == expected


def test_all_neighbors_are_equally_likely():
    points, labels = np.arange(8.0)[:, None] ** 1.1, np.zeros(8, dtype=np.int64)
    options = MixupSettings(n_neighbors=4)
    picks = (np.arange(1000) + 0.5) / 1000
    partners = [choose_partners(points, labels, np.full(8, u), options)[0] for u in picks]
    _, counts = np.unique(partners, return_counts=True)
    assert counts.tolist() == [250] * 4


def test_uniform_partners_are_balanced_over_classes():
    points, labels = np.zeros((10, 1)), np.array([0] * 9 + [1])
    picks = (np.arange(1000) + 0.5) / 1000
    for kind, share in (("uniform", 1 / 2), ("random", 1 / 9)):
        options = MixupSettings(kind=kind)
        partners = [choose_partners(points, labels, np.full(10, u), options)[0] for u in picks]
        assert np.mean(np.array(partners) == 9) == pytest.approx(share, abs=0.002)


@pytest.mark.parametrize("coefficient", ["batch", "sample"])
def test_mixing_equals_the_loop(coefficient):
    torch.manual_seed(0)
    x, labels = torch.randn(6, 3), torch.randint(0, 3, (6,))
    draws = torch.from_numpy(draw_mixup(6, MixupSettings(), np.random.default_rng(0)))
    mixed = mix_batch(x, labels, draws, MixupSettings(coefficient=coefficient))
    soft = mixed.labels(labels, 3)
    for i in range(6):
        share = draws[0 if coefficient == "batch" else i, 0]
        j = mixed.partner[i]
        torch.testing.assert_close(mixed.x[i], share * x[i] + (1 - share) * x[j])
        expected = torch.zeros(3)
        expected[labels[i]] += share
        expected[labels[j]] += 1 - share
        torch.testing.assert_close(soft[i], expected)


def test_coefficients_follow_the_folded_beta():
    draws = draw_mixup(20_000, MixupSettings(alpha=0.4), np.random.default_rng(0))
    folded = draws[:, 0].astype(float)
    assert folded.min() >= 0.5
    # E[(2 L - 1)^2] = 4 Var(L) = 1 / (2 alpha + 1), which folding leaves as it is.
    assert ((2 * folded - 1) ** 2).mean() == pytest.approx(1 / 1.8, abs=0.01)
    assert 0 <= draws[:, 1].min() <= draws[:, 1].max() <= 1


def test_neighbors_can_be_searched_among_other_points():
    x, labels = torch.tensor([[0.0], [1.0], [10.0]]), torch.tensor([0, 0, 0])
    points = torch.tensor([[0.0], [10.0], [1.0]])
    draws = torch.tensor([[0.5, 0.0]] * 3)
    options = MixupSettings(n_neighbors=1)
    assert mix_batch(x, labels, draws, options).partner.tolist() == [1, 0, 1]
    assert mix_batch(x, labels, draws, options, points=points).partner.tolist() == [2, 2, 0]


def test_without_mixup_every_row_is_its_own_partner():
    torch.manual_seed(0)
    x, labels, draws = torch.randn(2, 5, 3), torch.randint(0, 2, (2, 5)), torch.rand(2, 5, 2)
    mixed = mix_batch(x, labels, draws, MixupSettings(kind="none"))
    assert torch.equal(mixed.x, x)
    assert mixed.partner.tolist() == [[0, 1, 2, 3, 4]] * 2


def test_members_are_separate():
    torch.manual_seed(0)
    x, labels = torch.randn(3, 7, 2), torch.randint(0, 3, (3, 7))
    draws = torch.rand(3, 7, 2)
    for kind in ("knn", "random", "uniform"):
        options = MixupSettings(kind=kind, same_class=kind == "random")
        together = mix_batch(x, labels, draws, options).x
        apart = [mix_batch(*three, options).x for three in zip(x, labels, draws, strict=True)]
        torch.testing.assert_close(together, torch.stack(apart))
