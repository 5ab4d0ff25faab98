"""SDAQECClassifier: augmentation, backbone and head behind scikit-learn's interface."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from rarebit._common.checks import coded, warn
from rarebit._common.devices import usable_device
from rarebit._common.optional import import_extra
from rarebit._common.parameters import Kind, check_value
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging._parameters import check_model, unstorable, warn_of_unstorable
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter, fill_up
from rarebit.imaging.heads import Hardware
from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.inputs import images_and_labels, images_of
from rarebit.imaging.images.labels import check_groups, check_label_counts
from rarebit.imaging.images.pixels import resize, to_tensor
from rarebit.imaging.images.splits import set_aside
from rarebit.imaging.network import NetworkSpec, build_network, check_network_size
from rarebit.imaging.parts import Part, part_name
from rarebit.persistence.networks import read_network, write_network

# Images that pass through the network at once in prediction.
PREDICTION_BATCH = 64


class SDAQECClassifier(ClassifierMixin, BaseEstimator):
    """Image classifier for rare classes: SDA-QEC (arXiv:2601.18556) and its building blocks.

    An augmenter fills up the rare classes of the training images. A backbone with a head on its
    features is trained with Adam, L2 and cross-entropy, and the epoch with the lowest validation
    loss is kept. Validation images are never augmented; duplicates and groups stay on one side of
    the validation split.

    Parameters
    ----------
    backbone : str, nn.Module or callable, default="mobilenet_v2"
        From images to features: ``"mobilenet_v2"``, ``"resnet18"``, ``"densenet121"``, ``"vgg16"``;
        a module of your own that maps images (n, channels, h, w) with pixels in [0, 1] to features
        (n, n_features), or to feature maps, which are averaged; or a factory that builds one, see
        :func:`rarebit.imaging.backbones.build_backbone`.
    head : str, nn.Module or callable, default="quantum"
        From features to classes: ``"quantum"``, its other readings ``"quantum_full"`` and
        ``"quantum_compact"``, ``"lqer"``, and the controls ``"quantum_unentangled"``,
        ``"classical"`` (of equal size), ``"linear"`` and ``"direct"``; a module of your own that
        maps features to logits (n, n_classes); or a factory, called with the numbers of features
        and of classes.
    augmenter : str, ImageAugmenter or None, default="diffusion"
        ``"diffusion"``, ``"noise"``, ``"affine"``, ``"mixup"``, ``"ddpm"``, an augmenter of your
        own, or None.
    weights : path or "torchvision", default=None
        Initial weights of a backbone given by name; None trains from scratch.
    image_size : int, default=None
        Side of the squares that images are resized to; None keeps their size.
    n_layers : int, default=2
        Layers of the circuit of a head given by name.
    epochs, batch_size : int, default=30 and 32
        Largest number of epochs, and of images in a batch, at least 2.
    learning_rate, weight_decay : float, default=1e-3 and 1e-4
        Of Adam; the decay is an L2 penalty.
    validation_fraction : float, default=0.2
        Share of the images (in whole groups) that picks the epoch; 0 keeps the last epoch.
    patience : int or None, default=8
        Epochs without a lower validation loss before training stops; None never stops early.
    keep_duplicates_together : bool, default=True
        Whether near duplicates are found and kept on one side of the validation split.
    checkpoint_dir, resume : path and bool, default=None and False
        Folder for the last and the best epoch (None: no checkpoint); whether to resume from it.
    device : str, default="cpu"
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"xpu"``. Prediction falls
        back to the CPU if the device is not available.
    trainer_options : mapping, default=None
        Arguments of Lightning's ``Trainer``, such as ``{"devices": 2}``, or ``{"precision":
        "bf16-mixed"}`` on a processor that computes in bfloat16.
    verbose : bool, default=False
        Whether to show a progress bar.
    random_state : int, Generator, RandomState or None, default=None
        Source of weights, split, augmentation and order of the images.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    class_counts_ : ndarray of shape (n_classes,), int64
        Images of each class given to ``fit``.
    history_ : dict of str to list of float
        ``"train_loss"``, ``"val_loss"`` and ``"val_balanced_accuracy"``, one value an epoch.
    network_ : ImageNetwork
        The trained network.
    image_shape_ : tuple of int
        Height and width that images are resized to.
    validation_ : ndarray of int64
        Positions of the validation images.
    synthetic_ : DataFrame
        Provenance of the synthetic images, see :class:`ForwardDiffusionAugmenter`; positions are
        those of the images given to ``fit``.
    examples_ : ndarray of shape (n, 2, height, width[, 3])
        Some synthetic images, each after the real one it comes from.

    Notes
    -----
    A module given as ``backbone`` or ``head`` is copied, and the copy is trained with all its
    parameters that require a gradient. A model stored by :func:`rarebit.save` refers to a factory
    by name, so it must be importable (a function or class of a module), and ``load`` must be told
    to trust it. A module or lambda cannot be stored: ``fit`` warns, and ``save`` refuses.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.uniform(0, 0.5, (24, 8, 8))
    >>> labels = np.array(["well"] * 18 + ["ill"] * 6)
    >>> images[18:] += 0.5
    >>> model = SDAQECClassifier("resnet18", epochs=1, random_state=0).fit(images, labels)
    >>> model.predict_proba(images[:5]).shape
    (5, 2)

    A backbone and a head of your own, such as ``partial(timm.create_model, "resnet18",
    num_classes=0)`` or ``partial(monai.networks.nets.DenseNet121, spatial_dims=2,
    out_channels=64)``; here a single convolution:

    >>> from functools import partial
    >>> convolution = partial(torch.nn.Conv2d, out_channels=16, kernel_size=3)
    >>> own = SDAQECClassifier(convolution, torch.nn.Linear, epochs=1, random_state=0)
    >>> own.fit(images, labels).network_.backbone.n_features
    16
    """

    def __init__(
        self,
        backbone: Part = "mobilenet_v2",
        head: Part = "quantum",
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
        """Train on images X, ``(n, h, w)`` or ``(n, h, w, c)``, with labels y ``(n,)``.

        Images are unsigned integers, or floating-point numbers in [0, 1]; or X is a torch data set
        of ``(image, label)`` pairs with images as tensors ``(c, h, w)``, arrays or PIL images, and
        y is left out. Images of one of the ``groups`` ``(n,)``, such as a patient, stay on one side
        of the validation split.
        """
        import_extra("lightning")
        from rarebit.imaging.training.batches import ImageRows
        from rarebit.imaging.training.fit import check_start, train
        from rarebit.imaging.training.task import TrainerSettings

        check_model(self)
        warn_of_unstorable(self)
        images, labels = images_and_labels(X, y)
        given = None if groups is None else check_groups(groups, len(images))
        for note in check_label_counts(labels):
            warnings.warn(coded(note), RarebitWarning, stacklevel=2)
        self.classes_, codes, self.class_counts_ = np.unique(
            labels, return_inverse=True, return_counts=True
        )
        if self.image_size is not None:
            images = resize(images, self.image_size, self.image_size)
        check_network_size(images)
        self.image_shape_ = images.shape[1:3]
        seeds = as_generator(self.random_state).integers(2**31 - 1, size=4).tolist()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[2])
            self.spec_ = self._network_spec(images)
            network = build_network(self.spec_, self.weights)
            after_build = torch.get_rng_state()
        settings = TrainerSettings.of(self, seeds[3], network, images, codes)
        check_start(network, settings)

        # Everything that can be refused has been by now: making images may take long.
        kept, aside = self._split(images, codes, given, seeds[0])
        self.validation_ = aside
        filled = fill_up(images, labels, kept, self._make_augmenter(seeds[1]))
        self.synthetic_, self.examples_ = filled.provenance, filled.examples
        filled_codes = np.searchsorted(self.classes_, filled.labels)
        channels = network.backbone.in_channels
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(after_build)
            self.history_ = train(
                network,
                ImageRows(filled.images, filled_codes, channels),
                ImageRows(images[aside], codes[aside], channels),
                settings,
            )
        self.network_ = network.cpu().eval()
        return self

    def predict_proba(self, X: Any, *, hardware: Hardware | None = None) -> np.ndarray:
        """Estimate class probabilities ``(n, n_classes)`` of images, in the order of ``classes_``.

        ``hardware`` adds noise and shots to the circuit; None computes it exactly.
        """
        check_is_fitted(self, "network_")
        check_value("hardware", hardware, None, Kind(Hardware, "a Hardware"))
        images = resize(images_of(X), *self.image_shape_)
        if hardware is not None and not self.network_.readouts():
            raise InputError(
                f"head is {part_name(self.head)!r}, which has no circuit: leave hardware out."
            )
        device = usable_device(self.device)
        network = self.network_.to(device).eval()
        network.set_hardware(hardware)
        parts = []
        try:
            with torch.inference_mode():
                for first in range(0, len(images), PREDICTION_BATCH):
                    batch = images[first : first + PREDICTION_BATCH]
                    pixels = to_tensor(batch, network.backbone.in_channels).to(device)
                    parts.append(network(pixels).cpu().double().softmax(dim=1).numpy())
        finally:
            network.set_hardware(None)
            network.cpu()
        proba = np.concatenate(parts)
        if not np.isfinite(proba).all():
            raise InputError(
                "The probabilities are not finite, as training diverged: fit again with a lower "
                "learning_rate."
            )
        return proba

    def predict(self, X: Any) -> np.ndarray:
        """Predict the most probable label ``(n,)`` of each image."""
        codes = self.predict_proba(X).argmax(axis=1)  # first: it refuses an unfitted model
        return np.asarray(self.classes_[codes])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags

    def to_folder(self, folder: Path) -> dict[str, Any]:
        """Write the network's weights to ``folder``; return all other attributes by name."""
        for part in unstorable(self):
            raise InputError(
                f"{part}, which cannot be saved: fit with a factory that can be imported (a "
                "function or class of a module), or save network_.state_dict() with torch.save."
            )
        state = {name: value for name, value in vars(self).items() if name != "network_"}
        # Paths and Lightning's objects belong to this machine and to training.
        for name in ("weights", "checkpoint_dir"):
            state[name] = None if state[name] is None else str(state[name])
        state["trainer_options"] = None
        if hasattr(self, "network_"):
            state["spec_"] = dict(vars(self.spec_))
            state["synthetic_"] = {
                name: column.to_numpy(copy=True) for name, column in self.synthetic_.items()
            }
            write_network(self.network_, folder)
        return state

    @classmethod
    def from_folder(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Rebuild the estimator from what :meth:`to_folder` wrote and returned."""
        estimator = cls()
        for name, value in state.items():
            setattr(estimator, name, value)
        if "spec_" in state:
            spec = NetworkSpec(**state["spec_"])
            estimator.spec_, estimator.synthetic_ = spec, pd.DataFrame(state["synthetic_"])
            estimator.network_ = read_network(lambda: build_network(spec), folder)
        return estimator

    def _network_spec(self, images: np.ndarray) -> NetworkSpec:
        return NetworkSpec(
            self.backbone,
            self.head,
            len(self.classes_),
            1 if images.ndim == 3 else 3,
            self.n_layers,
            folded=str(self.weights or "").lower().endswith(".npz"),
            image_size=(images.shape[1], images.shape[2]),
        )

    def _split(
        self, images: np.ndarray, codes: np.ndarray, groups: np.ndarray | None, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions for training and for validation."""
        if self.keep_duplicates_together and self.validation_fraction > 0:
            groups = keep_together(len(images), find_duplicates(images), groups)
        kept, aside = set_aside(codes, self.validation_fraction, groups, seed)
        if self.validation_fraction > 0 and len(aside) == 0:
            warn(
                "RB306",
                "There are too few images or groups for a validation split: the last epoch is "
                "kept.",
                stacklevel=4,
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
