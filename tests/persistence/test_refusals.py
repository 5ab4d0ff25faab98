"""What a stranger may put into a model's folder: refused, and nothing runs."""

import hashlib
import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.persistence import load, read_config, save

X, y = make_classification(160, 6, weights=[0.8], random_state=0)
X[::9, 1] = np.nan


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
        ("rarebit.persistence.atomic", "atomic_write_text"),
        # A class that one of our modules imports is not ours.
        ("rarebit.persistence.atomic", "Path"),
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


def test_a_part_that_is_not_listed_is_refused(stored):
    (stored / "parts").mkdir()
    (stored / "parts" / "0.ubj").write_bytes(b"x")
    with pytest.raises(InputError, match=r"holds 0\.ubj, which Rarebit did not write"):
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


WITHOUT_TORCH = """
import sys
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "torch" else find_spec(name, *rest)
from rarebit.persistence import load
load(sys.argv[1])
"""


@pytest.mark.parametrize(("kind", "extra"), [("network", "torch"), ("augmenter", "imaging")])
def test_a_missing_library_is_named_and_no_trust_asked_for(kind, extra, tmp_path):
    pytest.importorskip("torch")
    if kind == "network":
        from rarebit.tabular import QCLMixNetClassifier

        model = QCLMixNetClassifier(epochs=1).fit(np.nan_to_num(X), y)
    else:
        from rarebit.imaging import ForwardDiffusionAugmenter

        model = ForwardDiffusionAugmenter()
    save(model, tmp_path / "model")
    command = [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path / "model")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    last = said.strip().splitlines()[-1]
    assert "MissingExtraError: torch is not installed" in last
    assert f'pip install -e ".[{extra}]"' in last
