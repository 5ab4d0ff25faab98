"""Building an ONNX graph node by node."""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit._common.optional import import_extra

# Versions of the two operator sets: what runtimes of 2021 and later know.
OPSETS = {"": 15, "ai.onnx.ml": 3}
# How the names of nodes and constants begin.
PREFIXES = ("rarebit/", "classifier/")


class Graph:
    """Nodes, constants, inputs and outputs; each node has one output, of which the name is kept."""

    def __init__(self) -> None:
        self.onnx = import_extra("onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, dtype: Any, doc: str) -> str:
        """Add a column as an input of shape ``(rows, 1)``."""
        info = self._tensor(name, dtype, ["rows", 1])
        info.doc_string = doc
        self._inputs.append(info)
        return name

    def output(self, name: str, value: str, dtype: Any, *width: int) -> None:
        """Name a value as an output with one item, or ``width`` of them, for each row."""
        self._nodes.append(self.onnx.helper.make_node("Identity", [value], [name]))
        self._outputs.append(self._tensor(name, dtype, ["rows", *width]))

    def constant(self, array: Any) -> str:
        """Add an array; its type is kept."""
        name = f"rarebit/constant_{len(self._constants)}"
        self._constants.append(self.onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, kind: str, *inputs: Any, domain: str = "", **attributes: Any) -> str:
        """Add a node and return its output; an input that is no name is a constant."""
        names = [given if isinstance(given, str) else self.constant(given) for given in inputs]
        name = f"rarebit/{kind}_{len(self._nodes)}"
        self._nodes.append(
            self.onnx.helper.make_node(kind, names, [name], domain=domain, **attributes)
        )
        return name

    def cast(self, value: str, dtype: Any) -> str:
        """Convert a value to another type."""
        return self.add("Cast", value, to=self._type(dtype))

    def normalised(self, value: str) -> str:
        """Divide the rows ``(rows, classes)`` by their sums."""
        return self.add("Div", value, self.add("ReduceSum", value, np.array([1])))

    def include(self, model: Any, value: str) -> str:
        """Add the nodes of a model of one input, here ``value``; return its last output."""
        graph = self.onnx.compose.add_prefix(model, "classifier/").graph
        (entry,) = graph.input
        self._nodes.append(self.onnx.helper.make_node("Identity", [value], [entry.name]))
        self._nodes.extend(graph.node)
        self._constants.extend(graph.initializer)
        return str(graph.output[-1].name)

    def model(self, metadata: dict[str, str], version: str) -> Any:
        """Return the checked model."""
        helper = self.onnx.helper
        graph = helper.make_graph(
            self._nodes, "rarebit", self._inputs, self._outputs, self._constants
        )
        opsets = [helper.make_opsetid(domain, number) for domain, number in OPSETS.items()]
        model = helper.make_model(
            graph,
            opset_imports=opsets,
            ir_version=helper.find_min_ir_version_for(opsets),
            producer_name="rarebit",
            producer_version=version,
        )
        helper.set_model_props(model, metadata)
        self.onnx.checker.check_model(model)
        return model

    def _type(self, dtype: Any) -> int:
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def _tensor(self, name: str, dtype: Any, shape: list[Any]) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, self._type(dtype), shape)
