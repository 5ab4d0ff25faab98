"""The networks of the comparison: QCL-MixNet, its published baselines, and current ones.

They train with their published settings; nothing is searched. Importing this module does not import
torch: the factories do, when they are called.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from rarebit.zoo.spec import ClassifierSpec

TAGS = frozenset({"scale", "sample_weight", "device", "slow"})
# A network is fitted on at most so many rows, rare ones first.
SLOW_ROWS = 20_000

_LABELS = {
    "mlp_net": "MLP (published)",
    "resnet": "ResNet",
    "gru": "GRU",
    "lstm": "LSTM",
    "bigru": "BiGRU",
    "bilstm": "BiLSTM",
    "cnn": "CNN",
    "gcn": "GCN",
    "graphsage": "GraphSAGE",
    "gat": "GAT",
    "gin": "GIN",
    "jknet": "JKNet",
    "tabm": "TabM",
}
# TabM is newer than the published networks and needs its own settings: its authors', except for
# smaller batches. On small tables an epoch of large batches is one or two steps, and no label of a
# rare class changes before patience runs out.
_SETTINGS = {
    "tabm": {
        "epochs": 50,
        "batch_size": 64,
        "learning_rate": 2e-3,
        "weight_decay": 3e-4,
        "early_stopping": 16,
    }
}
# The zoo's "mlp" is scikit-learn's.
_NETWORK_OF = {"mlp_net": "mlp"}
_MODULES = dict.fromkeys(("gcn", "graphsage", "gat", "gin", "jknet"), "torch_geometric")
_MODULES["tabm"] = "tabm"


def _qcl_mixnet(random_state: int) -> Any:
    return import_module("rarebit.tabular").QCLMixNetClassifier(random_state=random_state)


def _network(network: str, random_state: int) -> Any:
    make = import_module("rarebit.tabular").NetworkClassifier
    return make(network=network, random_state=random_state, **_SETTINGS.get(network, {}))


def _real_mlp(random_state: int) -> Any:
    return import_module("rarebit.tabular").RealMLPClassifier(random_state=random_state)


NETWORKS = (
    ClassifierSpec(
        "qcl_mixnet", "QCL-MixNet", _qcl_mixnet, tags=TAGS, module="torch", slow_rows=SLOW_ROWS
    ),
    *(
        ClassifierSpec(
            name,
            label,
            partial(_network, _NETWORK_OF.get(name, name)),
            tags=TAGS,
            module=_MODULES.get(name, "torch"),
            slow_rows=SLOW_ROWS,
        )
        for name, label in _LABELS.items()
    ),
    ClassifierSpec(
        "real_mlp",
        "RealMLP",
        _real_mlp,
        tags=TAGS - {"sample_weight"} | {"unsaved"},
        module="pytabkit",
        slow_rows=SLOW_ROWS,
    ),
)
