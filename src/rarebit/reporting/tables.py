"""The outcome in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit.evaluation import Comparison
from rarebit.evaluation.ranking_metric import metric_label
from rarebit.reporting import names, outcome

# Characters of a name, and the metrics shown besides the one that ranks where there is room.
NAME_WIDTH = 22
# Characters of what is left out; the report has the rest.
LINE = 600
OTHER_METRICS = ("pr_auc", "mcc", "sensitivity")


def ranking_table(comparison: Comparison, limit: int | None = 15, width: int = 120) -> Table:
    """Return the ranking as a table for the terminal.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    limit : int or None, default=15
        Candidates at most; None for all.
    width : int, default=120
        Characters there is room for; in a narrow terminal the less important columns are left out.

    Returns
    -------
    rich.table.Table
    """
    every = outcome.ranking_rows(comparison)
    rows = every[:limit]
    metric = metric_label(comparison.metric)
    columns = [
        ("#", [str(row["rank"]) for row in rows]),
        ("Classifier", [names.clean(row["classifier"], NAME_WIDTH) for row in rows]),
        ("Treatment", [names.clean(row["treatment"], NAME_WIDTH) for row in rows]),
        (metric, [row["score"] for row in rows]),
        ("p to winner", [row["p"] for row in rows]),
        ("95 % interval", [row["interval"] for row in rows]),
        ("Fit", [row["fit"] for row in rows]),
    ]
    if any(row["failed"] for row in rows):
        failed = [f"{row['failed']} of {row['folds']}" if row["failed"] else "" for row in rows]
        columns.insert(4, ("Failed folds", failed))
    shown = outcome.other_metrics(comparison)
    for name in OTHER_METRICS:
        if name in shown:
            values = [row["others"][shown.index(name)] for row in rows]
            columns.append((metric_label(name), values))

    table = Table(box=None, pad_edge=False, header_style="dim", caption_justify="left")
    table.caption = Text(f"and {len(every) - len(rows)} more") if len(every) > len(rows) else None
    kept, room = [], width
    for position, (header, values) in enumerate(columns):
        room -= max(map(len, (header, *values))) + 2
        if room >= 0 or position < 4:
            left = header in ("Classifier", "Treatment")
            table.add_column(header, justify="left" if left else "right", no_wrap=True)
            kept.append(values)
    for i, row in enumerate(rows):
        # Text, not str: what a user named "[bold]" is not markup.
        cells = (Text(values[i]) for values in kept)
        table.add_row(*cells, style="bold" if row["is_best"] else None)
    return table


def effects_table(comparison: Comparison) -> Table:
    """Return the effect of each treatment as a table for the terminal.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.

    Returns
    -------
    rich.table.Table
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Treatment", overflow="ellipsis", no_wrap=True, max_width=40)
    for header in ("Change", "95 % interval", "p", "won / tied / lost"):
        table.add_column(header, justify="right", no_wrap=True)
    for row in outcome.effect_rows(comparison):
        values = (row["treatment"], row["difference"], row["interval"], row["p"], row["record"])
        table.add_row(*(Text(value) for value in values))
    return table


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print the outcome of a comparison: finding, ranking, effects, warnings.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    console : rich.console.Console, optional
        Where to print; the standard output where not given.
    """
    console = console or Console()
    for sentence in comparison.finding:
        console.print(Text(names.clean(sentence)))
    for found in outcome.found_by(comparison, comparison.best):
        console.print(
            Text(
                f'Of {names.count(found.total, "row")} of class "{found.label}" it found '
                f"{found.found:,}, with {names.count(found.false_alarms, 'false alarm')} among the "
                f"other {names.count(found.others, 'row')}."
            )
        )
    console.print()
    console.print(ranking_table(comparison, width=console.width))
    if len(comparison.effects):
        reference = names.label(comparison, comparison.effects["reference"].iloc[0], 60)
        console.print()
        console.print(Text(f'Treatments against "{reference}", averaged over the classifiers'))
        console.print(effects_table(comparison))
    notes = [("warning", text) for text in dict.fromkeys(comparison.warnings)]
    left_out = [*outcome.columns_left_out(comparison), *comparison.left_out]
    notes += [("left out", names.clean(text, LINE)) for text in left_out]
    if notes:
        console.print()
    for kind, text in notes:
        console.print(Text.assemble((f"{kind}: ", "yellow"), names.clean(text)))
