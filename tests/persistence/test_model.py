"""Models stored and opened again: the same outputs to the last bit."""

import subprocess
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.ensemble import BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from safetensors.numpy import load_file, save_file
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.svm import SVC

import rarebit
from rarebit.exceptions import InputError
from rarebit.persistence import load, read_config, save
from rarebit.persistence._parts import StoredPart, put_back

X, y = make_classification(160, 6, weights=[0.8], random_state=0)
X[::9, 1] = np.nan
FRAME = pd.DataFrame(X, columns=[f"feature {i}" for i in range(6)])
FRAME["color"] = np.where(X[:, 0] > 0, "rot", "größer $x$")


def booster(module, name, **parameters):
    return getattr(pytest.importorskip(module), name)(random_state=0, **parameters)


def table_pipeline(classifier):
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), QuantileTransformer(n_quantiles=20)), [0, 1]),
        (OneHotEncoder(handle_unknown="ignore"), ["color"]),
        (StandardScaler(), [2, 3]),
    )
    return make_pipeline(columns, SMOTE(random_state=0), classifier)


NUMERIC = {
    "logistic": lambda: LogisticRegression(class_weight={0: 1.0, 1: 4.0}),
    "sgd": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "forest": lambda: RandomForestClassifier(6, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(6, random_state=np.random.RandomState(3)),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=5, random_state=0),
    "hist": lambda: HistGradientBoostingClassifier(
        max_iter=12, early_stopping=True, random_state=0
    ),
    "svm": lambda: SVC(random_state=0),
    "mlp": lambda: MLPClassifier((5,), max_iter=20, early_stopping=True, random_state=0),
    "neighbours": lambda: KNeighborsClassifier(algorithm="kd_tree"),
    "calibrated": lambda: CalibratedClassifierCV(GaussianNB(), method="isotonic"),
    "balanced forest": lambda: BalancedRandomForestClassifier(5, random_state=0),
    "xgboost": lambda: booster("xgboost", "XGBClassifier", n_estimators=8, n_jobs=1),
    "lightgbm": lambda: booster("lightgbm", "LGBMClassifier", n_estimators=8, n_jobs=1, verbose=-1),
    "catboost": lambda: booster(
        "catboost", "CatBoostClassifier", iterations=8, verbose=0, allow_writing_files=False
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", NUMERIC)
def test_round_trip_to_the_last_bit(name, tmp_path, outputs):
    rows = np.nan_to_num(X)
    model = NUMERIC[name]().fit(rows, y)
    save(model, tmp_path / "model")
    opened = load(tmp_path / "model")
    assert type(opened) is type(model)
    assert outputs(opened, rows) == outputs(model, rows)
    if name != "extra trees":  # its random state prints with its address
        assert repr(opened.get_params()) == repr(model.get_params())
    assert not list(tmp_path.rglob("*.pkl"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["logistic", "forest", "xgboost", "lightgbm", "catboost"])
def test_round_trip_of_a_whole_pipeline_with_text_labels(name, tmp_path, outputs):
    labels = y if name == "xgboost" else np.array(["alive", "died"])[y]
    classifier = NUMERIC[name]()
    if name == "logistic":
        classifier.set_params(class_weight="balanced")
    model = table_pipeline(classifier).fit(FRAME, labels)
    save(model, tmp_path / "model")
    opened = load(tmp_path / "model")
    assert outputs(opened, FRAME) == outputs(model, FRAME)
    assert list(opened.feature_names_in_) == list(FRAME.columns)


@pytest.mark.parametrize("module", ["xgboost", "lightgbm", "catboost"])
def test_boosters_lie_in_their_own_formats(module, tmp_path):
    rows = np.nan_to_num(X)
    save(NUMERIC[module]().fit(rows, y), tmp_path)
    library = pytest.importorskip(module)
    (file,) = (tmp_path / "parts").iterdir()
    if module == "xgboost":
        assert library.Booster(model_file=str(file)).num_boosted_rounds() == 8
    elif module == "lightgbm":
        assert library.Booster(model_file=str(file)).num_trees() == 8
    else:
        assert library.CatBoostClassifier().load_model(str(file)).tree_count_ == 8


def test_early_stopping_of_a_booster_survives(tmp_path, outputs):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1, random_state=0)
    model.fit(X, y)
    everything = outputs(model, X)
    model.booster_.best_iteration = 20
    assert outputs(model, X) != everything
    save(model, tmp_path)
    opened = load(tmp_path)
    assert outputs(opened, X) == outputs(model, X)
    assert opened.booster_.num_trees() == model.booster_.num_trees()


def test_saving_leaves_the_model_alone_and_shared_parts_shared(tmp_path):
    xgboost = pytest.importorskip("xgboost")
    inner = xgboost.XGBClassifier(n_estimators=3).fit(X, y)
    model = make_pipeline(StandardScaler(), inner)
    model.note_ = {"same": inner, "list": [inner]}
    save(model, tmp_path)
    assert model.steps[-1][1] is inner
    opened = load(tmp_path)
    assert opened.note_["same"] is opened.steps[-1][1] is opened.note_["list"][0]
    assert len(list((tmp_path / "parts").iterdir())) == 1


def test_plain_values_survive(tmp_path):
    model = GaussianNB().fit(np.nan_to_num(X), y)
    model.values_ = {
        "tuple": (1, "zwei", None, 3.5),
        "nan": float("nan"),
        "keys": {1: "a", 2.5: "b"},
        "object": np.array([("a", 1), None], dtype=object),
        "float": np.float64(0.1) + np.float64(0.2),
        "dtype": np.dtype("float32"),
        "random": np.random.default_rng(5),
    }
    save(model, tmp_path)
    opened = load(tmp_path).values_
    assert opened["tuple"] == (1, "zwei", None, 3.5)
    assert np.isnan(opened["nan"])
    assert opened["keys"] == {1: "a", 2.5: "b"}
    assert opened["object"].tolist() == [("a", 1), None]
    assert opened["float"] == np.float64(0.1) + np.float64(0.2)
    assert opened["dtype"] == np.float32
    assert opened["random"].random() == np.random.default_rng(5).random()


@pytest.mark.parametrize("key", [True, None, (1, 2)])
def test_keys_that_would_come_back_changed_are_refused(key, tmp_path):
    model = GaussianNB()
    model.weights_ = {key: 1.0}
    with pytest.raises(InputError, match="class codes"):
        save(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_keys_that_read_alike_are_refused(tmp_path):
    model = GaussianNB()
    model.weights_ = {1: "number", "1": "text"}
    with pytest.raises(InputError, match="read alike"):
        save(model, tmp_path / "model")


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=5)
    | st.builds(np.float64, st.floats())
    | st.lists(st.none() | st.text(max_size=3)).map(lambda v: np.array(v, dtype=object))
    | st.lists(st.integers(0, 9)).map(np.array)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4) | st.integers(10), inner, max_size=3)
    ),
    max_leaves=6,
)


def same(one, other):
    """Equal in value and type, all the way down; nan is itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        keys = [[(type(key), key) for key in table] for table in (one, other)]
        return keys[0] == keys[1] and same(list(one.values()), list(other.values()))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and same(one.tolist(), other.tolist())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


@settings(max_examples=40, deadline=None)
@given(value=VALUES)
def test_any_plain_value_survives(value, tmp_path_factory):
    model = GaussianNB()
    model.value_ = value
    folder = save(model, tmp_path_factory.mktemp("value") / "model")
    assert same(load(folder).value_, value)


def test_config_says_what_is_inside(tmp_path):
    save(GaussianNB().fit(np.nan_to_num(X), y), tmp_path, metadata={"target": "gestört"})
    config = read_config(tmp_path)
    assert config["rarebit"] == rarebit.__version__
    assert config["class"] == "sklearn.naive_bayes.GaussianNB"
    assert config["metadata"] == {"target": "gestört"}
    assert config["versions"]["sklearn"] == __import__("sklearn").__version__
    assert set(config["files"]) == {"model.skops"}
    with pytest.raises(InputError, match="JSON"):
        save(GaussianNB(), tmp_path, metadata={"when": object()})
    assert load(tmp_path).classes_.tolist() == [0, 1]


def test_saving_that_fails_leaves_the_old_model(tmp_path):
    save(GaussianNB().fit(np.nan_to_num(X), y), tmp_path / "model")
    bad = GaussianNB()
    bad.lock_ = __import__("threading").Lock()
    with pytest.raises(InputError, match="cannot be stored"):
        save(bad, tmp_path / "model")
    assert load(tmp_path / "model").classes_.tolist() == [0, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


# --- estimators that write their own weights -------------------------------------------------


class Network(ClassifierMixin, BaseEstimator):
    """Stands for a torch estimator: its weights go to safetensors, the rest is plain."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.weights_ = np.linspace(0, 1, 5)
        self.lock_ = __import__("threading").Lock()  # would stop skops if it came near
        return self

    def to_folder(self, folder):
        save_file({"weights": self.weights_}, folder / "weights.safetensors")
        return {"classes_": self.classes_}

    @classmethod
    def from_folder(cls, folder, state):
        network = cls()
        network.classes_ = state["classes_"]
        network.weights_ = load_file(folder / "weights.safetensors")["weights"]
        return network


@pytest.fixture
def network_of_the_house(monkeypatch):
    """Place the class in a module of the package, as a real one would be."""
    module = ModuleType("rarebit.persistence._a_network")
    module.Network = Network
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(Network, "__module__", module.__name__)
    return Network


def test_estimator_that_saves_itself(network_of_the_house, tmp_path):
    model = make_pipeline(StandardScaler(), network_of_the_house()).fit(X, y)
    save(model, tmp_path)
    assert (tmp_path / "parts" / "0" / "weights.safetensors").exists()
    opened = load(tmp_path).steps[-1][1]
    assert opened.weights_.tobytes() == model.steps[-1][1].weights_.tobytes()
    assert opened.classes_.tolist() == [0, 1]


def test_only_classes_of_the_house_are_asked_to_open_themselves(tmp_path):
    with pytest.raises(InputError, match="cannot be stored"):
        save(Network().fit(X, y), tmp_path)
    with pytest.raises(InputError, match="unknown kind"):
        put_back(StoredPart(0, "pathlib.Path", {}), tmp_path)


def test_importing_the_room_imports_nothing_heavy():
    code = (
        "import sys, rarebit.persistence;"
        "print([name for name in ('skops', 'torch', 'xgboost') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
