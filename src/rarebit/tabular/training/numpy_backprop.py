"""QCL-MixNet's network forward and backward by hand, in NumPy, for training on a CPU.

At batches of 64 rows a step is a hundred small operations: it is their calls that take the time,
and NumPy's are cheaper than torch's, which has to trace them besides. A layer here stands for one
of torch: it works on the same memory and leaves its slopes in the gradients there. Arrays carry a
leading member axis where the module was stacked. Layers not known here train by autograd.

The biases before a batch norm, which takes every constant off again, have a slope of exactly 0:
those gradients stay 0. (Autograd would find rounding errors there, and AdamW scale them up.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from rarebit.tabular._rows import sum_rows
from rarebit.tabular.attention import AffineResidual, SampleAttention
from rarebit.tabular.entanglement import EqualParameterGate, QuantumEntanglement
from rarebit.tabular.layers import BatchNorm, Linear
from rarebit.tabular.network import QCLMixNet


class Layer(Protocol):
    """What maps rows, and then slopes by its output to those by its input and parameters."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map ``(..., n_rows, n_in)`` to ``(..., n_rows, n_out)``, and remember what it takes."""
        ...

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map the slope by the last output to that by its input; keep those by parameters."""
        ...

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Map rows as in prediction: a batch norm takes its running statistics."""
        ...


class HandLinear:
    """:class:`rarebit.tabular.layers.Linear`.

    Parameters
    ----------
    layer : Linear
        Its twin.
    centered : bool, default=False
        Whether a batch norm follows: the slope by the bias is 0 then.
    """

    def __init__(self, layer: Linear, centered: bool = False) -> None:
        self.weight, self.weight_slope = numbers_of(layer.weight)
        self.bias, self.bias_slope = numbers_of(layer.bias)
        self.centered = centered

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        out: np.ndarray = x @ self.weight.mT
        out += self.bias[..., None, :]
        return out

    predict = forward

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map slopes."""
        np.matmul(slope.mT, self.x, out=self.weight_slope)
        if not self.centered:
            self.bias_slope[...] = sum_rows(slope)[..., 0, :]
        return np.asarray(slope @ self.weight)


class HandHidden:
    """Linear, batch norm, and a ReLU, leaky or not.

    Parameters
    ----------
    layer : Linear
        Its weight and bias.
    norm : BatchNorm
        Scale and shift, and the running statistics, which it keeps.
    leak : float, default=0.0
        Slope of the activation below 0.
    """

    def __init__(self, layer: Linear, norm: BatchNorm, leak: float = 0.0) -> None:
        self.weight, self.weight_slope = numbers_of(layer.weight)
        self.bias, _ = numbers_of(layer.bias)
        self.scale, self.scale_slope = numbers_of(norm.weight)
        self.shift, self.shift_slope = numbers_of(norm.bias)
        self.running_mean, self.running_var = _array(norm.running_mean), _array(norm.running_var)
        self.momentum, self.eps = norm.momentum or 0.0, norm.eps
        self.leak = self.weight.dtype.type(leak)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        rows: np.ndarray = x @ self.weight.mT
        n_rows = rows.shape[-2]
        mean = sum_rows(rows) / n_rows
        rows -= mean
        var = sum_rows(rows * rows) / n_rows
        self._follow(mean[..., 0, :] + self.bias, var[..., 0, :] * (n_rows / (n_rows - 1)))
        self.centered = rows
        self.inverse = 1 / np.sqrt(var + self.eps)
        self.factor = self.inverse * self.scale[..., None, :]
        out: np.ndarray = rows * self.factor
        out += self.shift[..., None, :]
        self.out: np.ndarray = np.maximum(out, self.leak * out)
        return self.out

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        factor = self.scale / np.sqrt(self.running_var + self.eps)
        out: np.ndarray = x @ self.weight.mT
        out *= factor[..., None, :]
        out += (self.shift + (self.bias - self.running_mean) * factor)[..., None, :]
        return np.asarray(np.maximum(out, self.leak * out))

    def _follow(self, mean: np.ndarray, var: np.ndarray) -> None:
        """Move the running statistics towards those of the batch."""
        for running, now in ((self.running_mean, mean), (self.running_var, var)):
            now -= running
            now *= self.momentum
            running += now

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map slopes."""
        n_rows = slope.shape[-2]
        slope = slope * np.maximum(self.out > 0, self.leak)
        by_shift = sum_rows(slope)
        by_scale = sum_rows(slope * self.centered) * self.inverse
        self.shift_slope[...], self.scale_slope[...] = by_shift[..., 0, :], by_scale[..., 0, :]
        slope -= self.centered * (by_scale * self.inverse / n_rows)
        slope -= by_shift / n_rows
        slope *= self.factor
        np.matmul(slope.mT, self.x, out=self.weight_slope)
        return np.asarray(slope @ self.weight)


class HandEntanglement:
    """:class:`rarebit.tabular.QuantumEntanglement`: ``x c * sigmoid(x c . s)``.

    With ``w = c s`` (cosines times sines of theta) the gate's argument is ``x . w``, whose
    derivative by theta is ``x . cos(2 theta)``.
    """

    def __init__(self, layer: QuantumEntanglement) -> None:
        self.theta, self.theta_slope = numbers_of(layer.theta)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        theta = self.theta[..., None, :]
        self.cos, self.sin = np.cos(theta), np.sin(theta)
        self.gate = _sigmoid(x @ (self.cos * self.sin).mT)
        return np.asarray(x * self.cos * self.gate)

    predict = forward

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map slopes."""
        cos, sin, gate = self.cos, self.sin, self.gate
        product = slope * self.x
        by_argument = product @ cos.mT
        by_argument *= gate - gate * gate
        by_theta = (cos * cos - sin * sin) * (by_argument.mT @ self.x)
        by_theta -= sin * (gate.mT @ product)
        self.theta_slope[...] = by_theta[..., 0, :]
        out: np.ndarray = slope * gate
        out += by_argument * sin
        out *= cos
        return out


class HandGate:
    """:class:`rarebit.tabular.EqualParameterGate`: ``x * sigmoid(x . w)``."""

    def __init__(self, layer: EqualParameterGate) -> None:
        self.direction, self.direction_slope = numbers_of(layer.direction)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        self.gate = _sigmoid(x @ self.direction[..., None])
        return np.asarray(x * self.gate)

    predict = forward

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map slopes."""
        by_argument = np.vecdot(slope, self.x)[..., None] * (self.gate - self.gate * self.gate)
        self.direction_slope[...] = (by_argument.mT @ self.x)[..., 0, :]
        return np.asarray(slope * self.gate + by_argument * self.direction[..., None, :])


class HandResidual:
    """Linear maps, one after the other, added to their input; a batch norm follows."""

    def __init__(self, *layers: Linear) -> None:
        self.layers = [HandLinear(layer, centered=True) for layer in layers]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        out = x
        for layer in self.layers:
            out = layer.forward(out)
        out += x
        return out

    predict = forward

    def backward(self, slope: np.ndarray) -> np.ndarray:
        """Map slopes."""
        out = slope
        for layer in reversed(self.layers):
            out = layer.backward(out)
        out += slope
        return out


class HandNetwork:
    """:class:`rarebit.tabular.QCLMixNet`, trained by hand on batches of two rows or more.

    Parameters
    ----------
    network : QCLMixNet
        Its twin, on the CPU, each parameter with a gradient to write to.

    Examples
    --------
    >>> import torch
    >>> network = QCLMixNet(n_features=5, n_classes=3)
    >>> for parameter in network.parameters():
    ...     parameter.grad = torch.zeros_like(parameter)
    >>> by_hand = HandNetwork(network)
    >>> logits, embeddings = by_hand.forward(np.random.default_rng(0).random((4, 5), np.float32))
    >>> by_hand.backward(np.ones_like(logits), np.zeros_like(embeddings))
    >>> network.fc3.bias.grad
    tensor([4., 4., 4.])
    """

    def __init__(self, network: QCLMixNet) -> None:
        trunk: list[Layer | None] = [
            _make_layer(network.entanglement1),
            _make_layer(network.attention),
            HandHidden(network.fc1, network.norm1, network.leak),
            _make_layer(network.entanglement2),
            HandHidden(network.fc2, network.norm2, network.leak),
        ]
        self.trunk = [layer for layer in trunk if layer is not None]
        self.classifier = HandLinear(network.fc3)
        self.head: list[Layer] = [
            HandHidden(network.projection1, network.projection_norm),
            HandLinear(network.projection2),
        ]

    @staticmethod
    def knows(network: QCLMixNet) -> bool:
        """Say whether every layer of the network is known here."""
        known: tuple[type[nn.Module], ...] = (nn.Identity, *_LAYERS)
        return all(isinstance(x, known) for x in (network.entanglement1, network.attention))

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Map rows to their logits and embeddings."""
        for layer in self.trunk:
            x = layer.forward(x)
        return self.classifier.forward(x), self.head[1].forward(self.head[0].forward(x))

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Map rows to their logits as in prediction."""
        for layer in self.trunk:
            x = layer.predict(x)
        return self.classifier.predict(x)

    def backward(self, by_logits: np.ndarray, by_embeddings: np.ndarray) -> None:
        """Work out the slopes by all parameters from those by the last output."""
        slope = self.head[0].backward(self.head[1].backward(by_embeddings))
        slope += self.classifier.backward(by_logits)
        for layer in reversed(self.trunk):
            slope = layer.backward(slope)


_LAYERS: dict[type[nn.Module], Callable[[Any], Layer]] = {
    QuantumEntanglement: HandEntanglement,
    EqualParameterGate: HandGate,
    SampleAttention: lambda layer: HandResidual(layer.value, layer.output),
    AffineResidual: lambda layer: HandResidual(layer.linear),
}


def _make_layer(module: nn.Module) -> Layer | None:
    """Give a module its twin; None for one that passes its input on."""
    if isinstance(module, nn.Identity):
        return None
    return _LAYERS[type(module)](module)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))``, which never overflows as a tangent."""
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)


def numbers_of(parameter: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """See a parameter and its gradient as arrays."""
    return _array(parameter), _array(parameter.grad)


def _array(tensor: Tensor | None) -> np.ndarray:
    """See a tensor as an array over the same memory."""
    assert tensor is not None
    return np.asarray(tensor.detach())
