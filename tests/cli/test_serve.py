"""`rarebit serve` as its users call it; what it answers is tested with `make_app`."""

import json
import re
import signal
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pandas as pd
import pytest

from rarebit import save
from rarebit.zoo import TreatedClassifier

uvicorn = pytest.importorskip("uvicorn")
pytest.importorskip("fastapi")


@pytest.fixture
def stored(tmp_path):
    frame = pd.DataFrame({"age": [40, 45, 60, 65]})
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    save(model.fit(frame, ["well", "well", "ill", "ill"]), tmp_path / "model")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none",), "none is not a"),
        (("model", "--port", "70000"), "Invalid value for '--port'"),
        (("model", "--host", "192.0.2.1"), "of 192.0.2.1 cannot be opened"),
        (("model", "--port", "TAKEN"), "cannot be opened: Address already in use. Give another"),
    ],
)
def test_a_refusal_is_one_line(rarebit, stored, arguments, says):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = rarebit("serve", *(port if a == "TAKEN" else a for a in arguments))
    assert code == 2
    assert says in " ".join(err.split())
    assert err.count("\n") == 1


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_another_address_than_this_machine_is_warned_of(rarebit, stored, monkeypatch, host, warned):
    bound = []

    def run(self, sockets):
        bound.extend(listening.getsockname() for listening in sockets)
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", run)
    code, out, err = rarebit("serve", "model", "--host", host, "--port", 0)
    assert (code, out) == (0, "")
    ((address, port),) = bound
    assert address == host
    assert f"model is served on http://{host}:{port}; Ctrl-C ends it." in err
    assert ("warning: Other machines can reach" in " ".join(err.split())) == warned


@pytest.mark.slow
def test_the_server_answers_until_ctrl_c(stored, tmp_path):
    command = [sys.executable, "-c", "from rarebit.cli import main; main()"]
    with subprocess.Popen(
        [*command, "serve", "model", "--port", "0"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as server:  # fmt: skip
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline())[0]
            rows = json.dumps([{"age": 70}, {"age": "30"}]).encode()
            with urlopen(Request(f"{address}/predict", rows), timeout=60) as answer:
                labels = [row["label"] for row in json.load(answer)["rows"]]
            assert labels == ["ill", "well"]
        finally:
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=60)
    assert (server.returncode, out, err) == (0, "", "")
