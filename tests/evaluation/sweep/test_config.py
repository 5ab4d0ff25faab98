"""Configurations of sweeps: read, written, refused."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.evaluation.sweep.config import SweepConfig, read_config, write_config
from rarebit.exceptions import InputError


def test_defaults_and_absolute_paths(folder):
    config = read_config(folder / "sweep.toml")
    assert config.name == "sweep"
    assert [table["path"] for table in config.tables] == [
        str(folder / "one.csv"), str(folder / "two.csv"),
    ]  # fmt: skip
    assert config.make_protocol(100).n_folds == 2
    assert config.metric == "macro_f1"


texts = st.text(max_size=8)


@given(
    name=texts,
    metric=st.sampled_from(["macro_f1", "brier"]),
    datasets=st.lists(texts, min_size=1, max_size=3),
    seed=st.integers(0, 2**31 - 1),
    seconds=st.none() | st.floats(0.01, 1e30) | st.integers(1, 10**6),
    keep=st.booleans(),
    calibrate=st.booleans(),
    table=st.fixed_dictionaries(
        {"path": st.just("/x/y.csv"), "target": texts},
        optional={
            "positive": texts | st.integers(-9, 9) | st.booleans(),
            "ignore": st.lists(texts),
            "roles": st.dictionaries(texts, texts, max_size=2),
        },
    ),
)
def test_a_configuration_comes_back_as_it_was_written(
    tmp_path_factory, name, metric, datasets, seed, seconds, keep, calibrate, table
):
    config = SweepConfig(
        name=name, datasets=tuple(datasets), tables=(table,), metric=metric, seed=seed,
        cell_seconds=seconds, keep_predictions=keep, protocol={"calibrate": calibrate},
    )  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "written.toml"
    write_config(config, path)
    assert read_config(path) == replace(config, name=name or "written")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("datasets = [", "not valid TOML"),
        ('dataset = ["ecoli"]', "no setting dataset"),
        ('preset = "quick"', "There is no data"),
        ('datasets = "ecoli"', "give a list"),
        ("datasets = [1]", "give a list"),
        ('datasets = ["digits_8"]\nseed = "one"', "seed is 'one': give an integer"),
        ('datasets = ["digits_8"]\nseed = true', "seed is True: give an integer"),
        ('datasets = ["digits_8"]\npreset = "huge"', "preset is 'huge': give 'quick'"),
        ('datasets = ["digits_8"]\nmetric = "f7"', "f7"),
        ('datasets = ["digits_8"]\npairs = ["svm, smote"]', "a classifier and a treatment"),
        ('datasets = ["digits_8"]\ncell_seconds = 0', "cell_seconds is 0: give"),
        ('datasets = ["digits_8"]\n[protocol]\nfolds = 3', "The protocol has no setting folds"),
        ('datasets = ["digits_8"]\n[protocol]\nn_folds = 0', "n_folds is 0"),
        ('datasets = ["digits_8"]\n[protocol]\nn_folds = "3"', "n_folds"),
        ('datasets = ["digits_8"]\n[protocol]\nsearch = "luck"', "give 'random' or 'grid'"),
        ('datasets = ["digits_8"]\n[protocol]\nn_folds = 1', "n_folds is 1"),
        ('datasets = ["digits_8"]\nseed = -5', "seed is -5"),
        ('datasets = ["digits_8"]\ndevice = "gpu"', "device is 'gpu'"),
        ('datasets = ["digits_8"]\ncell_seconds = nan', "cell_seconds is nan: give"),
        ('[[tables]]\npath = 5\ntarget = "y"', "path of a table is 5: give a text"),
        ('[[tables]]\npath = "x.csv"\ntarget = "y"\nname = 5', "name of a table is 5"),
        ('[[tables]]\npath = "x.csv"\ntarget = "y"\nignore = [5]', "or a list of names"),
        ('[[tables]]\npath = "x.csv"', "A table has no target"),
        ('tables = ["x.csv"]', "tables is .* give \\[\\[tables"),
        ('[[tables]]\npath = "x.csv"\ntarget = "y"\nage = 3', "A table has no setting age"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path, text, says):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_config(path)


def test_an_absent_configuration(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "absent.toml")


def test_the_example_shows_every_setting():
    path = Path(__file__).parents[3] / "examples" / "sweep.toml"
    config = read_config(path)
    assert config.datasets == ("digits_8", "wine_rare")
    given = tomllib.loads(path.read_text())
    assert {f.name for f in fields(SweepConfig)} - set(given) == {"tables"}
    assert "[[tables]]" in path.read_text()
