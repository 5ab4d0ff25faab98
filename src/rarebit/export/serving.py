"""A fitted model as a web service: rows in; labels, probabilities and reasons out."""

from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd

from rarebit._common.optional import import_extra
from rarebit._common.wording import closest, named
from rarebit.exceptions import InputError
from rarebit.export.facts import check_model, model_facts, plain_labels
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.scoring import score_rows

if TYPE_CHECKING:
    from fastapi import FastAPI

# Of a request
MOST_ROWS, MOST_BYTES = 10_000, 32 * 2**20
# Of a row, with ``explain``
N_REASONS = 3


def make_app(model: TreatedClassifier) -> "FastAPI":
    """Return a web service that predicts with a fitted model.

    ``POST /predict`` takes a JSON list of rows: objects with text, numbers, truth values or null by
    the name of the column. The rows of a request are one batch, scored as by
    :func:`rarebit.zoo.score_table`: the answer holds for each row its ``label``, its
    ``probabilities``, ``review`` if the model was fitted with it, and with ``?explain=true`` its
    three main ``reasons``; and ``warnings`` of the batch. ``GET /schema`` lists columns with roles,
    classes and operating points; ``GET /health`` answers as soon as the service runs. What cannot
    be used is refused in one line, ``detail``, with status 422, or 413 if it is above 32 MiB.

    Parameters
    ----------
    model : TreatedClassifier
        A fitted model.

    Returns
    -------
    fastapi.FastAPI
        The service, for any ASGI server. It keeps nothing of a request.

    Examples
    --------
    >>> from fastapi.testclient import TestClient
    >>> frame = pd.DataFrame({"age": [40, 45, 60, 65]})
    >>> model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    >>> client = TestClient(make_app(model.fit(frame, ["well", "well", "ill", "ill"])))
    >>> client.post("/predict", json=[{"age": 61}]).json()["rows"][0]["label"]
    'ill'
    """
    check_model(model)
    import_extra("fastapi")
    from fastapi import Depends, FastAPI, HTTPException, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    # The pages of FastAPI's documentation load scripts from elsewhere.
    app = FastAPI(title="Rarebit", version=version("rarebit"), docs_url=None, redoc_url=None)
    in_use = Lock()  # not every classifier predicts in several threads at once

    @app.exception_handler(InputError)
    async def refuse(_: Request, error: InputError) -> JSONResponse:
        return JSONResponse({"detail": " ".join(str(error).split())}, status_code=422)

    @app.exception_handler(RequestValidationError)
    async def refuse_option(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        detail = f"{first['loc'][-1]} is {first['input']!r}: give true or false."
        return JSONResponse({"detail": detail}, status_code=422)

    async def body_of(request: Request) -> bytes:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                most = f"{MOST_BYTES // 2**20} MiB"
                raise HTTPException(413, f"The body is above {most}: send fewer rows at a time.")
        return bytes(body)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/schema")
    async def schema() -> dict[str, Any]:
        return model_facts(model)

    @app.post("/predict", openapi_extra={"requestBody": _body_schema(model)})
    def predict(body: Annotated[bytes, Depends(body_of)], explain: bool = False) -> JSONResponse:
        frame = read_rows(body, model)
        with in_use:
            scored, outcome = score_rows(model, frame, N_REASONS if explain else 0)
        return JSONResponse({"rows": _answers(model, scored), "warnings": outcome.warnings})

    return app


def read_rows(body: bytes, model: TreatedClassifier) -> pd.DataFrame:
    """Return the rows of a request, or raise InputError with what is wrong with them."""
    from pydantic_core import from_json

    try:
        rows = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise InputError(f"The body is not JSON: {error}.") from None
    if not isinstance(rows, list) or not rows:
        raise InputError('The body holds no rows: give a list of them, such as [{"age": 61}].')
    if len(rows) > MOST_ROWS:
        raise InputError(f"The body holds {len(rows)} rows: send {MOST_ROWS} at most at a time.")
    needed = model.columns_read.keys()
    known = needed | set(model.feature_names_in_)
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError(f"Row {place} is not an object: give cells by the names of columns.")
        if missing := [name for name in needed if name not in row]:
            raise InputError(
                f"Row {place} lacks {named('column', [*map(repr, missing)])}: give every column of "
                "/schema, null where a value is missing."
            )
        for name, cell in row.items():
            if name not in known:
                hint = closest(name, known) or ": leave it out."
                raise InputError(f"Row {place}: the model knows no column {name!r}{hint}")
            if not isinstance(cell, str | int | float | None):
                raise InputError(
                    f"Row {place}, column {name!r}: give text, a number, true, false or null."
                )
    return pd.DataFrame(rows)


def _answers(model: TreatedClassifier, scored: pd.DataFrame) -> list[dict[str, Any]]:
    """What is answered for each row, from the columns that `rarebit predict` writes."""
    names = [str(label) for label in model.classes_]
    labels = dict(zip(model.classes_, plain_labels(model.classes_).tolist(), strict=True))
    proba = scored[[f"probability_{name}" for name in names]].to_numpy().tolist()
    answers: list[dict[str, Any]] = [
        {"label": labels[label], "probabilities": dict(zip(names, row, strict=True))}
        for label, row in zip(scored["label"], proba, strict=True)
    ]
    if "review" in scored:
        for answer, review in zip(answers, scored["review"].tolist(), strict=True):
            answer["review"] = review
    if "reason_1" in scored:
        reasons = scored[[f"reason_{k}" for k in range(1, N_REASONS + 1)]].to_numpy().tolist()
        for answer, texts in zip(answers, reasons, strict=True):
            answer["reasons"] = [text for text in texts if text]
    return answers


def _body_schema(model: TreatedClassifier) -> dict[str, Any]:
    """Describe the body of a request in OpenAPI."""
    cell = {"type": ["string", "number", "boolean", "null"]}
    columns = {name: cell | {"description": str(role)} for name, role in model.columns_read.items()}
    row = {"type": "object", "properties": columns, "required": list(columns)}
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": MOST_ROWS}
    return {"required": True, "content": {"application/json": {"schema": rows}}}
