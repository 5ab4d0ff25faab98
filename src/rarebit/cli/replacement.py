"""What a command says before it writes over the model of other data."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from rarebit.persistence import read_config


def announce_replacement(model: Path, name: str, console: Console, beside: str = "") -> None:
    """Say in time that the model of other data will be replaced.

    Parameters
    ----------
    model : Path
        Folder that will be written.
    name : str
        The data of the new model.
    console : Console
        Where to say it.
    beside : str, default=""
        What is replaced beside the model, such as ``"report and tables"``.

    Raises
    ------
    InputError
        If the folder is none that can be replaced.

    Examples
    --------
    >>> announce_replacement(Path("no_such_folder"), "data.csv", Console(), "report")
    """
    if not (model / "config.json").exists():
        return
    config = read_config(model)
    notes = config["metadata"]
    # `compare` notes a data set, `imaging train` where the images come from; Python users may
    # have noted neither.
    before = notes.get("dataset", notes.get("source"))
    if before == name:
        return
    what = f"the model of {before}" if before else f"a {config['class'].rpartition('.')[2]}"
    more = f", with {beside}" if beside else ""
    console.print(
        Text(
            f"{model} is {what}; that of {name} will replace it{more}. Another folder, named with "
            "--out, keeps both."
        )
    )
