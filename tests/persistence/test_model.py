import hashlib
import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import skops.io
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
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.persistence import load, read_config, save
from rarebit.persistence._parts import StoredPart, put_back
from rarebit.zoo import TreatedClassifier, get_classifier, list_classifiers, list_treatments

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


def outputs(model, rows):
    """Everything a classifier says about rows, as exact bytes."""
    names = [n for n in ("predict_proba", "decision_function") if hasattr(model, n)]
    scores = [np.asarray(getattr(model, name)(rows)).tobytes() for name in names]
    return np.asarray(model.predict(rows)).tolist(), scores


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", NUMERIC)
def test_round_trip_to_the_last_bit(name, tmp_path):
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
def test_round_trip_of_a_whole_pipeline_with_text_labels(name, tmp_path):
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


def test_early_stopping_of_a_booster_survives(tmp_path):
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


# --- what a stranger may put into the folder -------------------------------------------------


class Foreign(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self


def test_foreign_estimator_needs_the_users_trust(tmp_path):
    name = f"{Foreign.__module__}.Foreign"
    with pytest.warns(RarebitWarning, match="trusted="):
        save(Foreign().fit(X, y), tmp_path)
    with pytest.raises(InputError, match=f"contains {name}.*trusted="):
        load(tmp_path)


def rewrite_schema(folder, change):
    """Tamper with the stored schema, and make the checksum fit as an attacker would."""
    source = (folder / "model.skops").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                schema = change(schema) or schema
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    (folder / "model.skops").write_bytes(buffer.getvalue())
    config = json.loads((folder / "config.json").read_text())
    config["files"]["model.skops"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture
def stored(tmp_path):
    return save(GaussianNB().fit(np.nan_to_num(X), y), tmp_path / "model")


def call(module, name, *arguments):
    """A node that would call a function on loading."""

    def change(schema):
        node = json.loads(
            zipfile.ZipFile(io.BytesIO(skops.io.dumps(arguments))).read("schema.json")
        )
        node.pop("protocol")
        return {
            "__class__": name,
            "__module__": module,
            "__loader__": "ConstructorFromReduceNode",
            "__id__": 1,
            "content": node,
            "protocol": schema["protocol"],
            "_skops_version": schema["_skops_version"],
        }

    return change


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
        # Ours, but functions: a rule that trusts a whole package would run them.
        ("rarebit.persistence", "atomic_write_text"),
        ("rarebit.persistence._atomic", "atomic_write_text"),
        # A class that one of our modules imports is not ours.
        ("rarebit.persistence._atomic", "Path"),
        ("imblearn.pipeline", "Memory"),
        ("rarebit.__main__", "main"),
        ("imblearn.no_such_module", "Thing"),
        ("sklearn.utils._bunch", "sys"),
    ],
)
def test_calls_are_refused_and_do_not_run(stored, tmp_path, module, name):
    proof = tmp_path / "proof"
    rewrite_schema(stored, call(module, name, f"touch {proof}"))
    with pytest.raises(InputError, match=r"not among the types|damaged"):
        load(stored)
    assert not proof.exists()


def test_function_as_attribute_is_refused(stored):
    def change(schema):
        schema["content"]["content"]["priors"] = {
            "__class__": "system",
            "__module__": "os",
            "__loader__": "FunctionNode",
            "__id__": 7,
        }

    rewrite_schema(stored, change)
    with pytest.raises(InputError, match=r"os\.system"):
        load(stored)


def test_method_of_a_trusted_object_is_refused(stored):
    def change(schema):
        inner = dict(schema)
        return {
            "__class__": inner["__class__"],
            "__module__": inner["__module__"],
            "__loader__": "MethodNode",
            "__id__": 3,
            "content": {"func": "__reduce__", "obj": inner},
            "protocol": inner.pop("protocol"),
        }

    rewrite_schema(stored, change)
    with pytest.raises(InputError, match="not among the types"):
        load(stored)
    # Not even when the user trusts the class itself.
    with pytest.raises(InputError, match=r"GaussianNB\.__reduce__"):
        load(stored, trusted=["sklearn.naive_bayes.GaussianNB"])


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('the pickle was opened')",)


def test_pickle_is_never_opened(stored):
    (stored / "model.pkl").write_bytes(pickle.dumps(Bomb()))
    assert load(stored).classes_.tolist() == [0, 1]
    (stored / "model.skops").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="damaged"):
        load(stored)
    rewrite = json.loads((stored / "config.json").read_text())
    content = (stored / "model.skops").read_bytes()
    rewrite["files"]["model.skops"] = hashlib.sha256(content).hexdigest()
    (stored / "config.json").write_text(json.dumps(rewrite))
    with pytest.raises(InputError, match="damaged"):
        load(stored)


def test_pickled_array_inside_is_refused(tmp_path):
    model = GaussianNB().fit(np.nan_to_num(X), y)
    folder = save(model, tmp_path / "model")
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    source = zipfile.ZipFile(folder / "model.skops")
    names = source.namelist()
    contents = {name: source.read(name) for name in names}
    source.close()
    with zipfile.ZipFile(folder / "model.skops", "w") as new:
        for name in names:
            new.writestr(name, buffer.getvalue() if name.endswith(".npy") else contents[name])
    rewrite_schema(folder, lambda schema: None)
    with pytest.raises(InputError, match="damaged"):
        load(folder)


def edit_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "parts/../../secret"])
def test_names_that_lead_out_of_the_folder_are_refused(stored, tmp_path, name):
    (tmp_path / "secret").write_text("x")
    edit_config(stored, files={**read_config(stored)["files"], name: "0" * 64})
    with pytest.raises(InputError, match="misplaced"):
        load(stored)


def test_link_out_of_the_folder_is_refused(stored, tmp_path):
    shutil.move(stored / "model.skops", tmp_path / "outside")
    (stored / "model.skops").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="misplaced"):
        load(stored)


def test_part_that_nobody_wrote_is_refused(stored):
    (stored / "parts").mkdir()
    (stored / "parts" / "0.ubj").write_bytes(b"x")
    with pytest.raises(InputError, match="foreign file"):
        load(stored)


def test_class_that_is_not_what_was_promised(stored):
    edit_config(stored, **{"class": "sklearn.svm._classes.SVC"})
    with pytest.raises(InputError, match="claims"):
        load(stored)


def test_newer_format_asks_for_an_upgrade(stored):
    edit_config(stored, rarebit_format=99, rarebit="42.0")
    with pytest.raises(InputError, match=r"42\.0.*upgrade"):
        load(stored)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"rarebit_format": true}', "\0"])
def test_foreign_config_is_one_clear_error(stored, text):
    (stored / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json"):
        load(stored)


def test_truncated_or_missing_files_are_one_clear_error(stored):
    whole = (stored / "model.skops").read_bytes()
    (stored / "model.skops").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged"):
        load(stored)
    (stored / "model.skops").unlink()
    with pytest.raises(InputError, match="missing"):
        load(stored)
    shutil.rmtree(stored)
    with pytest.raises(InputError, match="not a folder"):
        load(stored)


def test_other_version_of_scikit_learn_warns_once(stored, recwarn):
    edit_config(stored, versions={"sklearn": "1.2.0"})
    load(stored)
    said = [str(warning.message) for warning in recwarn]
    assert len(said) == 1
    assert "1.2.0" in said[0]


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


# --- the model that a comparison hands over --------------------------------------------------


def mixed_table(n_rows=120):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "ward": rng.choice(["a", "b", "größer"], n_rows),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "smoker": rng.random(n_rows) < 0.5,
        }
    )
    frame.loc[::9, "size"] = np.nan
    frame.loc[::11, "ward"] = None
    rare = rng.random(n_rows) < 0.15 + 0.4 * (frame["size"] > 1)
    return frame, np.where(rare, "died", "alive")


def check_treated(classifier, treatment, folder):
    frame, labels = mixed_table()
    model = TreatedClassifier(
        classifier, treatment, positive="died", n_configs=1, inner_folds=2, random_state=0
    ).fit(frame, labels)
    save(model, folder)
    opened = load(folder)
    assert outputs(opened, frame) == outputs(model, frame)
    assert opened.threshold_ == model.threshold_
    assert opened.get_params(deep=False) == model.get_params(deep=False)
    return opened


@pytest.mark.slow
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", sorted({*list_classifiers(installed=True)} - {"real_mlp"}))
def test_every_classifier_of_the_zoo(name, tmp_path):
    check_treated(name, "tuned_threshold", tmp_path)


@pytest.mark.slow
def test_a_model_whose_library_knows_pickle_alone_is_refused(tmp_path):
    frame, labels = mixed_table()
    model = TreatedClassifier(get_classifier("real_mlp").factory(0).set_params(epochs=2))
    with pytest.raises(InputError, match="RealMLP"):
        save(model.fit(frame, labels), tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("error::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", list_treatments(installed=True))
def test_every_treatment_of_the_zoo(name, tmp_path):
    check_treated("logistic_regression", name, tmp_path)


def test_treated_classifier_can_be_fitted_again_after_opening(tmp_path):
    opened = check_treated("decision_tree", "smote", tmp_path)
    frame, labels = mixed_table()
    before = outputs(opened, frame)
    assert outputs(opened.fit(frame, labels), frame) == before


def test_importing_the_room_imports_nothing_heavy():
    code = (
        "import sys, rarebit.persistence;"
        "print([name for name in ('skops', 'torch', 'xgboost') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
