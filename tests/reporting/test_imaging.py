"""The report on an image classifier: whole, self-contained, escaped."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("lightning")
from torch import nn

from rarebit.imaging import SDAQECClassifier, evaluate
from rarebit.reporting.imaging import data_uri, write_imaging_report


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (30, 12, 12), dtype=np.uint8)
    labels = np.array(["well"] * 22 + ["<b>ill</b>"] * 8)
    model = SDAQECClassifier("resnet18", epochs=1, random_state=0).fit(images, labels)
    return model, images, labels


def write(trained, path, **options):
    model, images, labels = trained
    found = evaluate(model, images, labels, n_resamples=20)
    return write_imaging_report(model, found, images, path, **options).read_text("utf-8"), found


def test_the_page_is_complete_and_self_contained(trained, tmp_path):
    page, found = write(trained, tmp_path / "r.html", notes=["beware <script>"], title="A & B")
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "http-equiv" in page
    assert "A &amp; B" in page
    assert "beware &lt;script&gt;" in page
    assert "<b>ill" not in page
    assert "&lt;b&gt;ill&lt;/b&gt;" in page
    for text in ("Balanced accuracy", "Sensitivity", "Specificity", "ROC-AUC", "PR-AUC"):
        assert text in page
    assert f"{found.scores['balanced_accuracy'].estimate:.3f}" in page
    assert "<td" in page
    n_wrong = int((found.labels != found.y).sum())
    sheets = len(re.findall("data:image/png", page))
    assert sheets == 2 * (len(trained[0].examples_) + min(n_wrong, 12))
    assert page.count("<svg id=") == 4
    assert "As in paper" in page


def test_findings_are_the_counts_of_the_confusion_matrix(trained, tmp_path):
    page, found = write(trained, tmp_path / "r.html")
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    [[rare_found, missed], [false_alarms, _]] = found.confusion.tolist()  # code 0 is the rare class
    assert found.positive == 0
    assert (
        f"Of 8 images of class “ &lt;b&gt;ill&lt;/b&gt; ”, it found {rare_found} and missed" in text
    )
    assert f"and missed {missed}" in text
    assert f"raised {false_alarms} false alarm" in text


@pytest.mark.filterwarnings("ignore:.*cannot be saved:rarebit.exceptions.RarebitWarning")
def test_an_own_backbone_is_named(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.random((20, 12, 12)), np.repeat([0, 1], [14, 6])
    own = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    model = SDAQECClassifier(own, nn.Linear(4, 2), epochs=1, random_state=0).fit(images, labels)
    page, _ = write((model, images, labels), tmp_path / "r.html")
    assert ">Sequential<" in page
    assert ">Linear<" in page


def test_perfect_answers_without_augmentation(tmp_path, trained):
    _, images, labels = trained
    plain = SDAQECClassifier(
        "resnet18", head="direct", augmenter=None, epochs=1, validation_fraction=0, random_state=0
    ).fit(images, labels)
    found = evaluate(plain, images, plain.predict(images), n_resamples=5)
    path = write_imaging_report(plain, found, images, tmp_path / "r.html")
    page = path.read_text("utf-8")
    assert "No test image was misclassified" in page
    assert "No synthetic images were used" in page


def test_many_classes(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (30, 12, 12, 3), dtype=np.uint8)
    labels = np.repeat(["a", "b", "c"], [16, 8, 6])
    model = SDAQECClassifier("resnet18", epochs=1, random_state=0).fit(images, labels)
    page, _ = write((model, images, labels), tmp_path / "r.html")
    assert "c against the rest" in page


def test_pictures_are_small_pngs_of_the_image():
    image = np.linspace(0, 1, 400 * 300 * 3).reshape(400, 300, 3)
    content = base64.b64decode(data_uri(image).partition(",")[2])
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (120, 160)
    assert picture.mode == "RGB"
