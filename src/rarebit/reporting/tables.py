"""The outcome of a comparison in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common.wording import count, in_a_sentence
from rarebit.evaluation import Comparison
from rarebit.evaluation.comparison import Answer
from rarebit.evaluation.outcome import found_by_best
from rarebit.reporting import names, rows
from rarebit.reporting.explanation import top_columns
from rarebit.reporting.operating import operating_rows, operating_table
from rarebit.reporting.review import review_context, review_table
from rarebit.zoo.objective import get_objective

# Characters of a name: at most, and in a narrow terminal; and between two columns.
NAME_WIDTH, SHORTEST = 22, 10
GAP = 2
# Characters of a line on what is left out; the report shows all of it.
LINE = 600
# Metrics shown besides the one that ranks, if there is room.
OTHER_METRICS = ("pr_auc", "mcc", "sensitivity")


def ranking_table(comparison: Comparison, limit: int | None = 15, width: int = 120) -> Table:
    """Return the ranking as a table for the terminal."""
    every = rows.ranking_rows(comparison)
    shown = every[:limit]
    metric = comparison.objective.label
    # The recommended model need not be the first: see rarebit.evaluation.choice.
    marked = bool(shown) and not every[0]["is_best"]
    rank = ("#", [f"{'* ' if row['is_best'] and marked else ''}{row['rank']}" for row in shown])
    scores = [(metric, [row["score"] for row in shown])]
    if "interval" not in rows.not_estimated(every):
        scores.append(("95 % interval", [row["interval"] for row in shown]))
    # What no terminal is too narrow for; names are shortened to make room.
    room = width - sum(map(_width, (rank, *scores)))
    longest = min(NAME_WIDTH, max(SHORTEST, room // 2 - GAP))
    columns = [
        rank,
        ("Classifier", [names.clean(row["classifier"], longest) for row in shown]),
        ("Treatment", [names.clean(row["treatment"], longest) for row in shown]),
        *scores,
    ]
    n_kept = len(columns)
    if any(row["failed"] for row in shown):
        failed = [f"{row['failed']} of {row['folds']}" if row["failed"] else "" for row in shown]
        columns.append(("Failed folds", failed))
    if comparison.probabilities is not None:
        label = comparison.probabilities.objective.label
        columns.append((label, [row["probabilities"]["score"] for row in shown]))
    if "p" not in rows.not_estimated(every):
        columns.append(("p vs. best", [row["p"] for row in shown]))
    columns.append(("Fit", [row["fit"] for row in shown]))
    others = rows.other_metrics(comparison)
    for name in OTHER_METRICS:
        if name in others:
            values = [row["others"][others.index(name)] for row in shown]
            columns.append((get_objective(name).label, values))

    table = Table(box=None, pad_edge=False, header_style="dim", caption_justify="left")
    captions = ["* recommended"] if marked else []
    if len(every) > len(shown):
        captions.append(f"and {len(every) - len(shown)} more")
    table.caption = Text("; ".join(captions)) if captions else None
    kept, room = [], width
    for position, (header, values) in enumerate(columns):
        room -= _width((header, values))
        if room >= 0 or position < n_kept:
            left = header in ("Classifier", "Treatment")
            table.add_column(header, justify="left" if left else "right", no_wrap=True)
            kept.append(values)
    for i, row in enumerate(shown):
        # Text, not str: what a user named "[bold]" is not markup.
        cells = (Text(values[i]) for values in kept)
        table.add_row(*cells, style="bold" if row["is_best"] else None)
    return table


def _width(column: tuple[str, list[str]]) -> int:
    """Characters of a column with the gap beside it."""
    header, values = column
    return max(map(len, (header, *values))) + GAP


def effects_table(comparison: Comparison, answer: Answer) -> Table:
    """Return the effect of each treatment as a table for the terminal."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Treatment", overflow="ellipsis", no_wrap=True, max_width=40)
    found = rows.effect_rows(comparison, answer)
    columns = {
        "difference": "Difference", "interval": "95 % interval", "p": "p",
        "record": "Wins / ties / losses",
    }  # fmt: skip
    shown = [name for name in columns if name not in rows.not_estimated(found)]
    for name in shown:
        table.add_column(columns[name], justify="right", no_wrap=True)
    for row in found:
        table.add_row(*(Text(row[name]) for name in ("treatment", *shown)))
    return table


def _about_best(comparison: Comparison) -> list[str]:
    """Sentences on the best model: its stability, and what it depends on."""
    stability, explanation = comparison.stability, comparison.explanation
    return [
        *([] if stability is None else [names.clean(stability.sentence)]),
        *([] if explanation is None else [top_columns(explanation)]),
    ]


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print the outcome of a comparison: finding, ranking, effects, warnings.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    console : rich.console.Console, optional
        Where to print. The default is the standard output.
    """
    console = console or Console()
    for sentence in comparison.finding:
        console.print(Text(names.clean(sentence)))
    for found in found_by_best(comparison):
        console.print(
            Text(
                f"Of {count(found.total, 'test row')} of class "
                f'"{names.clean(found.label, 60)}", the recommended model found {found.found:,}. '
                f"It raised {count(found.false_alarms, 'false alarm')} on the other "
                f"{count(found.others, 'row')}."
            )
        )
    for sentence in _about_best(comparison):
        console.print(Text(sentence))
    if comparison.dataset.full_weight is not None:
        console.print(Text("Row weights are applied to all scores, but not to these counts."))
    console.print()
    console.print(ranking_table(comparison, width=console.width))
    reference = rows.reference_label(comparison)
    for answer in comparison.answers if reference else []:
        console.print()
        metric = in_a_sentence(answer.objective.label)
        lower = "" if answer.objective.greater_is_better else " (lower is better)"
        heading = f'Difference in {metric}{lower} from "{reference}", averaged over the classifiers'
        console.print(Text(heading))
        console.print(effects_table(comparison, answer))
    _print_decisions(comparison, console)
    notes = [("warning", text) for text in dict.fromkeys(comparison.warnings)]
    if dropped := rows.columns_left_out(comparison):
        kind = f"dropped column{'s' if len(dropped) > 1 else ''}"
        notes.append((kind, names.clean(f"{', '.join(dropped)}.", LINE)))
    if comparison.subgroups is not None:
        notes += [("subgroups", names.clean(text, LINE)) for text in comparison.subgroups.notes]
    notes += [("left out", names.clean(text, LINE)) for text in comparison.left_out]
    if notes:
        console.print()
    for kind, text in notes:
        console.print(Text.assemble((f"{kind}: ", "yellow"), names.clean(text)))


def _print_decisions(comparison: Comparison, console: Console) -> None:
    """Print what the best model does at operating points, and with review by a person."""
    if points := operating_rows(comparison.operating, comparison.points):
        console.print()
        console.print(operating_table(points))
        for row in points:
            console.print(Text(names.clean(row["promise"])))
    if (review := review_context(comparison.review)) is not None:
        console.print()
        console.print(review_table(review))
