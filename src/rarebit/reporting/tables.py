"""The outcome of a comparison in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common.wording import in_a_sentence, shortened
from rarebit.evaluation import Comparison
from rarebit.evaluation.comparison import Answer
from rarebit.reporting import names, rows, terminal
from rarebit.reporting.explanation import top_columns
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
    found = rows.effect_rows(comparison, answer)
    columns = {
        "difference": "Difference", "interval": "95 % interval", "p": "p",
        "record": "Wins / ties / losses",
    }  # fmt: skip
    shown = {key: columns[key] for key in columns if key not in rows.not_estimated(found)}
    return terminal.terminal_table(
        ("Treatment", *shown.values()),
        [(shortened(row["treatment"], 40), *(row[key] for key in shown)) for row in found],
    )


def _about_best(comparison: Comparison) -> list[str]:
    """Sentences on the best model: its stability, and what it depends on."""
    stability, explanation = comparison.stability, comparison.explanation
    return [
        *([] if stability is None else [stability.sentence]),
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
    best = comparison.predictions.get(comparison.best)
    terminal.print_sentences(console, comparison.finding)
    terminal.print_found(console, comparison.dataset, best, "the recommended model", "test row")
    terminal.print_sentences(console, _about_best(comparison))
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
    terminal.print_decisions(console, comparison.operating, comparison.points, comparison.review)
    dropped, subgroups = rows.columns_left_out(comparison), comparison.subgroups
    notes = {
        "warning": comparison.warnings,
        f"dropped column{'s' if len(dropped) > 1 else ''}": (
            [names.clean(f"{', '.join(dropped)}.", LINE)] if dropped else []
        ),
        "subgroups": [] if subgroups is None else subgroups.notes,
        "left out": [names.clean(text, LINE) for text in comparison.left_out],
    }
    terminal.print_notes(console, notes)
