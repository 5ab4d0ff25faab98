"""The attention block (Eq. 4-6) is affine at sequence length 1; attention over features is not."""

import pytest
import torch

from rarebit.tabular.network.attention import (
    AffineResidual,
    FeatureTokenAttention,
    SampleAttention,
    make_attention,
)


def published(n_features):
    return torch.nn.MultiheadAttention(n_features, 1, batch_first=True)


def apply_published(attention, x):
    row = x.unsqueeze(1)
    return x + attention(row, row, row, need_weights=False)[0].squeeze(1)


def with_weights_of(attention, n_features):
    block = SampleAttention(n_features)
    state = attention.state_dict()
    weights = state["in_proj_weight"].chunk(3)
    biases = state["in_proj_bias"].chunk(3)
    for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        part = getattr(block, name)
        part.load_state_dict({"weight": weight, "bias": bias})
    block.output.load_state_dict(
        {"weight": state["out_proj.weight"], "bias": state["out_proj.bias"]}
    )
    return block


def test_equals_multihead_attention_over_a_sequence_of_one():
    torch.manual_seed(0)
    attention, x = published(5), torch.randn(7, 5)
    torch.nn.init.normal_(attention.in_proj_bias)
    block = with_weights_of(attention, 5)
    torch.testing.assert_close(block(x), apply_published(attention, x))


def test_weights_are_drawn_from_the_range_of_multihead_attention():
    torch.manual_seed(0)
    block, theirs = SampleAttention(64), published(64).in_proj_weight
    for part in (block.query, block.key, block.value):
        torch.testing.assert_close(part.weight.abs().max(), theirs.abs().max(), rtol=1e-2, atol=0)
        assert (part.bias == 0).all()
    assert (block.output.bias == 0).all()


def test_query_and_key_have_no_gradient_in_the_published_block_nor_here():
    torch.manual_seed(0)
    attention, x = published(5), torch.randn(7, 5)
    apply_published(attention, x).square().sum().backward()
    query, key, value = attention.in_proj_weight.grad.chunk(3)
    assert (query == 0).all()
    assert (key == 0).all()
    assert (value != 0).any()
    block = SampleAttention(5)
    block(x).square().sum().backward()
    assert block.query.weight.grad is None
    assert block.key.weight.grad is None
    assert (block.value.weight.grad != 0).any()


def test_the_published_block_is_affine():
    torch.manual_seed(0)
    attention = published(4).double()
    a, b = torch.randn(2, 6, 4, dtype=torch.float64)
    middle = apply_published(attention, 0.3 * a + 0.7 * b)
    ends = 0.3 * apply_published(attention, a) + 0.7 * apply_published(attention, b)
    torch.testing.assert_close(middle, ends)


def test_attention_over_features_is_not_affine_and_uses_every_parameter():
    torch.manual_seed(0)
    block = FeatureTokenAttention(4).double()
    a, b = torch.randn(2, 6, 4, dtype=torch.float64)
    assert not torch.allclose(block((a + b) / 2), (block(a) + block(b)) / 2, atol=1e-4)
    block(a).square().sum().backward()
    for name, parameter in block.named_parameters():
        assert (parameter.grad != 0).any(), name


def test_attention_over_features_equals_the_loop():
    torch.manual_seed(0)
    block, x = FeatureTokenAttention(3, width=2).double(), torch.randn(1, 3, dtype=torch.float64)
    tokens = [x[0, j] * block.scale[j] + block.place[j] for j in range(3)]
    query, key, value = zip(*(block.query_key_value(t).chunk(3) for t in tokens), strict=True)
    for i in range(3):
        shares = torch.stack([query[i] @ key[j] / 2**0.5 for j in range(3)]).softmax(dim=0)
        gathered = sum(share * v for share, v in zip(shares, value, strict=True))
        torch.testing.assert_close(block(x)[0, i], (x[0, i] + block.output(gathered))[0])


def test_the_affine_control_equals_the_formula():
    torch.manual_seed(0)
    block, x = AffineResidual(4), torch.randn(3, 4)
    torch.testing.assert_close(block(x), x + x @ block.linear.weight.T + block.linear.bias)


@pytest.mark.parametrize("kind", ["sample", "affine", "features"])
def test_kinds(kind):
    blocks = {
        "sample": SampleAttention,
        "affine": AffineResidual,
        "features": FeatureTokenAttention,
    }
    assert type(make_attention(kind, 4)) is blocks[kind]


def test_none_is_the_identity():
    x = torch.randn(3, 4)
    assert make_attention("none", 4)(x) is x
