"""Forward and backward pass of the QCL-MixNet network in NumPy, for training on a CPU.

With batches of 64 rows a step is a hundred small operations whose cost is the call itself: NumPy's
calls are cheaper than torch's, which also record for autograd. Each layer here mirrors a torch
layer: it works on the same memory and writes to the same gradients. Arrays have a leading member
axis if the module was stacked. Layers without a mirror train by autograd.

A bias before a batch norm, which removes every constant, has a gradient of exactly 0 here.
(Autograd computes rounding errors there, which AdamW scales up.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from rarebit.tabular._arrays import sum_rows
from rarebit.tabular.network.attention import AffineResidual, SampleAttention
from rarebit.tabular.network.entanglement import EqualParameterGate, QuantumEntanglement
from rarebit.tabular.network.layers import BatchNorm, Linear
from rarebit.tabular.network.qcl_mixnet import QCLMixNet


class Layer(Protocol):
    """A layer with a forward and a backward pass."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map ``(..., n_rows, n_in)`` to ``(..., n_rows, n_out)`` and cache for ``backward``."""
        ...

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map the gradient of the last output to that of its input; store the parameters'."""
        ...

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Map rows as in prediction: batch norm uses its running statistics."""
        ...


class NumpyLinear:
    """:class:`Linear`; ``centered`` if a batch norm follows, which makes the bias gradient 0."""

    def __init__(self, layer: Linear, *, centered: bool = False) -> None:
        self.weight, self.weight_grad = value_and_grad(layer.weight)
        self.bias, self.bias_grad = value_and_grad(layer.bias)
        self.centered = centered

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        out: np.ndarray = x @ self.weight.mT
        out += self.bias[..., None, :]
        return out

    predict = forward

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map gradients."""
        np.matmul(grad.mT, self.x, out=self.weight_grad)
        if not self.centered:
            self.bias_grad[...] = sum_rows(grad)[..., 0, :]
        return np.asarray(grad @ self.weight)


class NumpyHidden:
    """:class:`Linear`, :class:`BatchNorm` and a ReLU, leaky if ``negative_slope`` is not 0."""

    def __init__(self, layer: Linear, norm: BatchNorm, negative_slope: float = 0.0) -> None:
        self.weight, self.weight_grad = value_and_grad(layer.weight)
        self.bias, _ = value_and_grad(layer.bias)
        self.scale, self.scale_grad = value_and_grad(norm.weight)
        self.shift, self.shift_grad = value_and_grad(norm.bias)
        self.running_mean, self.running_var = _array(norm.running_mean), _array(norm.running_var)
        self.momentum, self.eps = norm.momentum or 0.0, norm.eps
        self.negative_slope = self.weight.dtype.type(negative_slope)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        rows: np.ndarray = x @ self.weight.mT
        n_rows = rows.shape[-2]
        mean = sum_rows(rows) / n_rows
        rows -= mean
        var = sum_rows(rows * rows) / n_rows
        self._track(mean[..., 0, :] + self.bias, var[..., 0, :] * (n_rows / (n_rows - 1)))
        self.centered = rows
        self.inverse = 1 / np.sqrt(var + self.eps)
        self.factor = self.inverse * self.scale[..., None, :]
        out: np.ndarray = rows * self.factor
        out += self.shift[..., None, :]
        self.out: np.ndarray = np.maximum(out, self.negative_slope * out)
        return self.out

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        factor = self.scale / np.sqrt(self.running_var + self.eps)
        out: np.ndarray = x @ self.weight.mT
        out *= factor[..., None, :]
        out += (self.shift + (self.bias - self.running_mean) * factor)[..., None, :]
        return np.asarray(np.maximum(out, self.negative_slope * out))

    def _track(self, mean: np.ndarray, var: np.ndarray) -> None:
        """Move the running statistics towards those of the batch."""
        for running, now in ((self.running_mean, mean), (self.running_var, var)):
            now -= running
            now *= self.momentum
            running += now

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map gradients."""
        n_rows = grad.shape[-2]
        grad = grad * np.maximum(self.out > 0, self.negative_slope)
        shift_grad = sum_rows(grad)
        scale_grad = sum_rows(grad * self.centered) * self.inverse
        self.shift_grad[...], self.scale_grad[...] = shift_grad[..., 0, :], scale_grad[..., 0, :]
        grad -= self.centered * (scale_grad * self.inverse / n_rows)
        grad -= shift_grad / n_rows
        grad *= self.factor
        np.matmul(grad.mT, self.x, out=self.weight_grad)
        return np.asarray(grad @ self.weight)


class NumpyEntanglement:
    """:class:`QuantumEntanglement`: ``x c * sigmoid(x c . s)``.

    With ``w = c s`` (cosine times sine of theta) the gate's argument is ``x . w``, whose derivative
    with respect to theta is ``x . cos(2 theta)``.
    """

    def __init__(self, layer: QuantumEntanglement) -> None:
        self.theta, self.theta_grad = value_and_grad(layer.theta)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        theta = self.theta[..., None, :]
        self.cos, self.sin = np.cos(theta), np.sin(theta)
        self.gate = _sigmoid(x @ (self.cos * self.sin).mT)
        return np.asarray(x * self.cos * self.gate)

    predict = forward

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map gradients."""
        cos, sin, gate = self.cos, self.sin, self.gate
        product = grad * self.x
        argument_grad = product @ cos.mT
        argument_grad *= gate - gate * gate
        theta_grad = (cos * cos - sin * sin) * (argument_grad.mT @ self.x)
        theta_grad -= sin * (gate.mT @ product)
        self.theta_grad[...] = theta_grad[..., 0, :]
        out: np.ndarray = grad * gate
        out += argument_grad * sin
        out *= cos
        return out


class NumpyGate:
    """:class:`EqualParameterGate`: ``x * sigmoid(x . w)``."""

    def __init__(self, layer: EqualParameterGate) -> None:
        self.direction, self.direction_grad = value_and_grad(layer.direction)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        self.x = x
        self.gate = _sigmoid(x @ self.direction[..., None])
        return np.asarray(x * self.gate)

    predict = forward

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map gradients."""
        argument_grad = np.vecdot(grad, self.x)[..., None] * (self.gate - self.gate * self.gate)
        self.direction_grad[...] = (argument_grad.mT @ self.x)[..., 0, :]
        return np.asarray(grad * self.gate + argument_grad * self.direction[..., None, :])


class NumpyResidual:
    """A chain of linear maps, added to its input; a batch norm follows."""

    def __init__(self, *layers: Linear) -> None:
        self.layers = [NumpyLinear(layer, centered=True) for layer in layers]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Map rows."""
        out = x
        for layer in self.layers:
            out = layer.forward(out)
        out += x
        return out

    predict = forward

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """Map gradients."""
        out = grad
        for layer in reversed(self.layers):
            out = layer.backward(out)
        out += grad
        return out


class NumpyNetwork:
    """:class:`rarebit.tabular.network.qcl_mixnet.QCLMixNet`, for batches of two rows or more.

    The network is on the CPU, and each of its parameters has a gradient to write to.
    """

    def __init__(self, network: QCLMixNet) -> None:
        trunk: list[Layer | None] = [
            _make_layer(network.entanglement1),
            _make_layer(network.attention),
            NumpyHidden(network.fc1, network.norm1, network.negative_slope),
            _make_layer(network.entanglement2),
            NumpyHidden(network.fc2, network.norm2, network.negative_slope),
        ]
        self.trunk = [layer for layer in trunk if layer is not None]
        self.classifier = NumpyLinear(network.fc3)
        self.head: list[Layer] = [
            NumpyHidden(network.projection1, network.projection_norm),
            NumpyLinear(network.projection2),
        ]

    @staticmethod
    def supports(network: QCLMixNet) -> bool:
        """Say whether every layer of the network has a NumPy version."""
        known: tuple[type[nn.Module], ...] = (nn.Identity, *_LAYERS)
        return all(isinstance(x, known) for x in (network.entanglement1, network.attention))

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Map rows to their logits and embeddings."""
        for layer in self.trunk:
            x = layer.forward(x)
        return self.classifier.forward(x), self.head[1].forward(self.head[0].forward(x))

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Map rows to their logits, as in prediction."""
        for layer in self.trunk:
            x = layer.predict(x)
        return self.classifier.predict(x)

    def backward(self, grad_logits: np.ndarray, grad_embeddings: np.ndarray) -> None:
        """Set the gradients of all parameters from those of the last outputs."""
        grad = self.head[0].backward(self.head[1].backward(grad_embeddings))
        grad += self.classifier.backward(grad_logits)
        for layer in reversed(self.trunk):
            grad = layer.backward(grad)


_LAYERS: dict[type[nn.Module], Callable[[Any], Layer]] = {
    QuantumEntanglement: NumpyEntanglement,
    EqualParameterGate: NumpyGate,
    SampleAttention: lambda layer: NumpyResidual(layer.value, layer.output),
    AffineResidual: lambda layer: NumpyResidual(layer.linear),
}


def _make_layer(module: nn.Module) -> Layer | None:
    """Mirror a module; None for the identity."""
    if isinstance(module, nn.Identity):
        return None
    return _LAYERS[type(module)](module)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))`` by a tangent, which never overflows."""
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)


def value_and_grad(parameter: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """View a parameter and its gradient as arrays."""
    return _array(parameter), _array(parameter.grad)


def _array(tensor: Tensor | None) -> np.ndarray:
    """View a tensor as an array over the same memory."""
    assert tensor is not None
    return np.asarray(tensor.detach())
