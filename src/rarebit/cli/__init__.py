"""The command line: parse, call, print.

Exit codes: 0 done, 2 the user's input was wrong (one clear line), 1 a fault of ours.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; see :mod:`rarebit.cli.app`."""
    try:
        # Takes seconds, in which somebody may press Ctrl-C.
        from rarebit.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run(arguments)
