"""Groups of commands that are imported only when they run.

Help pages of groups and shell completion need only names and summaries, which are in the table of
:mod:`rarebit.cli.app`. The module of a command is imported when the command or its help page is
called. Such a module declares parameters without importing heavy libraries.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from rarebit.cli.options import Interrupted, options_named
from rarebit.exceptions import InputError

# `rich_markup_mode=None`: `[...]` in help texts is not markup.
SETTINGS: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
# Other packages add commands by an entry point of this group.
ENTRY_POINTS = "rarebit.commands"


class OptionCommand(TyperCommand):
    """A command whose error messages name options as typed, such as --time-budget."""

    @property
    def _options(self) -> dict[str, str]:
        """The first spelling of each option, by the name of its parameter."""
        return {p.name: p.opts[0] for p in self.params if p.name and p.opts[0].startswith("-")}

    def make_context(self, *args: Any, **settings: Any) -> Any:
        """Parse the arguments."""
        with options_named(self._options):
            return super().make_context(*args, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with options_named(self._options):
            return super().invoke(ctx)


@dataclass(frozen=True)
class Command:
    """A command that is not imported yet; ``target`` is ``"module:function"``.

    Without a target, it is an entry point of another package; ``install`` explains how to get it.
    """

    summary: str
    target: str | None = None
    examples: tuple[str, ...] = ()
    install: str = ""

    def stub(self, name: str) -> TyperCommand:
        """Build the entry for help pages and completion."""
        return TyperCommand(name, short_help=self.summary)

    def build(self, name: str) -> Any:
        """Import the function and build the command."""
        if self.target is not None:
            function = resolve_name(self.target)
        elif found := find_entry_points().get(name):
            function = found.load()
        else:
            raise InputError(f"`rarebit {name}` is not installed: {self.install}")
        app = typer.Typer(**SETTINGS)
        app.command(
            name, cls=OptionCommand, help=self._help(function), epilog=examples(self.examples)
        )(function)
        return typer.main.get_command(app)

    def _help(self, function: Any) -> str:
        """The summary, then the remaining paragraphs of the docstring."""
        first, _, details = (inspect.getdoc(function) or "").partition("\n\n")
        return f"{self.summary or first}\n\n{details}"


@dataclass(frozen=True)
class Group:
    """A group of commands."""

    summary: str
    commands: Mapping[str, Command]
    examples: tuple[str, ...] = ()

    def stub(self, name: str) -> LazyGroup:
        """Build the group; its commands are not imported."""
        return LazyGroup(
            name=name,
            table=self.commands,
            help=self.summary,
            short_help=self.summary,
            epilog=examples(self.examples),
            no_args_is_help=True,
        )

    build = stub


Table = Mapping[str, Command | Group]


class LazyGroup(TyperGroup):
    """A group with a table of commands, and (``extensible``) those of other packages."""

    table: Table
    extensible = False

    def __init__(self, *, table: Table | None = None, **settings: Any) -> None:
        if table is not None:
            self.table = table
        settings["rich_markup_mode"] = None
        settings["commands"] = {name: entry.stub(name) for name, entry in self.table.items()}
        super().__init__(**settings)

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, those of other packages last."""
        self._find_more()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command, or the stub of one that is not imported yet."""
        if cmd_name not in self.commands:
            self._find_more()
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that is called, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None:
            command = self.table.get(name, Command("")).build(name)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is called; Ctrl-C ends it with one line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted.") from None

    def _find_more(self) -> None:
        """Add the commands of other packages."""
        for name in find_entry_points() if self.extensible else ():
            self.commands.setdefault(name, Command("Added by another package.").stub(name))


def find_entry_points() -> dict[str, EntryPoint]:
    """Find the commands of other packages."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


def examples(lines: tuple[str, ...]) -> str:
    """The end of a help page; the control character preserves line breaks."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""
