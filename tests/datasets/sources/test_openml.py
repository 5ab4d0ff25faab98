"""Downloads against responses in OpenML's own form, played back below scikit-learn's client."""

import hashlib
import io
import json
import urllib.request
from dataclasses import replace
from email.message import Message
from urllib.error import HTTPError, URLError
from urllib.response import addinfourl

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import fetch_dataset, load_dataset
from rarebit.datasets.sources.openml import download, ready_frame
from rarebit.datasets.sources.registry import dataset_info
from rarebit.exceptions import InputError

ROWS = [("0.5", "M", "4"), ("0.25", "F", "7"), ("?", "I", "7"), ("1.5", "M", "12")]
ARFF = (
    "@RELATION abalone\n@ATTRIBUTE Length REAL\n@ATTRIBUTE Sex {M, F, I}\n"
    "@ATTRIBUTE rings {4,7,12}\n@DATA\n" + "\n".join(map(",".join, ROWS)) + "\n"
)
INFO = replace(dataset_info("abalone"), rows=4, features=4)


def feature(index, name, kind, target="false"):
    return {
        "index": str(index),
        "name": name,
        "data_type": kind,
        "is_target": target,
        "is_ignore": "false",
        "is_row_identifier": "false",
        "number_of_missing_values": "0",
    }


def responses(md5=None):
    description = {
        "id": "183",
        "name": "abalone",
        "version": "1",
        "status": "active",
        "format": "ARFF",
        "description": "sea snails",
        "file_id": "3620",
        "url": "https://www.openml.org/data/v1/download/3620/abalone.arff",
        "md5_checksum": md5 or hashlib.md5(ARFF.encode()).hexdigest(),
    }
    features = [
        feature(0, "Length", "numeric"),
        feature(1, "Sex", "nominal"),
        feature(2, "rings", "nominal", "true"),
    ]
    qualities = [{"name": "NumberOfInstances", "value": "4.0"}]
    return {
        "/api/v1/json/data/183": json.dumps({"data_set_description": description}),
        "/api/v1/json/data/features/183": json.dumps({"data_features": {"feature": features}}),
        "/api/v1/json/data/qualities/183": json.dumps({"data_qualities": {"quality": qualities}}),
        "/data/v1/download/3620/abalone.arff": ARFF,
    }


class Playback(urllib.request.HTTPSHandler):
    """Answers requests out of a dict, or with an error."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers

    def https_open(self, request):
        if isinstance(self.answers, Exception):
            raise self.answers
        content = io.BytesIO(self.answers[request.selector].encode())
        response = addinfourl(content, Message(), request.full_url, 200)
        response.msg = "OK"
        return response


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Replace the network by a dict of answers; keep the cache apart."""
    monkeypatch.setenv("RAREBIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RAREBIT_DATA", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    yield lambda answers: urllib.request.install_opener(
        urllib.request.build_opener(Playback(answers))
    )
    urllib.request.install_opener(None)


def use_entry(monkeypatch, info):
    monkeypatch.setattr("rarebit.datasets.sources.loading.dataset_info", lambda name: info)


def test_download(network):
    network(responses())
    frame = download(INFO)
    assert frame.columns.tolist() == ["Length", "Sex_F", "Sex_I", "Sex_M", "target"]
    np.testing.assert_array_equal(frame["Length"], [0.5, 0.25, np.nan, 1.5])
    assert frame["Sex_M"].tolist() == [1, 0, 0, 1]
    assert frame["target"].tolist() == [0, 1, 1, 0]


def test_what_was_downloaded_is_kept(network, monkeypatch, tmp_path):
    network(responses())
    use_entry(monkeypatch, INFO)
    dataset = load_dataset("abalone")
    assert dataset.counts.tolist() == [2, 2]
    network(URLError("no network"))
    again = load_dataset("abalone")
    pd.testing.assert_frame_equal(again.frame, dataset.frame)
    file = tmp_path / "cache/tabular/abalone.csv.gz"
    first = file.read_bytes()
    network(responses())
    assert fetch_dataset("abalone") == file
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    "error",
    [
        URLError("no network"),
        TimeoutError("slow"),
        HTTPError("https://www.openml.org", 503, "busy", Message(), io.BytesIO()),
        HTTPError("https://www.openml.org", 412, "unknown", Message(), io.BytesIO()),
    ],
)
def test_without_a_network_the_way_out_is_named(network, error, tmp_path):
    network(error)
    with pytest.raises(InputError) as caught:
        load_dataset("isolet")
    message = str(caught.value)
    for part in ("openml.org/d/300", "UCI 54", "tabular/isolet.csv.gz", "RAREBIT_DATA"):
        assert part in message
    assert "1 for the letters A and B" in message
    assert not (tmp_path / "cache").exists()


def test_a_broken_download_is_refused(network):
    network(responses(md5="0" * 32))
    with pytest.raises(InputError, match="md5 checksum"):
        download(INFO)


def test_another_table_than_the_registry_knows_is_refused(network):
    network(responses())
    with pytest.raises(
        InputError, match=r"gave .* \(4, 4, 2\).*not the \(5, 4, 2\) of the registry"
    ):
        download(replace(INFO, rows=5))
    network(responses())
    assert len(download(replace(INFO, rows=5, openml_rows=4))) == 4


def test_what_is_not_on_openml_cannot_be_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("RAREBIT_CACHE", str(tmp_path))
    monkeypatch.delenv("RAREBIT_DATA", raising=False)
    with pytest.raises(InputError, match=r"'minerals' cannot be downloaded: get Kaggle"):
        load_dataset("minerals")
    with pytest.raises(InputError, match="embedded; there is nothing"):
        fetch_dataset("digits_8")


@pytest.mark.parametrize(
    "labels", [["6", "06", "1"], [6.0, 6.0, 1.0], pd.Categorical(["6", "6", "1"])]
)
def test_rare_labels_may_be_written_in_any_way(labels):
    info = dataset_info("arrhythmia")
    frame = ready_frame(info, pd.DataFrame({"a": [1.0, 2.0, 3.0]}), pd.Series(labels))
    assert frame["target"].tolist() == [1, 1, 0]


def test_preparations():
    features = pd.DataFrame(
        {
            "a": [1.0, np.nan, 3.0, 8.0],
            "J": [np.nan, np.nan, np.nan, 1.0],
            "n": pd.Categorical(list("vuvu"), categories=["v", "u"]),
        }
    )
    labels = pd.Series(list("xyxy"))
    base = replace(dataset_info("lymph"), prepare=None)
    assert ready_frame(base, features, labels)["target"].tolist() == list("xyxy")
    kept = ready_frame(replace(base, prepare="drop_sparse"), features, labels)
    assert kept.columns.tolist() == ["a", "n", "target"]
    filled = ready_frame(replace(base, prepare="fill"), features, labels)
    assert filled["a"].tolist() == [1, 3, 3, 8]
