"""What the report says, as plain values: counts, rows of tables, sentences. No markup here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rarebit.evaluation import Candidate, Comparison, Protocol
from rarebit.metrics import METRICS, confusion_matrix
from rarebit.reporting import names
from rarebit.reporting.curves import first_repeat
from rarebit.zoo import PRESETS

KIND_LABELS = {
    "none": "Untouched",
    "threshold": "Tuned threshold",
    "weights": "Class weights",
    "resampling": "Resampling",
}

# Mistakes listed where there are too many classes for a matrix that can be read.
N_MISTAKES = 10


@dataclass(frozen=True)
class Found:
    """What a model found of one class, counted over the first repeat: every row once."""

    label: str
    found: int
    total: int
    false_alarms: int
    others: int

    @property
    def missed(self) -> int:
        """Rows of the class that were decided as something else."""
        return self.total - self.found

    @property
    def alarms_right(self) -> str:
        """Share of the alarms that were right, in words of a table."""
        alarms = self.found + self.false_alarms
        return names.percent(self.found / alarms) if alarms else names.DASH


@dataclass(frozen=True)
class Scale:
    """Where numbers lie on a bar, in percent of its width."""

    low: float
    high: float

    @classmethod
    def around(cls, *values: Any) -> Scale:
        """Make the scale that holds all defined values."""
        every = np.concatenate([np.asarray(value, dtype=np.float64).ravel() for value in values])
        every = every[np.isfinite(every)]
        if len(every) == 0:
            return cls(0.0, 1.0)
        margin = max(float(np.ptp(every)) * 0.04, 1e-6)
        return cls(float(every.min()) - margin, float(every.max()) + margin)

    def at(self, value: float) -> float | None:
        """Place of a value; None where it is not defined."""
        if not np.isfinite(value):
            return None
        return round(100 * (value - self.low) / (self.high - self.low), 2)


def confusion(comparison: Comparison, candidate: Candidate) -> np.ndarray:
    """Count rows by true class (line) and decided class (column), every row once."""
    seen = first_repeat(comparison.predictions[candidate])
    counts = confusion_matrix(seen.y, seen.labels, len(comparison.dataset.classes))
    return counts.astype(np.int64)


def rare_classes(comparison: Comparison, limit: int = 3) -> list[int]:
    """Codes of the classes that matter most: the rare one of two, or the rarest of many."""
    dataset = comparison.dataset
    if dataset.positive is not None:
        return [dataset.positive]
    rarest_first = np.argsort(dataset.counts, kind="stable")
    below_average = [code for code in rarest_first if dataset.counts[code] < dataset.counts.mean()]
    return [int(code) for code in (below_average or rarest_first)[:limit]]


def found_by(comparison: Comparison, candidate: Candidate) -> list[Found]:
    """Count what a candidate found of each rare class; empty where it has no predictions."""
    if candidate not in comparison.predictions:
        return []
    counts = confusion(comparison, candidate)
    return [
        Found(
            label=names.class_label(comparison, code, 60),
            found=int(counts[code, code]),
            total=int(counts[code].sum()),
            false_alarms=int(counts[:, code].sum() - counts[code, code]),
            others=int(counts.sum() - counts[code].sum()),
        )
        for code in rare_classes(comparison)
    ]


def yardstick(comparison: Comparison) -> Candidate | None:
    """Find the model that the winner is set against in rows.

    The same classifier untouched; where that is the winner itself, with a tuned threshold; where
    there is neither, the best other model of those kinds.
    """
    plain = {
        kind: [
            pair
            for pair in ranked(comparison)
            if names.treatment_kind(pair[1]) == kind and pair != comparison.best
        ]
        for kind in ("none", "threshold")
    }
    both = plain["none"] + plain["threshold"]
    same = [pair for pair in both if pair[0] == comparison.best[0]]
    return next(iter(same + both), None)


def ranked(comparison: Comparison) -> list[Candidate]:
    """Return the candidates that have predictions, best first."""
    table = comparison.ranking
    pairs = zip(table["classifier"], table["treatment"], strict=True)
    return [pair for pair in pairs if pair in comparison.predictions]


def shown_in_plots(comparison: Comparison) -> list[Candidate]:
    """Pick the winner, its yardstick and the best of each kind of treatment.

    Of models that are fitted alike, such as one untouched and with a tuned threshold, the first
    stands for all: a threshold picks a point on a curve and leaves the curve as it is.
    """
    order = ranked(comparison)
    wanted = [comparison.best, yardstick(comparison)]
    for kind in KIND_LABELS:
        wanted += [pair for pair in order if names.treatment_kind(pair[1]) == kind][:1]
    first_of_fit: dict[Candidate, Candidate] = {}
    for pair in wanted:
        if pair is not None and pair in order:
            first_of_fit.setdefault(names.fit_key(pair), pair)
    return list(first_of_fit.values())


def other_metrics(comparison: Comparison) -> list[str]:
    """Return the metrics of the ranking besides the one that ranks, in the order of tables."""
    known = [name for name in METRICS if name in comparison.ranking]
    extra = [name for name in ("expected_cost",) if name in comparison.ranking]
    return [name for name in known + extra if name != comparison.metric]


def ranking_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One entry a candidate: texts, and places on the bar."""
    table = comparison.ranking
    scale = Scale.around(table["low"], table["high"], table["score"])
    others = other_metrics(comparison)
    rows = []
    for row in table.to_dict("records"):
        rows.append(
            {
                "rank": int(row["rank"]),
                "classifier": names.label(comparison, row["classifier"], 90),
                "treatment": names.label(comparison, row["treatment"], 90),
                "is_best": (row["classifier"], row["treatment"]) == comparison.best,
                "score": names.number(row["score"]),
                "interval": interval(row["low"], row["high"]),
                "bar": bar(scale, row["low"], row["score"], row["high"]),
                "p": names.p_value(row["p_best"]),
                "others": [names.number(row[name]) for name in others],
                "fit": names.seconds(row["fit_seconds"]),
                "failed": int(row["n_failed"]),
                "folds": int(row["n_failed"]) + int(row["n_done"]),
            }
        )
    return rows


def effect_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One entry a treatment: its difference to the reference, and places on the bar."""
    table = comparison.effects
    if table.empty:
        return []
    scale = Scale.around(table["low"], table["high"], table["difference"], [0.0])
    return [
        {
            "treatment": names.label(comparison, row["treatment"], 90),
            "difference": names.number(row["difference"], signed=True),
            "interval": interval(row["low"], row["high"], signed=True),
            "bar": bar(scale, row["low"], row["difference"], row["high"]),
            "zero": scale.at(0.0),
            "p": names.p_value(row["p"]),
            "record": f"{row['wins']} / {row['ties']} / {row['losses']}",
        }
        for row in table.to_dict("records")
    ]


def interval(low: float, high: float, signed: bool = False) -> str:
    """Write an interval; an undefined one is a dash."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return names.DASH
    return f"{names.number(low, signed=signed)} to {names.number(high, signed=signed)}"


def bar(scale: Scale, low: float, middle: float, high: float) -> dict[str, float | None]:
    """Place an interval and its middle on a scale."""
    return {"low": scale.at(low), "middle": scale.at(middle), "high": scale.at(high)}


def class_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One entry a class, largest first."""
    counts = comparison.dataset.counts
    return [
        {
            "label": names.class_label(comparison, int(code), 90),
            "count": int(counts[code]),
            "share": names.percent(counts[code] / counts.sum()),
            "width": round(100 * counts[code] / counts.max(), 2),
            "is_rare": int(code) in rare_classes(comparison),
        }
        for code in np.argsort(-counts, kind="stable")
    ]


def column_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One entry a column of the input: what it is used as, why, and what is missing."""
    dataset = comparison.dataset
    reports = [(column.name, column.used_as, column.reason) for column in dataset.columns]
    reports = reports or [(str(name), str(role), "") for name, role in dataset.roles.items()]
    missing = dataset.frame.isna().sum()
    missing.index = missing.index.map(str)
    return [
        {
            "name": names.clean(name, 200),
            "used_as": names.clean(used_as),
            "reason": names.clean(reason, 300),
            "missing": int(missing[name]) if name in missing.index else None,
            "missing_share": names.percent(missing[name] / len(dataset.frame))
            if missing.get(name, 0)
            else "",
        }
        for name, used_as, reason in reports
    ]


def columns_left_out(comparison: Comparison) -> list[str]:
    """Say which columns were dropped though nobody asked for it, and why."""
    dropped = [
        f"{column.name} ({column.reason.removeprefix('dropped: ')})"
        for column in comparison.dataset.columns
        if column.used_as == "dropped" and column.reason != "dropped: as asked for"
    ]
    return [f"Columns: {', '.join(dropped)}."] if dropped else []


def confusion_tables(comparison: Comparison) -> list[dict[str, Any]]:
    """Confusion matrices of the winner and of its yardstick, and their most frequent mistakes."""
    pairs = (comparison.best, yardstick(comparison))
    return [
        _confusion_table(comparison, pair)
        for pair in pairs
        if pair is not None and pair in comparison.predictions
    ]


def _confusion_table(comparison: Comparison, candidate: Candidate) -> dict[str, Any]:
    counts = confusion(comparison, candidate)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [names.class_label(comparison, code, 40) for code in range(len(counts))]
    wrong = counts - np.diag(np.diag(counts))
    often = np.argsort(-wrong, axis=None, kind="stable")[:N_MISTAKES]
    places = np.unravel_index(often[wrong.ravel()[often] > 0], wrong.shape)
    return {
        "label": names.candidate_label(comparison, candidate, 60),
        "classes": labels,
        "rows": [
            [
                {"count": int(count), "share": round(float(share), 1)}
                for count, share in zip(line, line_shares, strict=True)
            ]
            for line, line_shares in zip(counts, shares, strict=True)
        ],
        "mistakes": [
            {
                "true": labels[true],
                "decided": labels[decided],
                "count": int(counts[true, decided]),
                "share": round(float(shares[true, decided]), 1),
            }
            for true, decided in zip(*places, strict=True)
        ],
    }


def costs_used(comparison: Comparison) -> tuple[np.ndarray, str]:
    """Cost matrix of a two-class problem, the rare class second, and where it comes from."""
    dataset = comparison.dataset
    given = comparison.settings.get("cost_matrix")
    if given is not None and dataset.positive is not None:
        order = [1 - dataset.positive, dataset.positive]
        return np.asarray(given, dtype=np.float64)[np.ix_(order, order)], "the costs given"
    ratio = dataset.imbalance_ratio
    said = (
        f"no costs were given, so a missed rare row is taken to cost {names.number(ratio, 1)} (the "
        "imbalance ratio) and a false alarm 1; put your own costs in to get a threshold to use"
    )
    return np.array([[0.0, 1.0], [ratio, 0.0]]), said


def setting_rows(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Settings as lines, those inside others with a dotted name."""
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = names.clean(key, 120)
        if isinstance(value, dict):
            rows += [(f"{name}.{inner}", text) for inner, text in setting_rows(value)]
        else:
            rows.append((name, "not set" if value is None else names.clean(value, 400)))
    return rows


def protocol_name(comparison: Comparison) -> str:
    """Name of the protocol: who was fitted on which rows."""
    protocol = comparison.settings.get("protocol")
    name = protocol.get("name", "strict") if isinstance(protocol, dict) else protocol or "strict"
    return names.clean(name, 60)


def rerun(comparison: Comparison) -> str:
    """Code that runs the comparison again, or the command where it was started by one."""
    settings = comparison.settings
    if settings.get("command"):
        return names.clean(settings["command"])
    kept = ("preset", "metric", "seed", "time_budget", "device")
    given = {name: settings[name] for name in kept if settings.get(name) is not None}
    given |= _protocol_given(comparison)
    for name, column in (("models", "classifier"), ("treatments", "treatment")):
        given[name] = list(dict.fromkeys(comparison.ranking[column]))
    if settings.get("cost_matrix") is not None:
        given["cost"] = settings["cost_matrix"]
    arguments = "".join(f"    {name}={value!r},\n" for name, value in given.items())
    dataset = comparison.dataset
    if dataset.positive is not None:
        label = dataset.classes[dataset.positive]
        arguments += f"    positive={label.item() if isinstance(label, np.generic) else label!r},\n"
    for name in ("groups", "time", "sample_weight"):
        if getattr(dataset, name) is not None:
            arguments += f"    {name}={name},\n"
    return (
        "from rarebit.evaluation import Protocol, compare\n\n"
        f"compare(\n    X,\n    y,\n{arguments})"
    )


def _protocol_given(comparison: Comparison) -> dict[str, Any]:
    """The protocol by its name where the preset makes it, else with all that it was."""
    settings = comparison.settings
    values, preset = settings.get("protocol"), PRESETS.get(settings.get("preset", ""))
    if not isinstance(values, dict):
        return {"protocol": protocol_name(comparison)}
    protocol = Protocol(**values)
    usual = [Protocol.paper(seed=protocol.seed)]
    if preset is not None:
        n_rows = len(comparison.dataset.target)
        usual.append(Protocol.from_preset(preset, n_rows, seed=protocol.seed))
    return {"protocol": protocol.name if protocol in usual else protocol}
