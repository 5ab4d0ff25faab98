"""The command line: parse, call, print.

Exit codes: 0 done, 2 the user's input was wrong (one clear line), 1 a bug in Rarebit, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; see :mod:`rarebit.cli.app`.

    Parameters
    ----------
    arguments : list of str, optional
        The command and its options; those of the process if not given.
    """
    # Idle OpenMP threads wait by spinning. While another program used a core, this made training
    # of networks ten times slower; so they go to sleep soon.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        from rarebit.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run(arguments)
