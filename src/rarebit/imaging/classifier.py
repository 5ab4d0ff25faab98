"""SDAQECClassifier: augmentation, backbone and head behind scikit-learn's interface."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from safetensors.torch import load_file, save_file
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from rarebit._common.optional import import_extra
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging._parameters import check_parameters
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter, fill_up
from rarebit.imaging.circuits import Hardware
from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.inputs import check_network_size, images_and_labels, images_of
from rarebit.imaging.images.labels import check_groups, check_label_counts
from rarebit.imaging.images.pixels import resize, to_tensor
from rarebit.imaging.images.splits import set_aside
from rarebit.imaging.network import NetworkSpec, build_network, plain_spec

_WEIGHTS = "network.safetensors"
# Images of a prediction that are sent through the network at once.
PREDICTION_BATCH = 64


class SDAQECClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of images with rare classes: SDA-QEC (arXiv:2601.18556) and what it is made of.

    The rare classes of the training images are filled up by an augmenter, then a backbone with a
    head on its features is trained with Adam, L2 and cross-entropy; the epoch with the lowest
    validation loss is kept. Validation images are never augmented, and duplicates and groups never
    cross between training and validation.

    Parameters
    ----------
    backbone : {"mobilenet_v2", "resnet18", "densenet121", "vgg16"}, default="mobilenet_v2"
        From images to features.
    head : str, default="quantum"
        From features to classes: ``"quantum"``, its other readings ``"quantum_full"`` and
        ``"quantum_compact"``, ``"lqer"``, and the controls ``"quantum_unentangled"``,
        ``"classical"`` (of equal size), ``"linear"`` and ``"direct"``.
    augmenter : str, ImageAugmenter or None, default="diffusion"
        ``"diffusion"``, ``"noise"``, ``"affine"``, ``"mixup"``, ``"ddpm"``, an augmenter of your
        own, or None.
    weights : path or "torchvision", default=None
        Weights of the backbone to start from; None trains from scratch.
    image_size : int, default=None
        Images become squares of this side; None keeps their size.
    n_layers : int, default=2
        Layers of the circuit.
    epochs : int, default=30
        Epochs at most.
    batch_size : int, default=32
        Images in a batch, at least 2.
    learning_rate, weight_decay : float, default=1e-3 and 1e-4
        Of Adam; the decay is an L2 penalty.
    validation_fraction : float, default=0.2
        Share of the images (in whole groups) that judges the epochs; 0 keeps the last epoch.
    patience : int or None, default=8
        Epochs without a lower validation loss after which training stops.
    keep_duplicates_together : bool, default=True
        Whether near duplicates are found and kept on one side of the validation split.
    checkpoint_dir : path, default=None
        Folder for the last and the best epoch; None keeps none after the fit.
    resume : bool, default=False
        Whether to go on from the last epoch in ``checkpoint_dir``, where there is one.
    device : str, default="cpu"
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"auto"``.
    trainer_options : mapping, default=None
        Given to Lightning's ``Trainer``, such as ``{"devices": 2}``, or ``{"precision":
        "bf16-mixed"}`` where the processor computes in bfloat16.
    verbose : bool, default=False
        Whether to show a progress bar.
    random_state : int, Generator, RandomState or None, default=None
        Weights, split, augmentation and order of the images.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    class_counts_ : ndarray of shape (n_classes,), int64
        How many images of each class ``fit`` was given.
    history_ : dict of str to list of float
        ``"train_loss"``, ``"val_loss"`` and ``"val_balanced_accuracy"``, one value an epoch.
    network_ : ImageNetwork
        The trained network.
    image_shape_ : tuple of int
        Height and width that images are brought to.
    validation_ : ndarray of int64
        Positions of the images that judged the epochs.
    synthetic_ : DataFrame
        Provenance of the synthetic images, see :class:`ForwardDiffusionAugmenter`; positions are
        those of the images given to ``fit``.
    examples_ : ndarray of shape (n, 2, height, width[, 3])
        Some synthetic images, each after the real one that it comes from.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.uniform(0, 0.5, (24, 8, 8))
    >>> labels = np.array(["well"] * 18 + ["ill"] * 6)
    >>> images[18:] += 0.5
    >>> model = SDAQECClassifier("resnet18", epochs=1, random_state=0).fit(images, labels)
    >>> model.predict_proba(images[:5]).shape
    (5, 2)
    """

    def __init__(
        self,
        backbone: str = "mobilenet_v2",
        head: str = "quantum",
        augmenter: str | ImageAugmenter | None = "diffusion",
        *,
        weights: str | PathLike[str] | None = None,
        image_size: int | None = None,
        n_layers: int = 2,
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        validation_fraction: float = 0.2,
        patience: int | None = 8,
        keep_duplicates_together: bool = True,
        checkpoint_dir: str | PathLike[str] | None = None,
        resume: bool = False,
        device: str = "cpu",
        trainer_options: Mapping[str, Any] | None = None,
        verbose: bool = False,
        random_state: RandomState = None,
    ) -> None:
        self.backbone = backbone
        self.head = head
        self.augmenter = augmenter
        self.weights = weights
        self.image_size = image_size
        self.n_layers = n_layers
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.keep_duplicates_together = keep_duplicates_together
        self.checkpoint_dir = checkpoint_dir
        self.resume = resume
        self.device = device
        self.trainer_options = trainer_options
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike | None = None, groups: ArrayLike | None = None) -> Self:
        """Train on images.

        Parameters
        ----------
        X : array of shape (n, h, w) or (n, h, w, c), or torch data set
            Images: unsigned integers, or floating-point numbers in [0, 1]; or a data set of
            ``(image, label)`` pairs with images as tensors ``(c, h, w)``, arrays or PIL images.
        y : array of shape (n,), optional
            Class labels; not with a data set that brings them.
        groups : array of shape (n,), optional
            Images of one group, such as a patient, stay on one side of the validation split.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If a parameter, the images, the labels or a checkpoint cannot be used.
        """
        import_extra("lightning")
        from rarebit.imaging.training.fit import ImageRows, check_start, train

        check_parameters(self)
        images, labels = images_and_labels(X, y)
        given = None if groups is None else check_groups(groups, len(images))
        for note in check_label_counts(labels):
            warnings.warn(note, RarebitWarning, stacklevel=2)
        self.classes_, codes, self.class_counts_ = np.unique(
            labels, return_inverse=True, return_counts=True
        )
        if self.image_size is not None:
            images = resize(images, self.image_size, self.image_size)
        check_network_size(images)
        self.image_shape_ = images.shape[1:3]
        seeds = as_generator(self.random_state).integers(2**31 - 1, size=4).tolist()

        settings = self._training_settings(images, codes, seeds[3])
        check_start(settings)
        self.spec_ = NetworkSpec(
            self.backbone,
            self.head,
            len(self.classes_),
            1 if images.ndim == 3 else 3,
            self.n_layers,
            folded=str(self.weights or "").lower().endswith(".npz"),
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[2])
            network = build_network(self.spec_, self.weights)
            drawn = torch.get_rng_state()
        # Images may take long to make: all that can be refused has been by now.
        kept, aside = self._split(images, codes, given, seeds[0])
        self.validation_ = aside
        filled = fill_up(images, labels, kept, self._make_augmenter(seeds[1]))
        self.synthetic_, self.examples_ = filled.provenance, filled.examples
        more_codes = np.searchsorted(self.classes_, filled.labels)
        channels = self.spec_.in_channels
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[2])
            torch.set_rng_state(drawn)
            self.history_ = train(
                network,
                ImageRows(filled.images, more_codes, channels),
                ImageRows(images[aside], codes[aside], channels),
                settings,
            )
        self.network_ = network.cpu().eval()
        return self

    def predict_proba(self, X: Any, *, hardware: Hardware | None = None) -> np.ndarray:
        """Estimate class probabilities.

        Parameters
        ----------
        X : array of shape (n, h, w) or (n, h, w, c), or torch data set
            Images, as in ``fit``.
        hardware : Hardware, default=None
            Noise and number of shots of the quantum head; None computes it exactly.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``; each row adds to 1.

        Raises
        ------
        InputError
            If the images cannot be used, there is no circuit to run on the hardware, or training
            had diverged.
        """
        check_is_fitted(self, "network_")
        if not isinstance(hardware, Hardware | None):
            raise InputError(f"hardware is {hardware!r}: give a Hardware, or None.")
        images = resize(images_of(X), *self.image_shape_)
        if hardware is not None and not self.network_.readouts():
            raise InputError(f"The head {self.head!r} holds no circuit that hardware could run.")
        device = self._prediction_device()
        network = self.network_.to(device).eval()
        network.set_hardware(hardware)
        parts = []
        try:
            with torch.inference_mode():
                for first in range(0, len(images), PREDICTION_BATCH):
                    batch = images[first : first + PREDICTION_BATCH]
                    pixels = to_tensor(batch, self.spec_.in_channels).to(device)
                    parts.append(network(pixels).double().softmax(dim=1).cpu().numpy())
        finally:
            network.set_hardware(None)
            network.cpu()
        proba = np.concatenate(parts)
        if not np.isfinite(proba).all():
            raise InputError(
                "The network gives no numbers for these images: its training diverged. Fit it "
                "again with a lower learning_rate."
            )
        return proba

    def predict(self, X: Any) -> np.ndarray:
        """Predict class labels.

        Parameters
        ----------
        X : array of shape (n, h, w) or (n, h, w, c), or torch data set
            Images, as in ``fit``.

        Returns
        -------
        ndarray of shape (n,)
            The most probable label of each image.
        """
        codes = self.predict_proba(X).argmax(axis=1)  # first: it refuses where nothing is fitted
        return np.asarray(self.classes_[codes])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags

    def to_folder(self, folder: Path) -> dict[str, Any]:
        """Write the network's weights into ``folder``; return all other attributes by name."""
        state = {name: value for name, value in vars(self).items() if name != "network_"}
        # Paths and Lightning's objects belong to this machine and to training alone.
        for name in ("weights", "checkpoint_dir"):
            state[name] = None if state[name] is None else str(state[name])
        state["trainer_options"] = None
        if hasattr(self, "network_"):
            state["spec_"] = plain_spec(self.spec_)
            state["synthetic_"] = {
                name: column.to_numpy(copy=True) for name, column in self.synthetic_.items()
            }
            weights = self.network_.state_dict()
            save_file({name: w.contiguous() for name, w in weights.items()}, folder / _WEIGHTS)
        return state

    @classmethod
    def from_folder(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Build the estimator again from what :meth:`to_folder` wrote and returned."""
        estimator = cls()
        for name, value in state.items():
            setattr(estimator, name, value)
        if (folder / _WEIGHTS).is_file():
            estimator.spec_ = NetworkSpec(**state["spec_"])
            estimator.synthetic_ = pd.DataFrame(state["synthetic_"])
            with torch.random.fork_rng(devices=[]):  # the draws are overwritten
                network = build_network(estimator.spec_)
            network.load_state_dict(load_file(folder / _WEIGHTS))
            estimator.network_ = network.eval()
        return estimator

    def _prediction_device(self) -> torch.device:
        """Where to predict: a model trained on a GPU also works where there is none."""
        wanted = "cuda" if self.device == "auto" else self.device
        there = not wanted.startswith("cuda") or torch.cuda.is_available()
        return torch.device(wanted if there else "cpu")

    def _split(
        self, images: np.ndarray, codes: np.ndarray, groups: np.ndarray | None, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions for training and for validation."""
        if self.keep_duplicates_together and self.validation_fraction > 0:
            groups = keep_together(len(images), find_duplicates(images), groups)
        kept, aside = set_aside(codes, self.validation_fraction, groups, seed)
        if self.validation_fraction > 0 and len(aside) == 0:
            warnings.warn(
                "There are too few images or groups to set some aside for validation: the last "
                "epoch is kept.",
                RarebitWarning,
                stacklevel=3,
            )
        return kept, aside

    def _make_augmenter(self, seed: int) -> ImageAugmenter | None:
        """Build the augmenter, or copy the user's own."""
        if self.augmenter is None:
            return None
        own = self.augmenter
        augmenter = AUGMENTERS[own]() if isinstance(own, str) else clone(own)
        if augmenter.random_state is None:
            augmenter.set_params(random_state=seed)
        return augmenter

    def _training_settings(self, images: np.ndarray, codes: np.ndarray, seed: int) -> Any:
        from rarebit.imaging.training.fit import TrainingSettings

        return TrainingSettings(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            patience=self.patience,
            device=self.device,
            seed=seed,
            checkpoint_dir=None if self.checkpoint_dir is None else Path(self.checkpoint_dir),
            resume=self.resume,
            fingerprint=self._fingerprint(images, codes),
            verbose=self.verbose,
            trainer_options=self.trainer_options or {},
        )

    def _fingerprint(self, images: np.ndarray, codes: np.ndarray) -> str:
        """What a checkpoint depends on, as a hash; the number of epochs may change."""
        free = {"epochs", "resume", "checkpoint_dir", "verbose", "device", "trainer_options"}
        settings = {k: v for k, v in self.get_params(deep=False).items() if k not in free}
        digest = hashlib.sha256(repr(sorted(settings.items())).encode())
        digest.update(images.tobytes())
        digest.update(codes.tobytes())
        return digest.hexdigest()
