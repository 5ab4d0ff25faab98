"""The web service answers what `rarebit predict` writes, and refuses in one line."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, score_table

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from rarebit.export import make_app, serving

AT = ["recall>=0.8", "alerts<=5"]


def table(n_rows, seed):
    """Numbers, a date, yes/no and categories with gaps."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n_rows)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D")
    frame = pd.DataFrame(
        {
            "age": (50 + 10 * score).round(1),
            "ward": rng.choice(["a", "b", "c"], n_rows).astype(object),
            "day": day.strftime("%Y-%m-%d").astype(object),
            "smoker": rng.choice([True, False], n_rows).astype(object),
            "note": "same",
        }
    )
    frame.loc[::9, "age"] = None
    frame.loc[1::9, "ward"] = None
    return frame, np.where(score + rng.normal(size=n_rows) > 1.2, "ill", "well")


def cells(frame):
    """Rows as JSON holds them."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@pytest.fixture(scope="module")
def model():
    frame, y = table(300, 0)
    return TreatedClassifier("logistic_regression", at=AT).fit(frame, y)


@pytest.fixture(scope="module")
def client(model):
    return TestClient(make_app(model))


def predicted(model, frame, folder, **options):
    """Score the rows by way of files, as `rarebit predict` does."""
    frame.to_csv(folder / "new.csv", index=False)
    scored = score_table(model, folder / "new.csv", folder / "scored.csv", **options)
    return pd.read_csv(folder / "scored.csv"), scored


def assert_same(answer, expected, scored):
    assert answer["warnings"] == list(scored.warnings)
    assert [row["label"] for row in answer["rows"]] == expected["label"].tolist()
    for label in answer["rows"][0]["probabilities"]:
        found = [row["probabilities"][label] for row in answer["rows"]]
        assert found == pytest.approx(expected[f"probability_{label}"].tolist(), abs=1e-12)


@pytest.mark.parametrize("written_as", ["values", "text"])
def test_answers_are_those_of_predict(client, model, tmp_path, written_as):
    frame, _ = table(60, 1)
    frame.loc[3, "ward"] = "unseen"
    expected, scored = predicted(model, frame, tmp_path)
    assert "unseen" in " ".join(scored.warnings)
    if written_as == "text":
        frame = frame.astype(object).where(frame.isna(), frame.astype(str))
    answer = client.post("/predict", json=cells(frame))
    assert answer.status_code == 200
    assert_same(answer.json(), expected, scored)


def test_a_decimal_comma_is_read_as_in_a_file(client, model, tmp_path):
    frame, _ = table(20, 2)
    frame["age"] = [None if pd.isna(age) else f"{age}".replace(".", ",") for age in frame["age"]]
    expected, scored = predicted(model, frame, tmp_path)
    assert_same(client.post("/predict", json=cells(frame)).json(), expected, scored)


def test_one_row_of_numbers_raises_no_question_of_spelling(tmp_path):
    """1.234 of JSON is a number, although the text 1.234 is a thousand where commas are decimal."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    text = pd.DataFrame({"x": [f"{value:.3f}".replace(".", ",") for value in x]})
    model = TreatedClassifier("logistic_regression", "untouched").fit(text, x > 1)
    answer = TestClient(make_app(model)).post("/predict", json=[{"x": 1.234}]).json()
    proba = model.decide_values(pd.DataFrame({"x": [1.234]}))[1][0]
    assert list(answer["rows"][0]["probabilities"].values()) == pytest.approx(proba.tolist())
    assert answer["rows"][0]["label"] in (0, 1)
    assert answer["warnings"] == []


def test_reasons_are_those_of_predict(client, model, tmp_path):
    frame, _ = table(12, 3)
    expected, _ = predicted(model, frame, tmp_path, n_reasons=3)
    rows = client.post("/predict?explain=true", json=cells(frame)).json()["rows"]
    assert [row["reasons"][0] for row in rows] == expected["reason_1"].tolist()
    assert "reasons" not in client.post("/predict", json=cells(frame)).json()["rows"][0]


@pytest.mark.parametrize("option", [{"at": "alerts<=5"}, {"review": 4}])
def test_alerts_and_rows_to_review_are_counted_in_each_request(tmp_path, option):
    frame, y = table(300, 0)
    model = TreatedClassifier("logistic_regression", **option).fit(frame, y)
    client, (new, _) = TestClient(make_app(model)), table(30, 4)
    expected, scored = predicted(model, new, tmp_path)
    for _ in range(2):
        answer = client.post("/predict", json=cells(new)).json()
        assert_same(answer, expected, scored)
        if "review" in option:
            reviewed = [row["review"] for row in answer["rows"]]
            assert reviewed == expected["review"].tolist()
            assert sum(reviewed) == 4
        else:
            assert sum(row["label"] == "ill" for row in answer["rows"]) == 5


def test_requests_at_once_do_not_mix(client, model):
    frames = [table(5, seed)[0] for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda frame: client.post("/predict", json=cells(frame)).json(), frames)
    for frame, answer in zip(frames, answers, strict=True):
        proba = [list(row["probabilities"].values()) for row in answer["rows"]]
        np.testing.assert_allclose(proba, model.predict_proba(frame), atol=1e-12)


def test_health_and_schema(client, model):
    assert client.get("/health").json() == {"status": "ok"}
    schema = client.get("/schema").json()
    assert schema["roles"] == {
        "age": "numeric", "ward": "categorical", "day": "date", "smoker": "boolean",
    }  # fmt: skip
    assert (schema["classes"], schema["positive"]) == (["ill", "well"], "ill")
    assert list(schema["operating_points"]) == AT
    assert schema["operating_points"]["alerts<=5"]["threshold"] is None
    body = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["items"]["required"] == [*schema["roles"]]


ROW = {"age": 61, "ward": "a", "day": "2021-01-01", "smoker": True}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "The body is not JSON"),
        ("", "The body is not JSON"),
        ('[{"age": NaN}]', "The body is not JSON"),
        ("[" * 5000, "The body is not JSON"),
        ([], "The body holds no rows: give a list"),
        (ROW, "The body holds no rows: give a list"),
        ([ROW, 3], "Row 2 is not an object"),
        ([ROW, {"age": 61}], "Row 2 lacks columns 'ward', 'day', 'smoker': give every column of"),
        ([ROW | {"wards": 1}], "Row 1: the model knows no column 'wards': did you mean 'ward'?"),
        ([ROW | {"ward": ["a"]}], "Row 1, column 'ward': give text, a number, true, false or"),
        ([ROW] * 10_001, "The body holds 10001 rows: send 10000 at most"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_in_one_line(client, body, says):
    content = body if isinstance(body, str) else json.dumps(body)
    answer = client.post("/predict", content=content)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


def test_columns_that_training_left_out_may_be_sent(client):
    plain, more = (client.post("/predict", json=[row]).json() for row in (ROW, ROW | {"note": "x"}))
    assert plain == more


def test_reasons_need_ten_rows_and_a_truth_value(client):
    answer = client.post("/predict?explain=true", json=[ROW] * 9)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("The table has 9 rows, and reasons compare")
    answer = client.post("/predict?explain=perhaps", json=[ROW])
    assert answer.status_code == 422
    assert answer.json() == {"detail": "explain is 'perhaps': give true or false."}


def test_a_large_body_is_refused(client, monkeypatch):
    monkeypatch.setattr(serving, "MOST_BYTES", 2**20)
    answer = client.post("/predict", content=b" " * (2**20 + 1))
    assert answer.status_code == 413
    assert answer.json() == {"detail": "The body is above 1 MiB: send fewer rows at a time."}


@pytest.mark.parametrize("cell", [10**400, -(2**70), 1e300, "", "?", "9" * 500, True])
@pytest.mark.parametrize("column", list(ROW))
def test_no_cell_breaks_the_service(client, column, cell):
    answer = client.post("/predict", json=[ROW, ROW | {column: cell}])
    assert answer.status_code == 200
    proba = answer.json()["rows"][1]["probabilities"]
    assert sum(proba.values()) == pytest.approx(1)


def test_other_objects_are_refused():
    with pytest.raises(InputError, match="a list: only models of `compare` and `train`"):
        make_app([])
