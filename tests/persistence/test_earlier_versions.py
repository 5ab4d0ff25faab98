"""Folders stored by earlier versions: opened as before, or refused with the reason."""

import hashlib
import json
import re
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.naive_bayes import GaussianNB

from rarebit.exceptions import InputError, MissingExtraError, RarebitWarning
from rarebit.persistence import _model, _parts, _trust, load, read_config, save
from rarebit.persistence._trust import MOVED, resolve_by_rule

STORED = Path(__file__).parent / "stored_0_1_0"
# Every class of this package that a folder of version 0.1.0 may name.
NAMES_0_1_0 = [
    "rarebit.decision.calibration.ProbabilityCalibrator",
    "rarebit.decision.thresholds.TunedThreshold",
    "rarebit.imaging.augmentation.diffusion.ForwardDiffusionAugmenter",
    "rarebit.imaging.classifier.SDAQECClassifier",
    "rarebit.over_sampling._encoder.ClassEncoder",
    "rarebit.over_sampling._encoder.Encoder",
    "rarebit.over_sampling._encoder.EncoderSettings",
    "rarebit.over_sampling._resampling.Provenance",
    "rarebit.over_sampling._synthesis.Mixture",
    "rarebit.over_sampling.feature_map.QuantumFeatureMap",
    "rarebit.over_sampling.qi_smote.QISMOTE",
    "rarebit.persistence._parts.StoredPart",
    "rarebit.quantum.hamiltonians.IsingHamiltonian",
    "rarebit.tabular.baselines.classifier.NetworkClassifier",
    "rarebit.tabular.classifier.QCLMixNetClassifier",
    "rarebit.zoo.adapters.BoundedKNeighborsClassifier",
    "rarebit.zoo.adapters.EarlyStoppingMLPClassifier",
    "rarebit.zoo.fitting.FittedPipeline",
    "rarebit.zoo.preprocessing.BoundedScaler",
    "rarebit.zoo.samplers.AdaptiveSampler",
    "rarebit.zoo.treated.TreatedClassifier",
]


@pytest.mark.parametrize("name", NAMES_0_1_0)
def test_a_class_that_was_stored_is_still_found(name):
    try:
        found = resolve_by_rule(MOVED.get(name, name))
    except MissingExtraError as error:
        pytest.skip(str(error))
    assert f"{found.__module__}.{found.__qualname__}" == MOVED.get(name, name), (
        f"add {name!r} and its new name to rarebit.persistence._trust.MOVED"
    )


@pytest.mark.parametrize("name", ["treated", "qcl_mixnet", "feature_map"])
def test_a_stored_model_gives_the_same_output(name, tmp_path):
    with zipfile.ZipFile(STORED / f"{name}.zip") as archive:
        archive.extractall(tmp_path)
    config = read_config(tmp_path)
    if config["versions"]["sklearn"].split(".")[:2] != sklearn.__version__.split(".")[:2]:
        pytest.skip("stored with another version of scikit-learn")
    if "torch" in config["versions"]:
        pytest.importorskip("torch")
    model = load(tmp_path)
    rows, output = config["metadata"]["rows"], config["metadata"]["output"]
    if isinstance(rows, dict):
        found = model.predict_proba(pd.DataFrame(rows))
    else:
        ask = model.predict_proba if hasattr(model, "predict_proba") else model.transform
        found = ask(np.array(rows))
    np.testing.assert_allclose(found, output, rtol=1e-6, atol=1e-9)


def test_a_model_stored_before_held_out_rows_were_kept_has_no_operating_points(tmp_path):
    with zipfile.ZipFile(STORED / "treated.zip") as archive:
        archive.extractall(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)  # another version of scikit-learn
        model = load(tmp_path)
    assert (model.held_out_, model.points_, model.point()) == (None, {}, None)
    assert model.point("p>=0.2").threshold == 0.2


def rename_class(folder, old, new):
    """Write another class name into a stored model, and the checksum that goes with it."""
    with zipfile.ZipFile(folder / "model.skops") as archive:
        files = {name: archive.read(name).decode("latin-1") for name in archive.namelist()}
    (module, _, name), (new_module, _, new_name) = old.rpartition("."), new.rpartition(".")
    files["schema.json"] = re.sub(
        rf'"__class__": "{name}",\s*"__module__": "{module}"',
        f'"__class__": "{new_name}", "__module__": "{new_module}"',
        files["schema.json"],
    )
    with zipfile.ZipFile(folder / "model.skops", "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content.encode("latin-1"))
    config = json.loads((folder / "config.json").read_text().replace(old, new))
    content = (folder / "model.skops").read_bytes()
    config["files"]["model.skops"] = hashlib.sha256(content).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture
def moved(tmp_path):
    """A model stored when one of its classes had another name."""
    from rarebit.decision import ProbabilityCalibrator

    model = GaussianNB().fit([[0.0], [1.0]], [0, 1])
    model.calibrator_ = ProbabilityCalibrator()
    folder = save(model, tmp_path / "model")
    new = _trust.type_name(ProbabilityCalibrator)
    rename_class(folder, new, "rarebit.decision.old_place.OldCalibrator")
    return folder, new


def test_a_class_that_moved_is_found_by_its_old_name(moved, monkeypatch):
    folder, new = moved
    monkeypatch.setitem(MOVED, "rarebit.decision.old_place.OldCalibrator", new)
    assert _trust.type_name(type(load(folder).calibrator_)) == new


def test_a_class_that_is_gone_is_named_with_a_way_out(moved):
    folder, _ = moved
    with pytest.raises(InputError, match=r"OldCalibrator.* no such class\. Fit the model again"):
        load(folder)


def test_the_model_itself_may_have_moved(tmp_path, monkeypatch):
    from rarebit.over_sampling import QISMOTE

    folder = save(QISMOTE(random_state=3), tmp_path / "model")
    rename_class(folder, _trust.type_name(QISMOTE), "rarebit.old_place.OldSampler")
    with pytest.raises(InputError, match="no such class"):
        load(folder)
    monkeypatch.setitem(MOVED, "rarebit.old_place.OldSampler", _trust.type_name(QISMOTE))
    assert load(folder).random_state == 3


def test_an_estimator_that_stores_itself_may_have_moved(tmp_path, monkeypatch):
    class Network:
        def to_folder(self, folder):
            raise NotImplementedError

        @classmethod
        def from_folder(cls, folder, state):
            return state["a"]

    part = _parts.StoredPart(0, "rarebit.old_place.Network", {"a": 5})
    with pytest.raises(InputError, match="unknown kind of part"):
        _parts.put_back(part, tmp_path)
    monkeypatch.setitem(MOVED, "rarebit.old_place.Network", "rarebit.new_place.Network")
    known = {"rarebit.new_place.Network": Network}
    monkeypatch.setattr(_parts, "resolve_by_rule", known.get)
    assert _parts.put_back(part, tmp_path) == 5


def test_a_model_without_moved_classes_is_read_unchanged(tmp_path):
    folder = save(GaussianNB().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model")
    content = (folder / "model.skops").read_bytes()
    assert _model._with_new_names(content) is content
