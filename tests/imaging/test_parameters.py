"""Invalid parameters are refused in one line, before images are looked at."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from rarebit.exceptions import InputError
from rarebit.imaging import Hardware, MixupAugmenter, SDAQECClassifier, evaluate
from rarebit.imaging._parameters import check_model
from rarebit.imaging.heads.build import build_head

NO_NUMBERS = ["x", None, [1], True, float("nan"), float("inf"), -float("inf"), -1, 1j]


def bad_values(name):
    """What is no value of a parameter."""
    fine = {"image_size": [None], "patience": [None]}.get(name, [])
    zero = [] if name in ("weight_decay", "validation_fraction") else [0]
    whole = [] if name in ("learning_rate", "weight_decay", "validation_fraction") else [1.5]
    return [value for value in NO_NUMBERS + zero + whole if value not in fine]


NUMERIC = (
    "image_size", "n_layers", "epochs", "batch_size", "learning_rate", "weight_decay",
    "validation_fraction", "patience",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in NUMERIC for value in bad_values(name)]
)
def test_numbers_out_of_range(name, value):
    with pytest.raises(InputError, match=f"^{name} is .*: give "):
        check_model(SDAQECClassifier(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("image_size", 1_000_000, "from 1 to 4,096"),
        ("n_layers", 10**9, "from 1 to 100"),
        ("random_state", "x", "random_state is 'x'"),
        ("random_state", -1, "random_state is -1"),
        ("random_state", True, "random_state is True"),
        ("trainer_options", 5, "a mapping of arguments"),
        ("trainer_options", "x", "a mapping of arguments"),
        ("checkpoint_dir", 5, "give None or a path"),
        ("weights", ["a"], "give None or a path"),
        ("resume", "no", "True or False"),
        ("keep_duplicates_together", None, "True or False"),
        ("verbose", "x", "True, False or an integer"),
        ("backbone", ["a"], "give 'mobilenet_v2'.* or a callable that builds one"),
        ("head", {}, "give 'quantum'.* or a callable that builds one"),
        ("augmenter", [], "an ImageAugmenter"),
        ("augmenter", MixupAugmenter, "an ImageAugmenter"),
        ("device", None, "device is None"),
        ("device", "meta", "device is 'meta'"),
    ],
)
def test_values_of_the_wrong_type(name, value, what):
    with pytest.raises(InputError, match=what):
        check_model(SDAQECClassifier(**{name: value}))


@pytest.mark.parametrize(
    "parameters",
    [
        {"epochs": np.int64(3), "learning_rate": np.float32(0.1), "patience": None},
        {"random_state": np.random.default_rng(0), "weight_decay": 0, "validation_fraction": 0},
        {"random_state": np.random.RandomState(0), "verbose": 1, "resume": np.False_},
    ],
)
def test_values_of_every_accepted_type(parameters):
    check_model(SDAQECClassifier(**parameters))


def test_a_seed_is_checked_without_drawing_from_it():
    rng = np.random.default_rng(0)
    check_model(SDAQECClassifier(random_state=rng))
    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state


def test_an_option_of_the_trainer_is_refused_before_images_are_made(monkeypatch):
    def make(*args):
        raise AssertionError("images were made")

    monkeypatch.setattr("rarebit.imaging.classifier.fill_up", make)
    images, labels = np.random.default_rng(0).random((6, 8, 8)), [0, 0, 0, 1, 1, 1]
    for parameters in ({"trainer_options": {"nope": 1}}, {"weights": "nowhere.pth"}):
        with pytest.raises(InputError, match=r"nope|nowhere"):
            SDAQECClassifier("resnet18", **parameters).fit(images, labels)


def test_callbacks_of_the_user_are_called():
    from lightning import Callback

    class Noting(Callback):
        epochs = 0

        def on_train_epoch_end(self, trainer, module):
            Noting.epochs += 1

    images, labels = np.random.default_rng(0).random((6, 8, 8)), [0, 0, 0, 1, 1, 1]
    model = SDAQECClassifier(
        "resnet18", "direct", None, epochs=1, trainer_options={"callbacks": Noting()}
    )
    model.fit(images, labels)
    assert Noting.epochs == 1
    assert model.predict(images).shape == (6,)


def test_a_training_without_a_finished_epoch_says_why():
    images, labels = np.random.default_rng(0).random((6, 8, 8)), [0, 0, 0, 1, 1, 1]
    options = {"limit_train_batches": 0}
    with pytest.raises(InputError, match="wrote no best epoch"):
        SDAQECClassifier("resnet18", "direct", epochs=1, trainer_options=options).fit(
            images, labels
        )


def test_unfitted_models_raise_not_fitted_error():
    images = np.zeros((2, 8, 8))
    model = SDAQECClassifier()
    for use in (
        lambda: model.predict(images),
        lambda: model.predict_proba(images),
        lambda: model.score(images, [0, 1]),
        lambda: evaluate(model, images, [0, 1]),
    ):
        with pytest.raises(NotFittedError):
            use()


@pytest.mark.parametrize(
    "parameters",
    [
        *({"shots": shots} for shots in (0, -1, 1.5, "x", True, float("nan"), 10**20)),
        {"noise": 5},
        *({"random_state": seed} for seed in ("x", -1, 1.5)),
    ],
)
def test_invalid_hardware(parameters):
    with pytest.raises(InputError, match=f"{next(iter(parameters))} is "):
        Hardware(**parameters)


@pytest.mark.parametrize("layers", [0, True, 1.5, "x", 10**9])
def test_layers_of_a_head(layers):
    with pytest.raises(InputError, match="n_layers is "):
        build_head("quantum", 16, 2, layers)
