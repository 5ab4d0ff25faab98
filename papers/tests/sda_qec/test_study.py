"""The study of SDA-QEC: its plan, what may cross to test images, what the cells are read for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.imaging import ForwardDiffusionAugmenter, Hardware, feature_extractor
from rarebit.imaging.backbones.mobilenet import MobileNetV2
from rarebit_papers.request import Request
from rarebit_papers.sda_qec import arms, circuit, comparisons, fidelity, fits, study, tables
from rarebit_papers.sda_qec.data import BUSI, PNEUMONIA, RARE, load, training_and_test
from rarebit_papers.sda_qec.figures import score_figure, sheet
from rarebit_papers.sda_qec.study import not_run, score_pages, score_table


def planned(**options):
    """Data set, study, arm and seed of every cell."""
    keys = (cell.key for cell in study.plan(Request(None, **options)))
    return [(key.dataset, key.protocol, key.classifier, key.seed) for key in keys]


@pytest.fixture
def folder(tmp_path):
    """Data sets of the right layout: 12 x 12 noise."""
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    arrays = {}
    for part, n in (("train", 60), ("val", 10), ("test", 14)):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, 12, 12), dtype=np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % 4 > 0).astype(np.uint8)[:, None]
    arrays["test_images"][0] = arrays["train_images"][7]
    np.savez(tmp_path / "images" / "pneumoniamnist.npz", **arrays)
    np.savez(
        tmp_path / "images" / "busi_128.npz",
        images=rng.integers(0, 256, (40, 12, 12), dtype=np.uint8),
        labels=(np.arange(40) % 3)[:, None].astype(np.uint8),
        names=np.array([f"b{i}" for i in range(40)]),
    )
    return tmp_path


def test_the_plan_names_every_cell_once():
    whole = planned()
    assert len(set(whole)) == len(whole)
    assert {cell[0] for cell in whole} == {PNEUMONIA, RARE, BUSI}
    assert {seed for *_, seed in planned(seeds=1)} == {0}
    assert {dataset for dataset, *_ in planned(datasets=(BUSI,))} == {BUSI}


def test_every_arm_that_is_compared_is_in_the_plan():
    known = {(name, arm) for _, name, arm, _ in planned()}
    for pairs in comparisons.PAIRS.values():
        for pair in pairs:
            assert set(pair) <= known, pair


def test_an_arm_trained_otherwise_is_another_cell(monkeypatch):
    before = study.plan(Request(None))[0].key
    assert study.plan(Request(None, device="cuda"))[0].key == before
    monkeypatch.setattr(fits, "SETTINGS", fits.SETTINGS | {"head": (1, 1, 1)})
    after = study.plan(Request(None))[0].key
    assert after.config_hash != before.config_hash
    assert replace(after, config_hash=before.config_hash) == before


def test_the_rare_class_is_cut_in_training_only(folder):
    whole, cut = load(PNEUMONIA, folder, 12), load(RARE, folder, 12)
    training = cut.split != "test"
    common, rare = (cut.labels[training] == 1).sum(), (cut.labels[training] == 0).sum()
    assert rare == common // 10
    assert (cut.split == "test").sum() == (whole.split == "test").sum() == 14


def test_no_duplicate_of_a_test_image_is_trained_on(folder):
    data = load(PNEUMONIA, folder, 12)
    rest, test = training_and_test(data, 0)
    assert 7 not in rest
    assert len(rest) == 69
    assert len(test) == 14


def test_the_rare_class_is_that_of_the_training_images(folder):
    assert load(PNEUMONIA, folder, 12).rare == 0
    assert load(BUSI, folder, 12).rare == 1


@pytest.fixture
def short(monkeypatch):
    """A plan of two arms that train for one batch."""
    chosen = [
        replace(arm, image_size=12) for arm in arms.MAIN if arm.name in ("SDA-QEC", "mobilenet_v2")
    ]
    monkeypatch.setattr(arms, "PLAN", [arms.Block("main", chosen, (BUSI,), 2)])
    monkeypatch.setattr(fits, "STEPS", 1)
    monkeypatch.setattr(fits, "EPOCHS", 1)


@pytest.mark.slow
def test_the_study_is_resumed(folder, short, monkeypatch):
    first = Request(folder / "out", folder, seeds=1)
    done = study.reproduce(first)
    lines = study.STUDY.read(first)
    assert set(lines["arm"]) == {"SDA-QEC", "mobilenet_v2"}
    assert set(lines["test"]) == {"original", "balanced"}
    assert len(lines) == 2 * (1 + len(study.HARDWARE)) + 2
    assert (lines["steps"] == 1).all()
    assert {"differences.csv", "tables.md", "provenance.json", "main.png"} <= {
        file.name for file in done.files
    }
    trained = []
    fit = fits.fit_network
    monkeypatch.setattr(
        fits, "fit_network", lambda arm, data, rest, seed, *a: trained.append((arm.name, seed))
        or fit(arm, data, rest, seed, *a),
    )  # fmt: skip
    study.reproduce(replace(first, seeds=None))
    assert trained == [("SDA-QEC", 1), ("mobilenet_v2", 1)]
    again = study.STUDY.read(first)
    pd.testing.assert_frame_equal(again, lines)
    assert tables.reproduce(replace(first, seeds=None)).files == []


def make_lines(scores):
    """Cells with nothing but scores: (dataset, study, arm) to one value a seed."""
    return pd.DataFrame(
        {
            "dataset": dataset, "study": study_name, "arm": arm, "seed": seed, "steps": 1,
            "hardware": "exact", "test": test,
            **dict.fromkeys([*comparisons.METRICS, "macro_f1", "sensitivity", "specificity",
                             "accuracy", "calibration_error"], value),
        }
        for (dataset, study_name, arm), values in scores.items()
        for seed, value in enumerate(values)
        for test in ("original", "balanced")
    )  # fmt: skip


def test_differences_are_paired_over_seeds_and_wider_where_training_parts_overlap():
    ours, other = [0.8, 0.9, 0.7], [0.7, 0.7, 0.7, 0.1]
    lines = make_lines(
        {(d, "main", a): v for d in (RARE, BUSI) for a, v in (("SDA-QEC", ours), ("vgg16", other))}
    )
    table = comparisons.difference_table(lines[study._plain(lines)]).set_index("dataset")
    assert table["seeds"].tolist() == [3, 3]
    np.testing.assert_allclose(table["roc_auc"], 0.1)
    # Student's interval of 0.1, 0.2, 0.0 by hand: 4.3027 * 0.1 / sqrt(3).
    half = table["roc_auc_high"] - table["roc_auc"]
    np.testing.assert_allclose(half[RARE], 0.24841, atol=1e-4)
    np.testing.assert_allclose(half[BUSI] / half[RARE], np.sqrt((1 / 3 + 0.25) / (1 / 3)))
    sentence = comparisons.reading(table.reset_index())
    assert sentence == [
        "SDA-QEC against a plain backbone, 2 pairs: ROC-AUC +0.100 on average (interval above 0: "
        "0, below 0: 0, too few seeds: 0); balanced accuracy +0.100 on average (interval above 0: "
        "0, below 0: 0, too few seeds: 0)."
    ]


def test_scores_are_means_over_seeds_and_two_have_no_interval():
    lines = make_lines(
        {(RARE, "main", "SDA-QEC"): [0.6, 0.7, 0.8], (RARE, "main", "vgg16"): [0.4, 0.6]}
    )
    table = score_table(lines).set_index(["arm", "test"])
    assert table.loc[("SDA-QEC", "original"), "roc_auc"] == pytest.approx(0.7)
    assert np.isnan(table.loc[("vgg16", "balanced"), "roc_auc_low"])
    pages = score_pages(table.reset_index())
    main = pages["Scores of the study main"].set_index("arm")
    assert main.loc["vgg16", "roc_auc"] == "0.500"
    assert main.loc["SDA-QEC", "roc_auc"] == "0.700 [0.452, 0.948]"
    assert pages["SDA-QEC on the original and a balanced test set"]["test"].tolist() == [
        "original", "balanced",
    ]  # fmt: skip


def test_intervals_of_scores_end_where_scores_do():
    table = score_table(make_lines({(RARE, "main", "SDA-QEC"): [0.1, 0.5, 0.9]}))
    assert (table["roc_auc_low"] == 0).all()
    assert (table["roc_auc_high"] == 1).all()


@pytest.fixture
def weights(tmp_path):
    """A folded MobileNetV2 with random weights, under the names of the converted ones."""
    torch.manual_seed(0)
    network = MobileNetV2(3, folded=True)
    path = tmp_path / "folded.npz"
    np.savez(path, **{name: value.numpy() for name, value in network.state_dict().items()})
    return path


def test_a_head_on_a_fixed_backbone_sees_neither_test_nor_validation_images(
    folder, weights, monkeypatch
):
    monkeypatch.setattr(fits, "HEAD_EPOCHS", 2)
    monkeypatch.setattr(fits, "HEAD_STEPS", 3)
    data = load(BUSI, folder, 12)
    rest, test = training_and_test(data, 0)
    seen = []
    fill_up = fits.fill_up
    monkeypatch.setattr(
        fits, "fill_up", lambda images, labels, rows, how: seen.extend(rows)
        or fill_up(images, labels, rows, how),
    )  # fmt: skip
    arm = arms.Arm("quantum", start="frozen", image_size=12)
    trained = fits.fit_head(arm, data, rest, 0, weights)
    assert set(seen) < set(rest)
    assert len(seen) == trained_on(rest)
    assert trained.facts["steps"] == 6
    proba = trained.predict(test, None)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    # Few shots tell less than exact values; other heads are given the same synthetic images.
    assert not np.allclose(trained.predict(test, Hardware(shots=5, random_state=0)), proba)
    direct = fits.fit_head(replace(arm, head="direct"), data, rest, 0, weights)
    assert len(seen) == trained_on(rest)
    assert direct.facts["n_synthetic"] == trained.facts["n_synthetic"] > 0
    again = fits.fit_head(arm, data, rest, 0, weights)
    np.testing.assert_array_equal(again.predict(test, None), proba)


def trained_on(rest):
    """A tenth of the images is the validation set."""
    return len(rest) - round(len(rest) * fits.VALIDATION)


def test_what_was_not_run_is_reported(short):
    lines = make_lines({(BUSI, "main", "SDA-QEC"): [0.6, 0.8], (BUSI, "main", "mobilenet_v2"): [1]})
    assert not_run(lines) == [
        "3 of the 4 cells of the plan were run.",
        "Not run in main on busi malignant: mobilenet_v2 (seeds 1).",
    ]
    assert not_run(
        make_lines({(BUSI, "main", a): [1, 1] for a in ("SDA-QEC", "mobilenet_v2")})
    ) == ["All 4 cells of the plan were run."]


def test_tables_without_cells_say_what_to_run_first(tmp_path):
    with pytest.raises(InputError, match="holds no cells: run"):
        tables.reproduce(Request(tmp_path))


def test_a_balanced_subset_has_as_many_of_each_class():
    y = np.array([0] * 9 + [1] * 4)
    rows = study.balanced_subset(y, seed=0)
    assert np.bincount(y[rows]).tolist() == [4, 4]
    assert len(set(rows)) == 8


def test_fidelity_compares_with_images_that_the_augmenter_has_not_seen(folder):
    data = load(BUSI, folder, 12)
    own, other = fidelity.training_rows(data)
    assert (len(own), len(other)) == (13, 27)
    seen = own[:6]
    made, parents = fidelity.make_images(
        data, seen, other, ForwardDiffusionAugmenter(beta_end=1e-6, beta_start=1e-7)
    )
    # With next to no noise an image is its parent.
    np.testing.assert_allclose(made.astype(int), data.images[seen[parents]].astype(int), atol=2)
    assert sorted(parents) == list(range(6))
    line, image = fidelity.measure(data, None, feature_extractor(), seed=0)
    assert line["n"] == 6
    assert image.shape == (12, 12)
    noisy, _ = fidelity.measure(
        data, ForwardDiffusionAugmenter(beta_end=0.5), feature_extractor(), seed=0
    )
    assert noisy["frechet_distance"] > line["frechet_distance"] > 0


def test_examples_are_kept_by_data_set_and_augmenter(folder, monkeypatch):
    monkeypatch.setattr(fidelity, "_extractor", lambda path: feature_extractor())
    monkeypatch.setattr(fidelity, "AUGMENTERS", {fidelity.REAL: None, "affine": arms.AUGMENTED[3]})
    request = Request(folder / "out", folder, datasets=(BUSI,), seeds=1)
    outcome = fidelity.reproduce(request)
    images = fidelity.read_examples(folder / "out" / "fidelity" / "examples", BUSI)
    assert list(images) == [fidelity.REAL, "affine"]
    assert images["affine"].shape == (32, 32)
    assert not np.array_equal(images["affine"], images[fidelity.REAL])
    assert "augmenters.png" in {file.name for file in outcome.files}
    assert fidelity.read_examples(folder / "out" / "fidelity" / "examples", RARE) == {}


def test_fidelity_table_reads_the_cells():
    lines = pd.DataFrame(
        {
            "dataset": RARE, "arm": name, "seed": seed, "n": 5,
            "frechet_distance": value + seed, "to_other_class": 9.0, "own_class_share": 0.5,
        }
        for name, value in ((fidelity.REAL, 1.0), ("T = 5", 4.0), ("ddpm", 2.0))
        for seed in (0, 1)
    )  # fmt: skip
    table = fidelity.fidelity_table(lines)
    assert table["frechet_distance"].tolist() == [1.5, 4.5, 2.5]
    [sentence] = fidelity.reading(table)
    assert sentence.endswith("real images 1.5 and 0.50; T = 5 4.5 and 0.50; ddpm 2.5 and 0.50.")


def test_fidelity_intervals_are_wider_for_halves_of_the_same_images():
    lines = pd.DataFrame(
        {
            "dataset": RARE, "arm": "noise", "seed": seed, "n": 5,
            "frechet_distance": value, "to_other_class": 9.0, "own_class_share": 0.5,
        }
        for seed, value in enumerate((1.0, 2.0, 3.0))
    )  # fmt: skip
    [line] = fidelity.fidelity_table(lines).to_dict("records")
    # By hand: 4.3027 * 1 * sqrt(1 / 3 + 1), twice Student's interval of independent draws.
    assert line["frechet_distance_high"] - 2 == pytest.approx(4.96825, abs=1e-4)
    assert 2 - line["frechet_distance_low"] == pytest.approx(4.96825, abs=1e-4)


def test_gradients_of_more_wires_vary_less():
    embedded, full = (circuit.gradient_variance(n, depths=(8,), n_draws=40) for n in (4, 8))
    assert full["8/variance"] < embedded["8/variance"]


def test_the_circuit_is_reported_from_its_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(
        circuit, "gradient_variance", lambda n: {f"{k}/variance": 1 / (n * k) for k in (2, 16)}
    )
    outcome = circuit.reproduce(Request(tmp_path))
    assert outcome.tables["Gradient variance"].loc[16, "full"] == 1 / 128
    assert "embedded 0.1250 vs. 0.0156" in outcome.findings[0]
    counts = outcome.tables["Parameters"].set_index(["backbone", "head"])
    assert counts.loc[("mobilenet_v2", "linear"), "as_in_paper"] == 514
    assert (counts["of the backbone"] + counts["of the head"] == counts["total"]).all()


def test_figures_have_a_panel_for_each_data_set_and_an_image_for_each_augmenter():
    lines = make_lines(
        {(d, "main", a): [0.6, 0.8] for d in (RARE, BUSI) for a in ("SDA-QEC", "vgg16")}
    )
    figure = score_figure(score_table(lines[study._plain(lines)]), "roc_auc", "ROC-AUC")
    assert [axes.get_title() for axes in figure.axes] == [RARE, BUSI]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["SDA-QEC", "vgg16"]
    image = np.zeros((4, 4))
    axes = sheet({"a": {"real": image}, "b": {"real": image, "noise": image}}).axes
    assert [a.get_title() for a in axes] == ["real", "noise", "", ""]
    assert [len(a.get_images()) for a in axes] == [1, 0, 1, 1]


def test_parameters_are_counted_as_in_the_paper():
    for head, expected in (("quantum", 18), ("linear", 514)):
        counts = circuit.parameter_counts("mobilenet_v2", head)
        assert counts["network/as_in_paper"] == expected
