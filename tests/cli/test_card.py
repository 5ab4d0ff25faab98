"""`rarebit card`, and the model card that `train` writes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rarebit import load

TRAIN = ("train", "t.csv", "--target", "y", "--model", "gaussian_nb", "--treatment", "untouched")


@pytest.fixture
def trained(rarebit, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.uniform(size=120) < 0.25
    frame = pd.DataFrame({"age": rng.normal(60, 9, 120) + 8 * y, "y": np.where(y, "ill", "well")})
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, out, _ = rarebit(*TRAIN, "--seed", "7")
    assert code == 0
    assert "model card: model/card.md" in out
    return Path("model")


def test_answers_are_kept_and_shown(rarebit, trained):
    text = (trained / "card.md").read_text(encoding="utf-8")
    assert "- Seed: 7" in text
    assert "Its performance on new rows was not measured" in text
    question = "**(open)** Who paid, and what was their role?"
    assert question in text
    (trained / "card.md").write_text(text.replace(question, "The <i>Fund</i>."), encoding="utf-8")
    code, out, _ = rarebit("card", "model")
    assert code == 0
    assert "18b Conflicts of interest" in out
    assert "18a Funding" not in out
    assert "<p>The &lt;i&gt;Fund&lt;/i&gt;.</p>" in (trained / "card.html").read_text()
    load(trained)  # The card is no part of the model.
    code, out, _ = rarebit(*TRAIN, "--seed", "8")
    assert code == 0
    assert "with what people wrote under 18a Funding." in " ".join(out.split())
    text = (trained / "card.md").read_text(encoding="utf-8")
    assert "### 18a Funding\n\nThe <i>Fund</i>.\n" in text
    assert "- Seed: 8" in text
    code, out, _ = rarebit("card", "model", "--json")
    assert (code, "18a Funding" in json.loads(out)["open"]) == (0, False)


def test_a_card_that_cannot_be_read(rarebit, trained):
    code, _, err = rarebit("card", "nowhere")
    assert (code, err.count("\n")) == (2, 1)
    assert "There is no card.md in nowhere" in err
    (trained / "card.md").write_bytes(b"caf\xe9")
    before = load(trained).random_state_
    for arguments in (("card", "model"), TRAIN):
        code, _, err = rarebit(*arguments)
        assert code == 2
        assert "model/card.md is not UTF-8 text: save it as UTF-8" in err
    assert load(trained).random_state_ == before
    assert (trained / "card.md").read_bytes() == b"caf\xe9"


def test_the_command_names_no_folder_of_the_user(rarebit, trained, tmp_path, monkeypatch):
    out = tmp_path / "elsewhere"
    monkeypatch.setattr("sys.argv", ["rarebit", "train", f"{tmp_path}/t.csv", f"--out={out}"])
    code, *_ = rarebit("train", tmp_path / "t.csv", *TRAIN[2:], "--out", out)
    assert code == 0
    text = (out / "card.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert "- Source: t.csv" in text
    assert "rarebit train t.csv --out=elsewhere" in text
